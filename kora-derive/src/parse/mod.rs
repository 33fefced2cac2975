//! From tokens to plain structs: what the user wrote, and what is wrong with each word by itself.
//!
//! Rules between several words are in `check.rs`. Whatever is wrong, what could be read is returned,
//! so that the rest of the crate is checked against it.

mod field;
mod index;
mod list;
mod serde;
mod structure;

pub(crate) use field::{Auto, Field, IndexKind};
pub(crate) use index::Compound;
pub(crate) use list::for_each_item;
pub(crate) use serde::SerdeContainer;
pub(crate) use structure::{Role, Structure};
