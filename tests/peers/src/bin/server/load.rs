//! The load: many connections, each with one batch of requests under way, served by one thread.
//!
//! Whatever the generator spends, the server cannot have, so it does as little as it can: requests
//! are written before the clock starts, and of replies nothing is looked at but their length and how
//! they begin. That they are right is asked once, before.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::Result;

/// Some requests that are sent together, and what comes back for them.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    /// Requests, as they are counted.
    pub(crate) operations: u64,
    pub(crate) reply_len: usize,
    pub(crate) reply_start: u8,
}

/// What a load found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) operations: u64,
    pub(crate) took: Duration,
    /// Microseconds from a batch's being sent to its last reply.
    pub(crate) latency: Histogram<u64>,
}

/// One connection and how far its batch is.
#[derive(Debug)]
struct Client {
    stream: TcpStream,
    /// Which of the batches comes next.
    next: usize,
    current: usize,
    sent: usize,
    missing: usize,
    begun: Instant,
}

/// What is read at once.
const INPUT_BYTES: usize = 256 << 10;

/// A load that goes on until its time is up.
#[derive(Debug)]
pub(crate) struct Load<'a> {
    poll: Poll,
    clients: Vec<Client>,
    batches: &'a [Batch],
    input: Vec<u8>,
    found: Found,
}

impl<'a> Load<'a> {
    /// Connects; client `n` begins with another batch than client `m`, and goes on with the next.
    pub(crate) fn new(address: SocketAddr, count: usize, batches: &'a [Batch]) -> Result<Load<'a>> {
        let poll = Poll::new()?;
        let mut clients = Vec::new();
        for at in 0..count {
            let stream = std::net::TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry().register(&mut stream, Token(at), Interest::READABLE)?;
            let next = at * batches.len() / count;
            let begun = Instant::now();
            clients.push(Client { stream, next, current: next, sent: 0, missing: 0, begun });
        }
        let latency = Histogram::new_with_bounds(1, 60_000_000, 3)?;
        let found = Found { operations: 0, took: Duration::ZERO, latency };
        Ok(Load { poll, clients, batches, input: vec![0; INPUT_BYTES], found })
    }

    /// Runs for a time; what is under way then is not counted.
    pub(crate) fn run(mut self, time: Duration) -> Result<Found> {
        let mut events = Events::with_capacity(self.clients.len());
        let start = Instant::now();
        for at in 0..self.clients.len() {
            self.begin(at)?;
        }
        while start.elapsed() < time {
            self.poll.poll(&mut events, Some(Duration::from_secs(5)))?;
            if events.is_empty() {
                return Err("the server does not answer any more".into());
            }
            for event in &events {
                self.meet(event.token().0)?;
            }
        }
        self.found.took = start.elapsed();
        Ok(self.found)
    }

    /// Sends a client's next batch.
    fn begin(&mut self, at: usize) -> Result<()> {
        let client = &mut self.clients[at];
        client.current = client.next;
        client.next = (client.next + 1) % self.batches.len();
        (client.sent, client.begun) = (0, Instant::now());
        client.missing = self.batches[client.current].reply_len;
        self.send(at)
    }

    fn send(&mut self, at: usize) -> Result<()> {
        let client = &mut self.clients[at];
        let bytes = &self.batches[client.current].bytes;
        while client.sent < bytes.len() {
            match client.stream.write(&bytes[client.sent..]) {
                Ok(len) => client.sent += len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return self.watch(at, Interest::READABLE | Interest::WRITABLE);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn watch(&mut self, at: usize, interest: Interest) -> Result<()> {
        let stream = &mut self.clients[at].stream;
        Ok(self.poll.registry().reregister(stream, Token(at), interest)?)
    }

    fn meet(&mut self, at: usize) -> Result<()> {
        let current = self.clients[at].current;
        if self.clients[at].sent < self.batches[current].bytes.len() {
            self.send(at)?;
            if self.clients[at].sent == self.batches[current].bytes.len() {
                self.watch(at, Interest::READABLE)?;
            }
        }
        loop {
            let client = &mut self.clients[at];
            let batch = &self.batches[client.current];
            let read = match client.stream.read(&mut self.input) {
                Ok(0) => return Err(io::Error::from(ErrorKind::UnexpectedEof).into()),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            if client.missing == batch.reply_len && self.input[0] != batch.reply_start {
                return Err("a reply is of another kind than before".into());
            }
            let over = || "a reply is longer than before";
            client.missing = client.missing.checked_sub(read).ok_or_else(over)?;
            if client.missing == 0 {
                let latency = client.begun.elapsed().as_micros();
                self.found.latency.record(u64::try_from(latency)?.max(1))?;
                self.found.operations += batch.operations;
                self.begin(at)?;
            }
            if read < self.input.len() {
                return Ok(());
            }
        }
    }
}

/// A connection that waits, for what is no load.
#[derive(Debug)]
pub(crate) struct Plain(std::net::TcpStream);

impl Plain {
    pub(crate) fn connect(address: SocketAddr) -> Result<Plain> {
        let stream = std::net::TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Plain(stream))
    }

    /// What comes back for some requests. A PING marks the end of it.
    pub(crate) fn ask(&mut self, requests: &[u8]) -> Result<Vec<u8>> {
        const END: &[u8] = b"+PONG\r\n";
        self.0.write_all(requests)?;
        self.0.write_all(b"*1\r\n$4\r\nPING\r\n")?;
        let (mut reply, mut chunk) = (Vec::new(), vec![0; 64 << 10]);
        while !reply.ends_with(END) {
            match self.0.read(&mut chunk)? {
                0 => return Err("the server closed the connection".into()),
                len => reply.extend_from_slice(&chunk[..len]),
            }
        }
        reply.truncate(reply.len() - END.len());
        if reply.starts_with(b"-") {
            return Err(format!("refused: {}", String::from_utf8_lossy(&reply)).into());
        }
        Ok(reply)
    }
}

/// A request as clients send it.
pub(crate) fn request<W: AsRef<[u8]>>(into: &mut Vec<u8>, words: &[W]) {
    into.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        let word = word.as_ref();
        into.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        into.extend_from_slice(word);
        into.extend_from_slice(b"\r\n");
    }
}
