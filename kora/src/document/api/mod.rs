//! Collections as methods: documents by id, queries, indexes.

mod awaited;
mod collection;
mod find;
mod index;
mod parameters;
mod transaction;
mod update;

pub use awaited::{AsyncCollection, AsyncFind};
pub use collection::Collection;
pub use find::{Document, Filter, Find, IntoFilter, Page};
pub use index::{Index, IndexInfo};
pub use parameters::{Parameter, ParameterList, Parameters};
pub use transaction::TransactionCollection;
pub use update::{Addable, Addend, Update};
