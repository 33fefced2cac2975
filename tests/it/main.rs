//! The map of the tests: one binary, one module an area.

mod awaiting; // a tiny executor, and a stripe kept busy

mod async_api; // the asynchronous surface: Send, cancelled calls, the same methods
mod engine; // panics, busy stripes, memory, the end
mod sharding; // several keys in one step, on any number of shards

mod tidy; // the rules of the house, read off the tree
