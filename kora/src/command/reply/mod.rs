//! What a command answers with: one interface, whatever the answer becomes.
//!
//! Containers are announced with their length and then filled. So an answer becomes a
//! [`CommandResponse`] for who called in this process (`value.rs`), or goes straight onto a wire
//! (`wire.rs`), and a command cannot tell which.

mod value;
#[cfg(feature = "server")]
mod whole;
#[cfg(feature = "server")]
mod wire;

use std::borrow::Cow;

use bytes::Bytes;

use crate::command::response::CommandResponse;
#[cfg(feature = "server")]
use crate::error::Result;
use crate::types::packed::{Element, copies};
use crate::types::string::value::StrView;
use value::Builder;

#[cfg(feature = "server")]
pub(crate) use wire::{Protocol, Wire};

/// Takes an answer, or several one after the other.
#[derive(Debug)]
pub(crate) struct Reply {
    sink: Sink,
}

#[derive(Debug)]
enum Sink {
    Value(Builder),
    #[cfg(feature = "server")]
    Wire(Wire),
}

/// Does the same on whatever the answer goes to.
macro_rules! sink {
    ($reply:ident.$method:ident($($arg:expr),*)) => {
        match &mut $reply.sink {
            Sink::Value(value) => value.$method($($arg),*),
            #[cfg(feature = "server")]
            Sink::Wire(wire) => wire.$method($($arg),*),
        }
    };
}

impl Reply {
    /// For one answer as a value.
    pub(crate) fn value() -> Reply {
        Reply { sink: Sink::Value(Builder::default()) }
    }

    /// For about so many answers as values.
    pub(crate) fn of_several(answers: usize) -> Reply {
        Reply { sink: Sink::Value(Builder::of_several(answers)) }
    }

    /// For answers as bytes, behind those that are there.
    #[cfg(feature = "server")]
    pub(crate) fn wire(wire: Wire) -> Reply {
        Reply { sink: Sink::Wire(wire) }
    }

    /// The finished answer, as a value.
    ///
    /// # Panics
    /// When the command did not finish its answer, or it is no value.
    #[inline]
    pub(crate) fn take_response(&mut self) -> CommandResponse {
        match &mut self.sink {
            Sink::Value(value) => value.take(),
            #[cfg(feature = "server")]
            Sink::Wire(_) => unreachable!("who has a wire takes no values off it"),
        }
    }

    /// The wire that the answers went to.
    ///
    /// # Panics
    /// When they became values.
    #[cfg(feature = "server")]
    pub(crate) fn wire_mut(&mut self) -> &mut Wire {
        match &mut self.sink {
            Sink::Wire(wire) => wire,
            Sink::Value(_) => unreachable!("a connection's answers go to its wire"),
        }
    }

    /// The wire that the answers went to, to look at.
    ///
    /// # Panics
    /// When they became values.
    #[cfg(feature = "server")]
    pub(crate) fn wire_ref(&self) -> &Wire {
        match &self.sink {
            Sink::Wire(wire) => wire,
            Sink::Value(_) => unreachable!("a connection's answers go to its wire"),
        }
    }

    /// The bytes that the answers became.
    ///
    /// # Panics
    /// When they became values.
    #[cfg(feature = "server")]
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        match self.sink {
            Sink::Wire(wire) => wire.into_bytes(),
            Sink::Value(_) => unreachable!("a connection's answers go to its wire"),
        }
    }

    /// Whether the answers become values.
    #[cfg(feature = "server")]
    pub(crate) fn is_value(&self) -> bool {
        matches!(self.sink, Sink::Value(_))
    }

    /// Says whether the answer is for a connection that listens, so that answers have to be told
    /// from messages by their form.
    #[cfg(feature = "server")]
    pub(crate) fn set_among_messages(&mut self, is_among_messages: bool) {
        match &mut self.sink {
            Sink::Value(value) => value.is_among_messages = is_among_messages,
            Sink::Wire(wire) => wire.set_messages(is_among_messages),
        }
    }

    /// Gives an item that may be an error; what was given of one before is not there then.
    #[cfg(feature = "server")]
    pub(crate) fn part(&mut self, give: impl FnOnce(&mut Reply) -> Result<()>) {
        match &mut self.sink {
            Sink::Value(_) => {
                let mut part = Reply::value();
                let item = match give(&mut part) {
                    Ok(()) => part.take_response(),
                    Err(error) => CommandResponse::Error(error),
                };
                self.whole(item);
            }
            Sink::Wire(wire) => {
                let outer = wire.begin_part();
                let result = give(self);
                self.wire_mut().end_part(outer, result);
            }
        }
    }

    /// Where the next part of the answer will stand.
    #[cfg(feature = "server")]
    pub(crate) fn place(&self) -> usize {
        match &self.sink {
            Sink::Value(value) => value.place(),
            Sink::Wire(wire) => wire.len(),
        }
    }

    /// Takes back all that was given of the answer, which began at this place.
    #[cfg(feature = "server")]
    pub(crate) fn take_back(&mut self, start: usize) {
        match &mut self.sink {
            Sink::Value(value) => value.clear(),
            Sink::Wire(wire) => wire.take_back(start),
        }
    }

    /// Puts a part at a place among those that were given; how far that moves the ones behind it.
    #[cfg(feature = "server")]
    pub(crate) fn part_at(
        &mut self,
        at: usize,
        protocol: Protocol,
        give: impl FnOnce(&mut Reply) -> Result<()>,
    ) -> usize {
        match &mut self.sink {
            Sink::Value(value) => {
                let mut part = Reply::value();
                let given = give(&mut part).map(|()| part.take_response());
                value.insert(at, given.unwrap_or_else(CommandResponse::Error));
                1
            }
            Sink::Wire(wire) => {
                let mut part = Reply::wire(Wire::new(Vec::new(), protocol));
                part.part(give);
                let bytes = part.into_bytes();
                wire.insert_part(at, &bytes);
                bytes.len()
            }
        }
    }

    /// Chooses the protocol of answers on a wire, from this one on.
    #[cfg(feature = "server")]
    pub(crate) fn set_protocol(&mut self, protocol: Protocol) {
        if let Sink::Wire(wire) = &mut self.sink {
            wire.set_protocol(protocol);
        }
    }

    /// Forgets what a command that failed has begun.
    #[cold]
    pub(crate) fn clear(&mut self) {
        sink!(self.clear());
    }

    /// Announces an array of so many items.
    pub(crate) fn array(&mut self, items: usize) {
        sink!(self.array(items));
    }

    /// Announces a set of so many items.
    pub(crate) fn set(&mut self, items: usize) {
        sink!(self.set(items));
    }

    /// Announces a map of so many entries: twice as many items.
    pub(crate) fn map(&mut self, entries: usize) {
        sink!(self.map(entries));
    }

    /// Announces so many items of what comes without having been asked for.
    #[cfg(feature = "server")]
    pub(crate) fn push(&mut self, items: usize) {
        sink!(self.push(items));
    }

    /// Whether the answer is for a connection that listens, and reads messages and answers alike.
    pub(crate) fn is_among_messages(&self) -> bool {
        match &self.sink {
            #[cfg(not(feature = "server"))]
            Sink::Value(_) => false,
            #[cfg(feature = "server")]
            Sink::Value(value) => value.is_among_messages,
            #[cfg(feature = "server")]
            Sink::Wire(wire) => wire.is_among_messages(),
        }
    }

    /// A whole answer that was made elsewhere.
    pub(crate) fn whole(&mut self, response: CommandResponse) {
        match &mut self.sink {
            Sink::Value(value) => value.whole(response),
            #[cfg(feature = "server")]
            Sink::Wire(wire) => wire.whole(&response),
        }
    }

    /// Announces so many pairs (RESP3 nests them, RESP2 does not): twice as many items, none of
    /// which holds others.
    pub(crate) fn pairs(&mut self, pairs: usize) {
        sink!(self.pairs(pairs));
    }

    /// Nothing there.
    pub(crate) fn nil(&mut self) {
        sink!(self.nil());
    }

    /// Nothing there, where RESP2 has an array of its own for that.
    pub(crate) fn nil_array(&mut self) {
        sink!(self.nil_array());
    }

    /// A status word.
    pub(crate) fn status(&mut self, status: impl Into<Cow<'static, str>>) {
        sink!(self.status(status.into()));
    }

    /// `OK`.
    pub(crate) fn ok(&mut self) {
        self.status("OK");
    }

    /// An integer.
    pub(crate) fn integer(&mut self, n: i64) {
        sink!(self.integer(n));
    }

    /// A length or count.
    pub(crate) fn count(&mut self, n: usize) {
        self.integer(i64::try_from(n).unwrap_or(i64::MAX));
    }

    /// 1 or 0.
    pub(crate) fn truth(&mut self, is: bool) {
        self.integer(i64::from(is));
    }

    /// A floating-point number.
    pub(crate) fn double(&mut self, value: f64) {
        sink!(self.double(value));
    }

    /// Bytes, copied.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        sink!(self.bytes(bytes));
    }

    /// Bytes, handed over.
    pub(crate) fn bulk(&mut self, bytes: Bytes) {
        sink!(self.bulk(bytes));
    }

    /// An element of a collection: a wire has its text straight from where it lies.
    #[inline]
    pub(crate) fn element(&mut self, element: Element<'_>) {
        match &mut self.sink {
            Sink::Value(value) => value.bulk(element.to_bytes()),
            #[cfg(feature = "server")]
            Sink::Wire(wire) => element.with_bytes(|text| wire.bytes(text)),
        }
    }

    /// An array of elements, of which there are `count`.
    pub(crate) fn elements<'a>(
        &mut self,
        count: usize,
        elements: impl Iterator<Item = Element<'a>>,
    ) {
        self.array(count);
        match &mut self.sink {
            Sink::Value(value) => {
                copies(count, elements).into_iter().for_each(|text| value.bulk(text));
            }
            #[cfg(feature = "server")]
            Sink::Wire(wire) => wire.elements(elements),
        }
    }

    /// Text for people, of several lines.
    #[cfg(feature = "server")]
    pub(crate) fn text(&mut self, text: &str) {
        sink!(self.text(text));
    }

    /// A string value, or nothing.
    #[inline]
    pub(crate) fn string(&mut self, view: Option<StrView<'_>>) {
        match view {
            Some(view) => sink!(self.string(view)),
            None => self.nil(),
        }
    }

    /// Bytes, or nothing.
    pub(crate) fn optional(&mut self, bytes: Option<Bytes>) {
        match bytes {
            Some(bytes) => self.bulk(bytes),
            None => self.nil(),
        }
    }
}
