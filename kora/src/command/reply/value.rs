//! Answers as values: what is announced and filled becomes a [`CommandResponse`].

use std::borrow::Cow;

use bytes::Bytes;

use crate::command::response::CommandResponse;
use crate::types::string::copies::Copies;
use crate::types::string::value::StrView;

/// Builds a value, or several one after the other.
#[derive(Debug, Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    done: Option<CommandResponse>,
    copies: Copies,
    /// Whether it is for a connection that listens, and reads messages and answers alike.
    #[cfg(feature = "server")]
    pub(super) is_among_messages: bool,
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
    #[cfg(feature = "server")]
    Message,
}

impl Container {
    fn close(self, items: Vec<CommandResponse>) -> CommandResponse {
        match self {
            Container::Array => CommandResponse::Array(items),
            Container::Set => CommandResponse::Set(items),
            Container::Map => CommandResponse::Map(pair_up(items)),
            Container::Pairs => CommandResponse::Pairs(pair_up(items)),
            #[cfg(feature = "server")]
            Container::Message => CommandResponse::Messages(vec![items]),
        }
    }
}

fn pair_up(items: Vec<CommandResponse>) -> Vec<(CommandResponse, CommandResponse)> {
    let mut items = items.into_iter();
    std::iter::from_fn(|| Some((items.next()?, items.next()?))).collect()
}

/// An answer behind what was answered before it: only messages come one after the other.
fn behind(before: Option<CommandResponse>, item: CommandResponse) -> CommandResponse {
    match (before, item) {
        (Some(CommandResponse::Messages(mut all)), CommandResponse::Messages(more)) => {
            all.extend(more);
            CommandResponse::Messages(all)
        }
        (before, item) => {
            debug_assert!(before.is_none(), "a command answers once");
            item
        }
    }
}

impl Builder {
    pub(super) fn of_several(answers: usize) -> Builder {
        Builder { copies: Copies::of(answers), ..Builder::default() }
    }

    #[inline]
    pub(super) fn take(&mut self) -> CommandResponse {
        assert!(self.open.is_empty(), "every announced item was given");
        self.done.take().expect("every command answers")
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
        self.done = None;
    }

    #[inline]
    fn give(&mut self, item: CommandResponse) {
        if self.open.is_empty() {
            debug_assert!(self.done.is_none(), "a command answers once");
            self.done = Some(item);
        } else {
            self.give_into(item);
        }
    }

    fn give_into(&mut self, mut item: CommandResponse) {
        while let Some(top) = self.open.last_mut() {
            top.items.push(item);
            top.left -= 1;
            if top.left > 0 {
                return;
            }
            let closed = self.open.pop().expect("the loop saw it");
            item = closed.container.close(closed.items);
        }
        self.done = Some(behind(self.done.take(), item));
    }

    fn open(&mut self, container: Container, items: usize) {
        if items == 0 {
            self.give(container.close(Vec::new()));
        } else {
            self.open.push(Open { container, left: items, items: Vec::with_capacity(items) });
        }
    }

    pub(super) fn whole(&mut self, response: CommandResponse) {
        self.give(response);
    }

    pub(super) fn array(&mut self, items: usize) {
        self.open(Container::Array, items);
    }

    #[cfg(feature = "server")]
    pub(super) fn push(&mut self, items: usize) {
        self.open(Container::Message, items);
    }

    /// How many items there are of the container that is being filled.
    #[cfg(feature = "server")]
    pub(super) fn place(&self) -> usize {
        self.open.last().map_or(0, |top| top.items.len())
    }

    /// Puts an item at a place among those of the container that is being filled.
    #[cfg(feature = "server")]
    pub(super) fn insert(&mut self, at: usize, item: CommandResponse) {
        let top = self.open.last_mut().expect("items are put into what is not full");
        if at == top.items.len() {
            return self.give(item);
        }
        let last = top.items.pop().expect("the place is before an item");
        top.items.insert(at, item);
        self.give_into(last);
    }

    pub(super) fn set(&mut self, items: usize) {
        self.open(Container::Set, items);
    }

    pub(super) fn map(&mut self, entries: usize) {
        self.open(Container::Map, entries * 2);
    }

    pub(super) fn pairs(&mut self, pairs: usize) {
        self.open(Container::Pairs, pairs * 2);
    }

    pub(super) fn nil(&mut self) {
        self.give(CommandResponse::Nil);
    }

    pub(super) fn nil_array(&mut self) {
        self.give(CommandResponse::NilArray);
    }

    pub(super) fn status(&mut self, status: Cow<'static, str>) {
        self.give(CommandResponse::Status(status));
    }

    pub(super) fn integer(&mut self, n: i64) {
        self.give(CommandResponse::Integer(n));
    }

    pub(super) fn double(&mut self, value: f64) {
        self.give(CommandResponse::Double(value));
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.give(CommandResponse::Bulk(Bytes::copy_from_slice(bytes)));
    }

    pub(super) fn bulk(&mut self, bytes: Bytes) {
        self.give(CommandResponse::Bulk(bytes));
    }

    #[cfg(feature = "server")]
    pub(super) fn text(&mut self, text: &str) {
        self.give(CommandResponse::Text(text.into()));
    }

    #[inline]
    pub(super) fn string(&mut self, view: StrView<'_>) {
        let copy = view.copy_with(&mut self.copies);
        self.give(CommandResponse::Bulk(copy));
    }
}
