//! The tests over the table.
