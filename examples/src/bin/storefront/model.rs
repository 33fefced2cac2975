//! What the shop keeps: four collections, and what the compiler knows of their indexes.

use kora::{KoraDocument, KoraEmbed};
use serde::{Deserialize, Serialize};

/// Something to be sold.
#[derive(Clone, Debug, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "products")]
pub(crate) struct Product {
    #[kora(id)]
    pub(crate) sku: String,
    pub(crate) name: String,
    #[kora(index)]
    pub(crate) category: String,
    /// In cents.
    #[kora(index = sorted)]
    pub(crate) price: u32,
    pub(crate) stock: u32,
    /// What the search page finds it by, in lower case.
    #[kora(index = array)]
    #[serde(default)]
    pub(crate) words: Vec<String>,
    #[kora(version)]
    #[serde(default)]
    pub(crate) version: u64,
}

/// Somebody who buys.
#[derive(Clone, Debug, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
pub(crate) struct User {
    #[kora(id)]
    pub(crate) id: String,
    #[kora(unique)]
    pub(crate) email: String,
    pub(crate) name: String,
    #[kora(created_at)]
    #[serde(default)]
    pub(crate) since: i64,
}

/// What somebody is about to buy. It is gone half an hour after it was last changed.
#[derive(Clone, Debug, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "carts", ttl = "30m")]
pub(crate) struct Cart {
    #[kora(id)]
    pub(crate) user: String,
    pub(crate) lines: Vec<Line>,
    #[kora(expires_at)]
    #[serde(default)]
    pub(crate) expires_at: Option<i64>,
    #[kora(version)]
    #[serde(default)]
    pub(crate) version: u64,
}

/// So many of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraEmbed)]
pub(crate) struct Line {
    #[kora(index)]
    pub(crate) sku: String,
    pub(crate) count: u32,
}

/// What somebody has bought.
#[derive(Clone, Debug, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "orders", index(user, placed_at))]
pub(crate) struct Order {
    /// What the caller said by `Idempotency-Key`, or made here.
    #[kora(id(auto = ulid))]
    pub(crate) id: String,
    pub(crate) user: String,
    #[kora(embed)]
    pub(crate) lines: Vec<Line>,
    /// In cents.
    pub(crate) total: u64,
    #[kora(created_at)]
    pub(crate) placed_at: i64,
}
