//! The rows that a query has found so far: the best of an order, or the first of any.
//!
//! Rows of an order are kept by their sort keys, no more than are wanted. Rows of no order lie one
//! behind the other in one allocation until they are given out.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use bytes::{Bytes, BytesMut};

use crate::document::collection::partition::Document;
use crate::document::plan::find::Find;
use crate::document::plan::sort::sort_key;
use crate::query::matches;

/// Rows that room is made for at once. Arbitrary.
const ROWS_EXPECTED: usize = 32;

/// A document that was found.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Where it belongs; empty when any rows will do.
    pub(crate) key: Vec<u8>,
    /// The id and the form. Rows that come in no order share one allocation.
    bytes: Bytes,
    id_len: usize,
}

impl Row {
    fn new(key: Vec<u8>, document: &Document) -> Row {
        let bytes = Bytes::copy_from_slice(document.id_and_form());
        Row { key, bytes, id_len: document.id().len() }
    }

    /// The document's id.
    pub(crate) fn id(&self) -> &[u8] {
        &self.bytes[..self.id_len]
    }

    /// The document's form.
    pub(crate) fn form(&self) -> &[u8] {
        &self.bytes[self.id_len..]
    }

    /// The document's form, to be kept.
    pub(crate) fn shared_form(&self) -> Bytes {
        self.bytes.slice(self.id_len..)
    }

    /// The same row with another form.
    pub(crate) fn with_form(self, form: &[u8]) -> Row {
        let bytes = [self.id(), form].concat().into();
        Row { bytes, ..self }
    }
}

/// By where it belongs; the id is the end of the key, and stands for it where there is none.
impl Ord for Row {
    fn cmp(&self, other: &Row) -> Ordering {
        self.key.cmp(&other.key).then_with(|| self.id().cmp(other.id()))
    }
}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Row) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Row) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Row {}

/// Rows so far: with an order the best, else the first.
#[derive(Debug)]
pub(crate) struct Rows {
    most: usize,
    best: BinaryHeap<Row>,
    /// Rows that come in no order: their ids and forms one behind the other, and how long each is.
    first: BytesMut,
    first_lens: Vec<(usize, usize)>,
    /// How many there would be, when only that is asked.
    pub(super) count: Option<u64>,
}

impl Rows {
    pub(crate) fn new(most: usize) -> Rows {
        let (first, first_lens) = (BytesMut::new(), Vec::new());
        Rows { most, best: BinaryHeap::new(), first, first_lens, count: None }
    }

    /// No rows, but their number.
    pub(crate) fn counting() -> Rows {
        Rows { count: Some(0), ..Rows::new(usize::MAX) }
    }

    /// How many were counted.
    pub(crate) fn count(&self) -> u64 {
        self.count.unwrap_or(0)
    }

    /// The last of the best, when there are as many as are wanted.
    pub(super) fn worst(&self) -> Option<&Row> {
        self.best.peek().filter(|_| self.is_full())
    }

    /// Whether a row with this key would be kept.
    pub(super) fn wants(&self, key: &[u8]) -> bool {
        !self.is_full() || self.worst().is_some_and(|worst| *key < worst.key[..])
    }

    /// Whether there are as many as are wanted.
    pub(crate) fn is_full(&self) -> bool {
        self.best.len() + self.first_lens.len() >= self.most
    }

    /// Takes a document if it satisfies the query and belongs to the best.
    pub(crate) fn offer(&mut self, document: &Document, find: &Find<'_>) {
        if matches(&find.condition, document.value()) {
            self.place(document, find);
        }
    }

    /// Takes a document that satisfies the condition if it belongs to the best.
    pub(super) fn place(&mut self, document: &Document, find: &Find<'_>) {
        if find.takes_any {
            if !self.is_full() {
                let bytes = document.id_and_form();
                if self.first_lens.is_empty() {
                    // As if the others were as long, up to some.
                    let count = self.most.min(ROWS_EXPECTED);
                    self.first.reserve(bytes.len() * count);
                    self.first_lens.reserve(count);
                }
                self.first.extend_from_slice(bytes);
                self.first_lens.push((document.id().len(), bytes.len()));
            }
            return;
        }
        let key = sort_key(document, &find.order);
        let is_later = find.after.is_none_or(|after| *key > *after);
        if is_later && self.wants(&key) {
            self.push(Row::new(key, document));
        }
    }

    /// Takes a row that satisfies the query if it belongs to the best.
    pub(crate) fn take(&mut self, row: Row) {
        if self.wants(&row.key) {
            self.push(row);
        }
    }

    fn push(&mut self, row: Row) {
        self.best.push(row);
        if self.best.len() > self.most {
            self.best.pop();
        }
    }

    /// The rows in order; in that of their ids when none was asked for.
    pub(crate) fn into_sorted(self) -> Vec<Row> {
        if self.first_lens.is_empty() {
            return self.best.into_sorted_vec();
        }
        let mut first = self.first.freeze();
        let row = |(id_len, len): (usize, usize)| {
            let bytes = first.split_to(len);
            Row { key: Vec::new(), bytes, id_len }
        };
        let mut rows: Vec<Row> = self.first_lens.into_iter().map(row).collect();
        rows.sort_unstable();
        rows
    }
}
