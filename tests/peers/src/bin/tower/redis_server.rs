//! A redis-server of our own at a port that was free, which keeps nothing and ends with its handle.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::Result;

pub(crate) struct RedisServer {
    process: Child,
    pub(crate) port: u16,
}

pub(crate) fn start() -> Result<RedisServer> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut process = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no", "--dir", "/"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = process.stdout.take().ok_or("the output is piped")?;
    let mut lines = BufReader::new(output).lines();
    while !lines.next().ok_or("redis-server did not come up")??.contains("eady to accept") {}
    Ok(RedisServer { process, port })
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
