//! What forms promise.
