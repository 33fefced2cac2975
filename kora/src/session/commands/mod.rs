//! The commands on connections and on the server, a file for each thing they are about.

pub(crate) mod client;
pub(crate) mod config;
pub(crate) mod connection;
pub(crate) mod debug;
pub(crate) mod latency;
pub(crate) mod memory;
pub(crate) mod monitor;
pub(crate) mod pause;
pub(crate) mod server;
pub(crate) mod slowlog;
pub(crate) mod subscription;
pub(crate) mod transaction;
