//! The map of the tests: one binary, one module an area.

mod support; // targets, scripts, rules of comparison, random histories, awaiting

mod async_api; // the asynchronous surface: Send, cancelled calls, the same methods
mod documents; // collections, queries, indexes
mod durability;
mod engine; // panics, busy stripes, memory, the end
mod formats; // directories of every released format
mod program; // the program `kora`
mod repository; // typed documents
mod sharding; // several keys in one step, on any number of shards
mod snapshots; // SAVE, BGSAVE and LASTSAVE
mod transactions; // keys and documents in one step

mod differential; // a real Redis: the scripts on it, and the rig against itself
mod ui; // what the derives answer

mod scripts; // the scripts on Kora, on one shard and on four

mod tower; // extractors, services, the end of a service

mod server; // sockets: scripts, bytes and limits, and clients that others wrote

mod random; // random histories on Kora and on a real Redis

mod tidy; // the rules of the house, read off the tree
