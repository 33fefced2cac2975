//! Sorted sets through their value and their operations: what the scripts cannot see.

mod bounds;
mod memory;
mod model;
mod operations;
mod scores;
