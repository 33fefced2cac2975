//! What the shop keeps: four collections, and what the compiler knows of their indexes.

use kora::{KoraDocument, KoraEmbed};
use serde::{Deserialize, Serialize};

/// Something to be sold.
#[derive(Clone, Debug, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "products")]
pub struct Product {
    #[kora(id)]
    pub sku: String,
    pub name: String,
    #[kora(index)]
    pub category: String,
    /// In cents.
    #[kora(index = sorted)]
    pub price: u32,
    pub stock: u32,
    /// What the search page finds it by, in lower case.
    #[kora(index = array)]
    #[serde(default)]
    pub words: Vec<String>,
    #[kora(version)]
    #[serde(default)]
    pub version: u64,
}

/// Somebody who buys.
#[derive(Clone, Debug, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
pub struct User {
    #[kora(id)]
    pub id: String,
    #[kora(unique)]
    pub email: String,
    pub name: String,
    #[kora(created_at)]
    #[serde(default)]
    pub since: i64,
}

/// What somebody is about to buy. It is gone half an hour after it was last changed.
#[derive(Clone, Debug, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "carts", ttl = "30m")]
pub struct Cart {
    #[kora(id)]
    pub user: String,
    pub lines: Vec<Line>,
    #[kora(expires_at)]
    #[serde(default)]
    pub expires_at: Option<i64>,
    #[kora(version)]
    #[serde(default)]
    pub version: u64,
}

/// So many of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraEmbed)]
pub struct Line {
    #[kora(index)]
    pub sku: String,
    pub count: u32,
}

/// What somebody has bought.
#[derive(Clone, Debug, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "orders", index(user, placed_at))]
pub struct Order {
    /// What the caller said by `Idempotency-Key`, or made here.
    #[kora(id(auto = ulid))]
    pub id: String,
    pub user: String,
    #[kora(embed)]
    pub lines: Vec<Line>,
    /// In cents.
    pub total: u64,
    #[kora(created_at)]
    pub placed_at: i64,
}
