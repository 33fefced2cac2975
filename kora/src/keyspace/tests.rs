//! Expiry, eviction and the operations on keys.
