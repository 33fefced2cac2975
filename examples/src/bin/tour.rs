//! A tour of Kora.
fn main() {}
