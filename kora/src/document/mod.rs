//! JSON documents: how one is held ([`form`]), how many are ([`collection`]), and how those are
//! found that satisfy a condition ([`plan`]).

pub(crate) mod api;
pub(crate) mod collection;
pub(crate) mod commands;
pub(crate) mod form;
pub(crate) mod ops;
pub(crate) mod plan;
