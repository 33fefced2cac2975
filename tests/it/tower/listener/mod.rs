//! Layers between the connections of a server and the engine, through sockets.

mod discipline; // what Tower asks of whoever calls a service
mod same; // layers that do nothing change nothing
mod sessions; // what layers mean to a session
mod towers; // the layers that Tower has

use kora::{Config, ServerConfig};

use crate::support::served::Served;

/// A server with options of its own.
fn served(options: ServerConfig) -> Served {
    Served::with(Config::default(), options)
}
