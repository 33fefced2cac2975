//! A redis-server of our own and as much of its protocol as loading it takes.
//!
//! It listens on a Unix socket in a fresh directory, writes nothing to disk and ends with its handle. It is not in
//! the process and so is no contestant; only its memory is compared.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::cells::Result;

/// Commands that are sent before replies are read.
const PIPELINE: usize = 500;

/// A server that runs and the connection to it.
pub(crate) struct Redis {
    process: Child,
    directory: PathBuf,
    replies: BufReader<UnixStream>,
    queue: Vec<u8>,
    queued: usize,
}

impl Redis {
    /// Starts a server; an error says if there is none on this machine.
    pub(crate) fn start() -> Result<Self> {
        let name = format!("kora-peers-{}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory)?;
        let socket = directory.join("redis.sock");
        let mut process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(&socket)
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or("the output is piped")?;
        let ready = |line: &str| line.contains("eady to accept connections");
        let mut lines = BufReader::new(output).lines();
        while !ready(&lines.next().ok_or("redis-server ended before it was ready")??) {}
        let replies = BufReader::new(UnixStream::connect(&socket)?);
        Ok(Self { process, directory, replies, queue: Vec::new(), queued: 0 })
    }

    /// The version, as `redis-server --version` tells it.
    pub(crate) fn version() -> Result<String> {
        let output = Command::new("redis-server").arg("--version").output()?;
        let text = String::from_utf8(output.stdout)?;
        let version = text.split_whitespace().find_map(|word| word.strip_prefix("v="));
        Ok(version.ok_or("no version in the output")?.to_owned())
    }

    /// Sends a command with others; its reply may be late, and an error in it comes with a later call.
    pub(crate) fn send(&mut self, words: &[&[u8]]) -> Result<()> {
        encode(words, &mut self.queue);
        self.queued += 1;
        if self.queued == PIPELINE { self.settle() } else { Ok(()) }
    }

    /// Sends what is queued and reads all replies.
    pub(crate) fn settle(&mut self) -> Result<()> {
        self.replies.get_mut().write_all(&self.queue)?;
        self.queue.clear();
        for _ in 0..std::mem::take(&mut self.queued) {
            reply(&mut self.replies)?;
        }
        Ok(())
    }

    /// What `INFO memory` calls `used_memory`.
    pub(crate) fn used_memory(&mut self) -> Result<u64> {
        self.settle()?;
        encode(&[b"INFO", b"memory"], &mut self.queue);
        self.replies.get_mut().write_all(&self.queue)?;
        self.queue.clear();
        let text = reply(&mut self.replies)?;
        let used = text.lines().find_map(|line| line.strip_prefix("used_memory:"));
        Ok(used.ok_or("INFO memory names used_memory")?.parse()?)
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> String {
        self.process.id().to_string()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        let removed = std::fs::remove_dir_all(&self.directory);
        if let Some(error) = ended.err().or(removed.err()) {
            eprintln!("redis-server was not cleared away: {error}");
        }
    }
}

/// Appends a command as an array of bulk strings.
fn encode(words: &[&[u8]], into: &mut Vec<u8>) {
    into.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        into.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        into.extend_from_slice(word);
        into.extend_from_slice(b"\r\n");
    }
}

/// Reads one reply that is a line or a bulk string; an error reply is an error.
fn reply(from: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let line = line.trim_end();
    match line.split_at_checked(1) {
        Some(("+" | ":", rest)) => Ok(rest.to_owned()),
        Some(("$", length)) => {
            let mut bytes = vec![0; length.parse::<usize>()? + 2];
            from.read_exact(&mut bytes)?;
            bytes.truncate(bytes.len() - 2);
            Ok(String::from_utf8(bytes)?)
        }
        _ => Err(format!("redis-server replied {line:?}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_arrays_of_bulk_strings() {
        let mut bytes = Vec::new();
        encode(&[b"GET", b"k"], &mut bytes);
        assert_eq!(bytes, b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
    }

    #[test]
    fn replies_are_read_one_by_one() {
        let mut from = &b"+OK\r\n:12\r\n$4\r\na\r\nb\r\n-ERR no\r\n"[..];
        assert_eq!(reply(&mut from).expect("a line"), "OK");
        assert_eq!(reply(&mut from).expect("a number"), "12");
        assert_eq!(reply(&mut from).expect("a bulk string"), "a\r\nb");
        assert!(reply(&mut from).expect_err("an error reply").to_string().contains("ERR no"));
    }
}
