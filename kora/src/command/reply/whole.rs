//! Answers that are there already, written onto a wire: what came back through layers.
//!
//! Invariant: an answer that a command gave is written as the command itself would have written it.

use super::wire::{Protocol, Wire};
use crate::command::response::CommandResponse;

impl Wire {
    /// Writes an answer.
    pub(super) fn whole(&mut self, response: &CommandResponse) {
        match response {
            CommandResponse::Nil => self.nil(),
            CommandResponse::NilArray => self.nil_array(),
            CommandResponse::Status(status) => self.line_of_text(status),
            CommandResponse::Integer(n) => self.integer(*n),
            CommandResponse::Double(value) => self.double(*value),
            CommandResponse::Bulk(bytes) => self.bytes(bytes),
            CommandResponse::Text(text) => self.text(text),
            CommandResponse::Error(error) => {
                let outer = self.begin_part();
                self.end_part(outer, Err(error.clone()));
            }
            CommandResponse::Array(items) => {
                self.array(items.len());
                self.all(items);
            }
            CommandResponse::Set(items) => {
                self.set(items.len());
                self.all(items);
            }
            CommandResponse::Map(entries) => {
                self.map(entries.len());
                entries.iter().for_each(|(key, value)| self.both(key, value));
            }
            CommandResponse::Pairs(pairs) => self.nested(pairs),
            CommandResponse::Messages(messages) => {
                for message in messages {
                    self.push(message.len());
                    self.all(message);
                }
            }
        }
    }

    fn all(&mut self, items: &[CommandResponse]) {
        items.iter().for_each(|item| self.whole(item));
    }

    fn both(&mut self, first: &CommandResponse, second: &CommandResponse) {
        self.whole(first);
        self.whole(second);
    }

    /// Pairs, which RESP3 nests and RESP2 does not. Their items may hold others.
    fn nested(&mut self, pairs: &[(CommandResponse, CommandResponse)]) {
        let nests = self.protocol() == Protocol::Three;
        self.array(if nests { pairs.len() } else { pairs.len() * 2 });
        for (first, second) in pairs {
            if nests {
                self.array(2);
            }
            self.both(first, second);
        }
    }
}
