//! What others have for a client, as bytes that it reads: messages of channels, commands that it
//! watches.
//!
//! Whoever has something puts it down and wakes the thread that serves the client; that thread puts
//! what is there behind the client's answers. A client that does not take it is ended when too many
//! bytes wait.

use super::client::Client;

/// What waits for a client.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
}

impl Inbox {
    /// What is there, taken.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

impl Client {
    /// Has something put behind what waits for the client.
    pub(super) fn put(&self, put: impl FnOnce(&mut Vec<u8>)) {
        let is_first = {
            let mut inbox = self.inbox.lock();
            let is_first = inbox.bytes.is_empty();
            if inbox.bytes.len() <= self.inbox_bytes_max {
                put(&mut inbox.bytes);
            } else {
                // It is ended, so nobody reads what it misses.
                self.kill();
            }
            is_first || self.is_killed()
        };
        if is_first {
            self.notice();
        }
    }
}
