//! Kora: a data engine that lives inside a Rust service.

mod types;
