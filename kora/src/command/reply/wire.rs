//! Answers as bytes: RESP2 and RESP3, written as they are given.
//!
//! A string goes from the engine's memory into the connection's buffer, once, while its stripe is
//! held. What an answer looks like in both protocols: <https://redis.io/docs/reference/protocol-spec>.
//!
//! Invariant: the buffer holds whole answers up to `start`, and behind it what the command that runs
//! has given so far.

use std::borrow::Cow;

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::text::double::write_f64;
use crate::text::integer::{IntegerText, write_i64};
use crate::types::packed::Element;
use crate::types::string::value::StrView;

const LINE_END: &[u8] = b"\r\n";

/// Which version of the protocol a connection speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// RESP2, with which every connection begins.
    #[default]
    Two,
    /// RESP3, asked for by HELLO 3.
    Three,
}

/// Where a connection's answers are written.
#[derive(Debug)]
pub(crate) struct Wire {
    out: Vec<u8>,
    protocol: Protocol,
    /// Where the answer begins that is being given.
    start: usize,
    /// Items that are still to come of announced pairs.
    paired: usize,
    /// Whether messages come on the same wire.
    has_messages: bool,
}

impl Wire {
    /// Writes behind what is there.
    pub(crate) fn new(out: Vec<u8>, protocol: Protocol) -> Wire {
        Wire { start: out.len(), out, protocol, paired: 0, has_messages: false }
    }

    /// Which version of the protocol it writes.
    pub(super) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// A status that a layer may have made: a line break must not end its line.
    pub(super) fn line_of_text(&mut self, text: &str) {
        self.item();
        self.out.push(b'+');
        self.out.extend(
            text.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }),
        );
        self.out.extend_from_slice(LINE_END);
    }

    /// Says whether messages come on the same wire.
    pub(super) fn set_messages(&mut self, has_messages: bool) {
        self.has_messages = has_messages;
    }

    /// Whether answers have to be told from messages by their form.
    pub(super) fn is_among_messages(&self) -> bool {
        self.has_messages && self.protocol == Protocol::Two
    }

    /// Puts a part of the answer at a place within it.
    pub(super) fn insert_part(&mut self, at: usize, bytes: &[u8]) {
        self.out.splice(at..at, bytes.iter().copied());
    }

    /// Puts whole answers before what was written from a place on.
    pub(crate) fn insert(&mut self, at: usize, bytes: &[u8]) {
        self.out.splice(at..at, bytes.iter().copied());
        self.start += bytes.len();
    }

    /// What was written.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// How much was written.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// Chooses the protocol of what is written from here on.
    pub(crate) fn set_protocol(&mut self, protocol: Protocol) {
        self.protocol = protocol;
    }

    /// Takes back what was written from a place on.
    pub(crate) fn rewind(&mut self, to: usize) {
        self.out.truncate(to);
        (self.start, self.paired) = (to, 0);
    }

    /// Ends the answer that was being given.
    #[inline]
    pub(crate) fn end(&mut self) {
        debug_assert_eq!(self.paired, 0, "every announced item was given");
        debug_assert!(self.out.len() > self.start, "every command answers");
        self.start = self.out.len();
    }

    /// Ends the answer with an error in its place.
    #[cold]
    pub(crate) fn fail(&mut self, error: &Error) {
        self.clear();
        self.out.push(b'-');
        self.out.extend_from_slice(error.wire().as_bytes());
        self.out.extend_from_slice(LINE_END);
        self.end();
    }

    /// Begins a part of the answer that may be an error; to be ended with what is returned.
    pub(super) fn begin_part(&mut self) -> usize {
        std::mem::replace(&mut self.start, self.out.len())
    }

    /// Ends a part of the answer.
    pub(super) fn end_part(&mut self, outer: usize, result: Result<()>) {
        match result {
            Ok(()) => self.end(),
            Err(error) => self.fail(&error),
        }
        self.start = outer;
    }

    /// Takes back what was written of the answer from a place on.
    pub(super) fn take_back(&mut self, to: usize) {
        self.out.truncate(to);
        self.paired = 0;
    }

    pub(super) fn clear(&mut self) {
        self.rewind(self.start);
    }

    /// Begins an item; one that begins a pair of RESP3 is announced.
    #[inline]
    fn item(&mut self) {
        if self.paired > 0 {
            if self.paired % 2 == 0 && self.protocol == Protocol::Three {
                self.out.extend_from_slice(b"*2\r\n");
            }
            self.paired -= 1;
        }
    }

    /// A line with a number behind a sign: a length or an integer.
    #[inline]
    fn line(&mut self, sign: u8, n: i64) {
        self.out.push(sign);
        // Pieces of a known length are copied without a call.
        match u8::try_from(n) {
            Ok(digit @ 0..=9) => self.out.extend_from_slice(&[b'0' + digit, b'\r', b'\n']),
            Ok(two @ 10..=99) => {
                self.out.extend_from_slice(&[b'0' + two / 10, b'0' + two % 10, b'\r', b'\n']);
            }
            _ => {
                self.out.extend_from_slice(write_i64(&mut IntegerText::new(), n));
                self.out.extend_from_slice(LINE_END);
            }
        }
    }

    #[inline]
    fn head(&mut self, sign: u8, len: usize) {
        self.line(sign, i64::try_from(len).unwrap_or(i64::MAX));
    }

    /// A container with the sign that RESP3 has for it; in RESP2 all of them are arrays, of so many
    /// items.
    fn container(&mut self, sign: u8, entries: usize, items: usize) {
        debug_assert_eq!(self.paired, 0, "an item of a pair holds no others");
        match self.protocol {
            Protocol::Two => self.head(b'*', items),
            Protocol::Three => self.head(sign, entries),
        }
    }

    pub(super) fn array(&mut self, items: usize) {
        self.container(b'*', items, items);
    }

    pub(super) fn push(&mut self, items: usize) {
        self.container(b'>', items, items);
    }

    pub(super) fn set(&mut self, items: usize) {
        self.container(b'~', items, items);
    }

    pub(super) fn map(&mut self, entries: usize) {
        self.container(b'%', entries, entries * 2);
    }

    pub(super) fn pairs(&mut self, pairs: usize) {
        self.container(b'*', pairs, pairs * 2);
        self.paired = pairs * 2;
    }

    pub(super) fn nil(&mut self) {
        self.item();
        self.out.extend_from_slice(match self.protocol {
            Protocol::Two => b"$-1\r\n",
            Protocol::Three => b"_\r\n",
        });
    }

    pub(super) fn nil_array(&mut self) {
        self.item();
        self.out.extend_from_slice(match self.protocol {
            Protocol::Two => b"*-1\r\n",
            Protocol::Three => b"_\r\n",
        });
    }

    #[expect(clippy::needless_pass_by_value, reason = "the other sink keeps it")]
    pub(super) fn status(&mut self, status: Cow<'static, str>) {
        self.item();
        self.out.push(b'+');
        self.out.extend_from_slice(status.as_bytes());
        self.out.extend_from_slice(LINE_END);
    }

    pub(super) fn integer(&mut self, n: i64) {
        self.item();
        self.line(b':', n);
    }

    pub(super) fn double(&mut self, value: f64) {
        self.item();
        match self.protocol {
            Protocol::Two => {
                let mut text = Vec::new();
                write_f64(&mut text, value);
                self.blob(&text);
            }
            Protocol::Three => {
                self.out.push(b',');
                write_f64(&mut self.out, value);
                self.out.extend_from_slice(LINE_END);
            }
        }
    }

    /// A string with its length before it.
    #[inline]
    fn blob(&mut self, bytes: &[u8]) {
        match u8::try_from(bytes.len()) {
            // Most strings: a head of a known length.
            Ok(len @ 10..=99) => {
                let head = [b'$', b'0' + len / 10, b'0' + len % 10, b'\r', b'\n'];
                self.out.extend_from_slice(&head);
            }
            _ => {
                const AROUND: usize = 24;
                // A long one is not copied again because its end has no room.
                self.out.reserve(bytes.len() + AROUND);
                self.head(b'$', bytes.len());
            }
        }
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(LINE_END);
    }

    #[inline]
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.item();
        self.blob(bytes);
    }

    #[expect(clippy::needless_pass_by_value, reason = "the other sink keeps it")]
    pub(super) fn bulk(&mut self, bytes: Bytes) {
        self.bytes(&bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.item();
        match self.protocol {
            Protocol::Two => self.blob(text.as_bytes()),
            Protocol::Three => {
                const FORMAT: &[u8] = b"txt:";
                self.head(b'=', FORMAT.len() + text.len());
                self.out.extend_from_slice(FORMAT);
                self.out.extend_from_slice(text.as_bytes());
                self.out.extend_from_slice(LINE_END);
            }
        }
    }

    /// Elements of an array that was announced.
    #[inline]
    pub(super) fn elements<'a>(&mut self, elements: impl Iterator<Item = Element<'a>>) {
        debug_assert_eq!(self.paired, 0, "an array is not among pairs");
        elements.for_each(|element| element.with_bytes(|text| self.blob(text)));
    }

    #[inline]
    pub(super) fn string(&mut self, view: StrView<'_>) {
        view.with(|bytes| self.bytes(bytes));
    }
}
