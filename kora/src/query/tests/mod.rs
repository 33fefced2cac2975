//! The language as a whole: what is said, refused, printed and meant.
//!
//! In the order of reading: [`syntax`] and [`errors`] are tables of texts, [`meaning`] is a table of
//! conditions and documents; [`model`] decides random conditions a second time in another way, and
//! [`soup`] and [`limits`] try to do harm.

mod bind;
mod errors;
mod implies;
mod json;
mod limits;
mod meaning;
mod model;
mod random;
mod ranges;
mod soup;
mod syntax;
