//! The rows that a query has found so far: the best of an order, or the first of any.
//!
//! Rows of an order are kept by their sort keys, no more than are wanted. Rows of no order lie one
//! behind the other in a buffer that the thread uses again, and are looked at there, or given out in
//! one allocation.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::document::collection::partition::Document;
use crate::document::plan::find::Find;
use crate::document::plan::sort::sort_key;
use crate::error::Result;
use crate::query::matches;

/// A buffer that has grown beyond this is not kept.
const BUFFER_BYTES_MAX: usize = 256 << 10;

thread_local! {
    static BUFFER: Cell<Buffer> = const { Cell::new(Buffer { bytes: Vec::new(), spans: Vec::new() }) };
}

/// Rows that come in no order: their ids and forms one behind the other.
#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

/// Where a row lies in a buffer.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    id_len: usize,
    len: usize,
}

impl Buffer {
    fn push(&mut self, document: &Document) {
        let bytes = document.id_and_form();
        let span = Span { start: self.bytes.len(), id_len: document.id().len(), len: bytes.len() };
        self.spans.push(span);
        self.bytes.extend_from_slice(bytes);
    }

    /// The spans in the order of the ids.
    fn sort(&mut self) {
        let bytes = &self.bytes;
        let id = |span: &Span| &bytes[span.start..][..span.id_len];
        self.spans.sort_unstable_by(|one, other| id(one).cmp(id(other)));
    }

    /// Leaves it to the thread's next query.
    fn keep(mut self) {
        if self.bytes.capacity() <= BUFFER_BYTES_MAX {
            self.bytes.clear();
            self.spans.clear();
            BUFFER.set(self);
        }
    }
}

/// A copy of one document, or of none, for who looks at it at once.
#[derive(Debug, Default)]
pub(crate) struct Copied {
    bytes: SmallVec<[u8; 1024]>,
    id_len: Option<usize>,
}

impl Copied {
    /// Takes a copy.
    pub(crate) fn set(&mut self, document: &Document) {
        self.bytes.clear();
        self.bytes.extend_from_slice(document.id_and_form());
        self.id_len = Some(document.id().len());
    }

    /// The document's id and form.
    pub(crate) fn get(&self) -> Option<(&[u8], &[u8])> {
        self.id_len.map(|id_len| self.bytes.split_at(id_len))
    }
}

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
    /// Rows that come in no order.
    first: Buffer,
    /// How many there would be, when only that is asked.
    pub(super) count: Option<u64>,
}

impl Rows {
    pub(crate) fn new(most: usize) -> Rows {
        Rows { most, best: BinaryHeap::new(), first: BUFFER.take(), count: None }
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

    /// How many more rows are wanted.
    pub(super) fn room(&self) -> usize {
        self.most.saturating_sub(self.best.len() + self.first.spans.len())
    }

    /// Whether there are as many as are wanted.
    pub(crate) fn is_full(&self) -> bool {
        self.best.len() + self.first.spans.len() >= self.most
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
                self.first.push(document);
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

    /// Looks at the ids and forms of rows that come in no order, in the order of their ids; `None`, and
    /// the rows, when they come in one.
    pub(crate) fn each_first<R>(
        mut self,
        mut each: impl FnMut(&[u8], &[u8]) -> Result<R>,
    ) -> std::result::Result<Result<Vec<R>>, Rows> {
        if !self.best.is_empty() {
            return Err(self);
        }
        self.first.sort();
        let first = std::mem::take(&mut self.first);
        let mut all = Vec::with_capacity(first.spans.len());
        let done = first.spans.iter().try_for_each(|span| {
            let (id, form) = first.bytes[span.start..][..span.len].split_at(span.id_len);
            all.push(each(id, form)?);
            Ok(())
        });
        first.keep();
        Ok(done.map(|()| all))
    }

    /// The rows in order; in that of their ids when none was asked for.
    pub(crate) fn into_sorted(mut self) -> Vec<Row> {
        if self.first.spans.is_empty() {
            std::mem::take(&mut self.first).keep();
            return self.best.into_sorted_vec();
        }
        self.first.sort();
        let all = Bytes::copy_from_slice(&self.first.bytes);
        let row = |Span { start, id_len, len }: &Span| Row {
            key: Vec::new(),
            bytes: all.slice(*start..start + len),
            id_len: *id_len,
        };
        let rows = self.first.spans.iter().map(row).collect();
        self.first.keep();
        rows
    }
}
