//! What a command answers with: one interface, whatever the answer becomes.
//!
//! Containers are announced with their length and then filled, so that an answer could go
//! straight onto a wire. Today an answer becomes a [`CommandResponse`].

use std::borrow::Cow;

use bytes::Bytes;

use crate::command::response::CommandResponse;
use crate::types::string::copies::Copies;
use crate::types::string::value::StrView;

/// Builds an answer, or several one after the other.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    open: Vec<Open>,
    done: Option<CommandResponse>,
    copies: Copies,
}

#[derive(Debug)]
struct Open {
    container: Container,
    left: usize,
    items: Vec<CommandResponse>,
}

#[derive(Clone, Copy, Debug)]
enum Container {
    Array,
    Set,
    Map,
    Pairs,
}

impl Container {
    fn close(self, items: Vec<CommandResponse>) -> CommandResponse {
        match self {
            Container::Array => CommandResponse::Array(items),
            Container::Set => CommandResponse::Set(items),
            Container::Map => CommandResponse::Map(pair_up(items)),
            Container::Pairs => CommandResponse::Pairs(pair_up(items)),
        }
    }
}

fn pair_up(items: Vec<CommandResponse>) -> Vec<(CommandResponse, CommandResponse)> {
    let mut items = items.into_iter();
    std::iter::from_fn(|| Some((items.next()?, items.next()?))).collect()
}

impl Reply {
    /// For about so many answers.
    pub(crate) fn of_several(answers: usize) -> Reply {
        Reply { open: Vec::new(), done: None, copies: Copies::of(answers) }
    }

    /// The finished answer.
    ///
    /// # Panics
    /// When the command did not finish its answer.
    #[inline]
    pub(crate) fn take_response(&mut self) -> CommandResponse {
        assert!(self.open.is_empty(), "every announced item was given");
        self.done.take().expect("every command answers")
    }

    /// Forgets what a command that failed has begun.
    #[cold]
    pub(crate) fn clear(&mut self) {
        self.open.clear();
        self.done = None;
    }

    #[inline]
    fn push(&mut self, item: CommandResponse) {
        if self.open.is_empty() {
            debug_assert!(self.done.is_none(), "a command answers once");
            self.done = Some(item);
        } else {
            self.push_into(item);
        }
    }

    fn push_into(&mut self, mut item: CommandResponse) {
        while let Some(top) = self.open.last_mut() {
            top.items.push(item);
            top.left -= 1;
            if top.left > 0 {
                return;
            }
            let closed = self.open.pop().expect("the loop saw it");
            item = closed.container.close(closed.items);
        }
        self.done = Some(item);
    }

    fn open(&mut self, container: Container, items: usize) {
        if items == 0 {
            self.push(container.close(Vec::new()));
        } else {
            self.open.push(Open { container, left: items, items: Vec::with_capacity(items) });
        }
    }

    /// Announces an array of so many items.
    pub(crate) fn array(&mut self, items: usize) {
        self.open(Container::Array, items);
    }

    /// Announces a set of so many items.
    pub(crate) fn set(&mut self, items: usize) {
        self.open(Container::Set, items);
    }

    /// Announces a map of so many entries: twice as many items.
    pub(crate) fn map(&mut self, entries: usize) {
        self.open(Container::Map, entries * 2);
    }

    /// Announces so many pairs (RESP3 nests them, RESP2 does not): twice as many items.
    pub(crate) fn pairs(&mut self, pairs: usize) {
        self.open(Container::Pairs, pairs * 2);
    }

    /// Nothing there.
    pub(crate) fn nil(&mut self) {
        self.push(CommandResponse::Nil);
    }

    /// Nothing there, where RESP2 has an array of its own for that.
    pub(crate) fn nil_array(&mut self) {
        self.push(CommandResponse::NilArray);
    }

    /// A status word.
    pub(crate) fn status(&mut self, status: impl Into<Cow<'static, str>>) {
        self.push(CommandResponse::Status(status.into()));
    }

    /// `OK`.
    pub(crate) fn ok(&mut self) {
        self.status("OK");
    }

    /// An integer.
    pub(crate) fn integer(&mut self, n: i64) {
        self.push(CommandResponse::Integer(n));
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
        self.push(CommandResponse::Double(value));
    }

    /// Bytes, copied.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.push(CommandResponse::Bulk(Bytes::copy_from_slice(bytes)));
    }

    /// Bytes, handed over.
    pub(crate) fn bulk(&mut self, bytes: Bytes) {
        self.push(CommandResponse::Bulk(bytes));
    }

    /// A string value, or nothing.
    #[inline]
    pub(crate) fn string(&mut self, view: Option<StrView<'_>>) {
        match view {
            Some(view) => {
                let copy = view.copy_with(&mut self.copies);
                self.push(CommandResponse::Bulk(copy));
            }
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
