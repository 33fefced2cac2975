//! Typed documents: a struct with `#[derive(KoraDocument)]` is a collection, its fields are values
//! that make filters, and [`Repository`] reads and writes it.
//!
//! The compiler knows which fields have indexes: [`Repository::find`] takes filters that one serves,
//! [`Repository::scan`] takes all. Names of fields are serde's, so a document written here is the
//! JSON that others see, and the other way round; and what the struct declares (unique values, the
//! version, times) holds for every write, typed or not.
//!
//! ```
//! use kora::{Database, KoraDocument, KoraEmbed};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, KoraDocument)]
//! #[kora(collection = "orders", index(customer, placed_at))]
//! struct Order {
//!     #[kora(id(auto = ulid))]
//!     id: String,
//!     customer: String,
//!     #[kora(created_at)]
//!     placed_at: i64,
//!     #[kora(embed)]
//!     lines: Vec<Line>,
//!     #[kora(version)]
//!     version: u64,
//! }
//!
//! #[derive(Serialize, Deserialize, KoraEmbed)]
//! struct Line {
//!     #[kora(index)]
//!     sku: String,
//!     count: u32,
//! }
//!
//! let db = Database::in_memory();
//! let orders = db.repository::<Order>()?; // makes the collection and its indexes
//! let mut order = Order {
//!     id: String::new(),
//!     customer: "ann".into(),
//!     placed_at: 0,
//!     lines: vec![Line { sku: "pen".into(), count: 3 }],
//!     version: 0,
//! };
//! orders.insert(&mut order)?; // which gets its id, its version and its time
//!
//! let f = Order::fields();
//! let of_ann = orders.find(f.customer.eq("ann")).order_by(f.placed_at.desc()).page(20)?;
//! assert_eq!(of_ann.items[0].id, order.id);
//! assert!(orders.find(f.lines.sku.eq("pen").and(f.lines.count.ge(2))).exists()?);
//! let changed = orders.update(&order.id).set(f.customer, "bob").if_version(1).apply()?;
//! assert!(changed);
//! # Ok::<(), kora::Error>(())
//! ```
//!
//! Opening compares what the struct declares with what is stored, see [`SchemaPolicy`]. In a
//! transaction the same methods are on [`TransactionRepository`], awaited on [`AsyncRepository`].

mod awaited;
mod document; // the traits that are derived
mod documents; // the way to the engine
mod field; // fields as values
mod filter;
mod handle; // the repository itself
mod id; // what can be an id
mod key; // what can stand in an index
mod kind; // kinds of indexes, as types
mod open; // what is stored against what is declared
mod order;
mod place; // where fields stand
mod query;
mod select;
mod shape; // what is declared of a type
mod update;

#[doc(hidden)]
pub mod support;

pub use crate::document::collection::schema::TimeFormat;
pub use awaited::{AsyncQuery, AsyncRepository, AsyncUpdateOne};
pub use document::{KoraDocument, KoraEmbed, Written};
pub use documents::{Data, InTransaction, Store};
pub use field::{Compound, Field, Nested, Operands};
pub use filter::Where;
pub use handle::{Repository, TransactionRepository};
pub use id::{AsId, DocId};
pub use key::{
    ArrayKey, AutoIndexed, Elements, KoraKey, Numeric, Operand, Optional, SortedKey, TextKey,
};
pub use kind::{
    ArrayIndex, Comparing, Containing, Each, HashIndex, Id, IndexServed, Indexed, Kept, Keyed,
    Kind, Leading, NoIndex, PartialIndex, Ranged, Scan, Served, Single, SortedIndex, UniqueIndex,
    UniqueSortedIndex, Writable,
};
pub use open::{SchemaChange, SchemaDiff, SchemaPolicy};
pub use order::OrderBy;
pub use query::Query;
pub use select::Selection;
pub use shape::Timestamp;
pub use update::{Change, Edit, Patch, UpdateOne};
