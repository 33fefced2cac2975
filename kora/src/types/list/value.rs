//! A list value: one run of bytes while it is small, nodes when it is large.
//!
//! The line is Redis 7.2's default: a list is small (`listpack`) while its run takes at most
//! 8 KiB, else it is large (`quicklist`). It is small again when it is down to one node of at most
//! half of that, so that a list at the line does not change its form with each push and pop. With
//! an element that is to stand alone it is large, however short. The log and images know nothing of
//! it.

use std::collections::vec_deque;

use crate::types::list::chain::Chain;
use crate::types::list::node::{Node, RUN_LEN_MAX};
use crate::types::list::run::{Encoded, Record, Run, element};
use crate::types::list::threshold::{THRESHOLD, Threshold};
use crate::types::packed::{self, Element};
use crate::types::{Change, Effect, Inline, TypedValue};

/// The only inline form.
const FORM_RUN: u8 = 0;

/// A list.
#[derive(Debug)]
pub(crate) struct List(Repr);

#[derive(Debug)]
enum Repr {
    Small(Node),
    Large(Chain),
}

/// How a list is read, wherever it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ListView<'a> {
    /// A run, in its key's block or in a node.
    Small(Run<'a>),
    /// Nodes.
    Large(&'a Chain),
}

impl<'a> ListView<'a> {
    /// How many elements there are. O(1).
    #[inline]
    pub(crate) fn len(self) -> usize {
        match self {
            ListView::Small(run) => run.count(),
            ListView::Large(chain) => chain.count(),
        }
    }

    /// The element at `index`. O(nodes), counted from the nearer end.
    pub(crate) fn get(self, index: usize) -> Option<Element<'a>> {
        self.range(index, 1).next()
    }

    /// The first element.
    pub(crate) fn first(self) -> Option<Element<'a>> {
        let run = match self {
            ListView::Small(run) => run,
            ListView::Large(chain) => chain.first()?,
        };
        run.iter().next().map(element)
    }

    /// The last element.
    pub(crate) fn last(self) -> Option<Element<'a>> {
        let run = match self {
            ListView::Small(run) => run,
            ListView::Large(chain) => chain.last()?,
        };
        run.iter().next_back().map(element)
    }

    /// At most `count` elements from `index` on.
    pub(crate) fn range(
        self,
        index: usize,
        count: usize,
    ) -> impl Iterator<Item = Element<'a>> + use<'a> {
        self.encoded(index).take(count).map(element)
    }

    /// The elements from the last to the first.
    pub(crate) fn backwards(self) -> impl Iterator<Item = Element<'a>> {
        self.encoded(0).rev().map(element)
    }

    /// Whether each element from the first on is `wanted`.
    pub(crate) fn matches(self, wanted: &Wanted) -> impl DoubleEndedIterator<Item = bool> {
        self.encoded(0).map(|encoded| encoded == wanted.0)
    }

    /// The elements from `index` on, as they are encoded.
    fn encoded(self, index: usize) -> impl DoubleEndedIterator<Item = &'a [u8]> + use<'a> {
        let (first, nodes) = match self {
            ListView::Small(run) => (run.iter_from(index), None),
            ListView::Large(chain) => {
                let (first, nodes) = chain.from(index);
                (first, Some(nodes))
            }
        };
        first.chain(nodes.into_iter().flat_map(in_nodes))
    }
}

fn in_nodes(nodes: vec_deque::Iter<'_, Node>) -> impl DoubleEndedIterator<Item = &[u8]> {
    nodes.flat_map(|node| -> Encoded<'_> { node.run().iter() })
}

/// What is looked for in a list: encoded once, since equal elements are encoded alike.
#[derive(Debug)]
pub(crate) struct Wanted(Vec<u8>);

impl Wanted {
    /// Looks for an element.
    pub(crate) fn new(element: &[u8]) -> Wanted {
        let mut encoded = Vec::with_capacity(packed::encoded_len(element));
        packed::encode(&mut encoded, element);
        Wanted(encoded)
    }
}

impl List {
    fn len(&self) -> usize {
        self.view().len()
    }

    /// How long the elements are, by node.
    #[cfg(test)]
    pub(super) fn node_lens(&self) -> Vec<Vec<usize>> {
        let lens = |run: Run<'_>| run.iter().map(|text| element(text).len()).collect();
        match &self.0 {
            Repr::Small(node) => vec![lens(node.run())],
            Repr::Large(chain) => chain.runs().map(lens).collect(),
        }
    }

    /// Checks what always holds.
    #[cfg(test)]
    pub(super) fn check(&self) {
        match &self.0 {
            Repr::Small(node) => {
                node.check();
                assert!(node.len() <= RUN_LEN_MAX && !node.is_alone());
            }
            Repr::Large(chain) => chain.check(),
        }
    }

    /// The list as nodes, which it becomes if it is not.
    fn chain(&mut self) -> &mut Chain {
        if let Repr::Small(node) = &mut self.0 {
            self.0 = Repr::Large(Chain::new(std::mem::take(node)));
        }
        match &mut self.0 {
            Repr::Large(chain) => chain,
            Repr::Small(_) => unreachable!("it has nodes now"),
        }
    }

    /// Makes a list small again that is.
    fn settle(&mut self) {
        if let Repr::Large(chain) = &mut self.0 {
            if let Some(node) = chain.take_only(RUN_LEN_MAX / 2) {
                self.0 = Repr::Small(node);
            }
        }
    }

    fn insert(&mut self, index: usize, record: &Record<'_>) -> Change {
        match &mut self.0 {
            Repr::Small(node) if node.fits(record) => node.insert(index, record),
            Repr::Small(_) | Repr::Large(_) => self.chain().insert(index, record),
        }
        Change::Added
    }

    fn set(&mut self, index: usize, text: &[u8], threshold: &Threshold) -> Change {
        if index >= self.len() {
            return Change::Nothing;
        }
        let change = Record::with(text, threshold, |record| {
            let change = match &mut self.0 {
                Repr::Small(node) => node.set(index, record),
                Repr::Large(_) => None,
            };
            change.unwrap_or_else(|| self.chain().set(index, record))
        });
        self.settle();
        change
    }

    fn pop(&mut self, count: usize, from_back: bool) -> Change {
        let count = count.min(self.len());
        if count == 0 {
            return Change::Nothing;
        }
        match (&mut self.0, from_back) {
            (Repr::Small(node), false) => node.pop_front(count),
            (Repr::Small(node), true) => node.pop_back(count),
            (Repr::Large(chain), false) => chain.pop_front(count),
            (Repr::Large(chain), true) => chain.pop_back(count),
        }
        self.settle();
        Change::Removed
    }

    /// Makes a change; an element that comes stands alone from the threshold on.
    pub(super) fn change(&mut self, effect: &ListEffect<'_>, threshold: &Threshold) -> Change {
        let len = self.len();
        let mut insert =
            |index, text| Record::with(text, threshold, |record| self.insert(index, record));
        match *effect {
            ListEffect::PushFront(text) => insert(0, text),
            ListEffect::PushBack(text) => insert(len, text),
            ListEffect::Insert { index, .. } if index > len => Change::Nothing,
            ListEffect::Insert { index, text } => insert(index, text),
            ListEffect::Set { index, text } => self.set(index, text, threshold),
            ListEffect::PopFront(count) => self.pop(count, false),
            ListEffect::PopBack(count) => self.pop(count, true),
            ListEffect::Remove { skips } => self.remove(skips),
        }
    }

    fn remove(&mut self, skips: &[u8]) -> Change {
        let len = self.len();
        let mut indexes = indexes(skips).take_while(|index| *index < len).peekable();
        if indexes.peek().is_none() {
            return Change::Nothing;
        }
        match &mut self.0 {
            Repr::Small(node) => node.remove(indexes),
            Repr::Large(chain) => chain.remove(indexes),
        }
        self.settle();
        Change::Removed
    }
}

impl Default for List {
    fn default() -> List {
        List(Repr::Small(Node::default()))
    }
}

impl TypedValue for List {
    type View<'a> = ListView<'a>;
    type Effect<'a> = ListEffect<'a>;

    fn view(&self) -> ListView<'_> {
        match &self.0 {
            Repr::Small(node) => ListView::Small(node.run()),
            Repr::Large(chain) => ListView::Large(chain),
        }
    }

    #[inline]
    fn view_inline(_: u8, bytes: &[u8]) -> ListView<'_> {
        ListView::Small(Run::new(bytes))
    }

    fn inline(&self) -> Option<Inline<'_>> {
        match &self.0 {
            Repr::Small(node) => Some(Inline::Bytes(FORM_RUN, node.run().bytes())),
            Repr::Large(_) => None,
        }
    }

    fn from_inline(_: u8, bytes: &[u8]) -> List {
        List(Repr::Small(Node::from_run(Run::new(bytes))))
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Small(node) => node.heap_bytes(),
            Repr::Large(chain) => chain.heap_bytes(),
        }
    }

    fn apply(&mut self, effect: &ListEffect<'_>) -> Change {
        self.change(effect, &THRESHOLD)
    }

    fn write_image(view: ListView<'_>, image: &mut Vec<u8>) {
        view.encoded(0).for_each(|encoded| image.extend_from_slice(encoded));
    }

    fn from_image(image: &[u8]) -> Option<List> {
        let (mut list, mut at) = (List::default(), 0);
        while at < image.len() {
            let (element, next) = packed::decode(image, at)?;
            element.with_bytes(|text| list.apply(&ListEffect::PushBack(text)));
            at = next;
        }
        Some(list)
    }

    fn encoding(view: ListView<'_>) -> &'static str {
        match view {
            ListView::Small(_) => "listpack",
            ListView::Large(_) => "quicklist",
        }
    }
}

/// What can change in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListEffect<'a> {
    /// This stands before all others.
    PushFront(&'a [u8]),
    /// This stands behind all others.
    PushBack(&'a [u8]),
    /// So many are gone from the front.
    PopFront(usize),
    /// So many are gone from the back.
    PopBack(usize),
    /// Another text stands at an index.
    Set {
        /// Where, from 0.
        index: usize,
        /// The text.
        text: &'a [u8],
    },
    /// This stands at an index, and what stood there or behind stands one further.
    Insert {
        /// Where, from 0.
        index: usize,
        /// The element.
        text: &'a [u8],
    },
    /// Some are gone.
    Remove {
        /// Which, as [`skips`] makes it of their indexes.
        skips: &'a [u8],
    },
}

/// Indexes, which ascend, as packed integers: how many others stand before each, and behind the
/// one before.
pub(crate) fn skips(indexes: impl Iterator<Item = usize>) -> Vec<u8> {
    let (mut skips, mut next) = (Vec::new(), 0);
    for index in indexes {
        let skipped = i64::try_from(index - next).expect("indexes are below 2^63");
        packed::encode_integer(&mut skips, skipped);
        next = index + 1;
    }
    skips
}

/// The indexes of [`skips`]; ends at what is no index.
pub(super) fn indexes(skips: &[u8]) -> impl Iterator<Item = usize> {
    packed::Elements::new(skips).scan(0_usize, |next, skipped| {
        let index = usize::try_from(skipped.as_i64()?).ok()?.checked_add(*next)?;
        *next = index.checked_add(1)?;
        Some(index)
    })
}

impl<'a> Effect<'a> for ListEffect<'a> {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut write = |tag, number: Option<usize>, bytes: &[u8]| {
            out.push(tag);
            let number = number.map(|number| (number as u64).to_le_bytes());
            out.extend_from_slice(number.as_ref().map_or(&[], |number| &number[..]));
            out.extend_from_slice(bytes);
        };
        match *self {
            ListEffect::PushFront(text) => write(0, None, text),
            ListEffect::PushBack(text) => write(1, None, text),
            ListEffect::PopFront(count) => write(2, Some(count), b""),
            ListEffect::PopBack(count) => write(3, Some(count), b""),
            ListEffect::Set { index, text } => write(4, Some(index), text),
            ListEffect::Insert { index, text } => write(5, Some(index), text),
            ListEffect::Remove { skips } => write(6, None, skips),
        }
    }

    fn decode(bytes: &'a [u8]) -> Option<ListEffect<'a>> {
        let (tag, body) = bytes.split_first()?;
        let number = || {
            let (number, text) = body.split_first_chunk()?;
            Some((usize::try_from(u64::from_le_bytes(*number)).ok()?, text))
        };
        let count = || number().filter(|(_, text)| text.is_empty()).map(|(count, _)| count);
        match tag {
            0 => Some(ListEffect::PushFront(body)),
            1 => Some(ListEffect::PushBack(body)),
            2 => count().map(ListEffect::PopFront),
            3 => count().map(ListEffect::PopBack),
            4 => number().map(|(index, text)| ListEffect::Set { index, text }),
            5 => number().map(|(index, text)| ListEffect::Insert { index, text }),
            6 => {
                let count = packed::check(body)?;
                (indexes(body).count() == count).then_some(ListEffect::Remove { skips: body })
            }
            _ => None,
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            ListEffect::PushFront(_) => "lpush",
            ListEffect::PushBack(_) => "rpush",
            ListEffect::PopFront(_) => "lpop",
            ListEffect::PopBack(_) => "rpop",
            ListEffect::Set { .. } => "lset",
            ListEffect::Insert { .. } => "linsert",
            ListEffect::Remove { .. } => "lrem",
        }
    }
}
