//! A hash value: fields with values, packed while small, a hash table when large.
//!
//! The packed form is field, value, field, value in one run; the table is a [`Map`] whose blocks
//! hold a field as key and its value as payload. Nothing here knows a key or a command.
//!
//! Invariants: a field is there once; a run holds at most [`PACKED_FIELDS_MAX`] fields and no
//! element longer than [`PACKED_LEN_MAX`]; the counts of fields and bytes are those of what is
//! held.

use ahash::AHashSet;

use crate::map::{self, ALLOCATION_OVERHEAD, Block, BlockRef, Map};
use crate::types::packed::{self, Element, Elements};
use crate::types::{Change, Effect, FORM_COUNT, Inline, TypedValue};

/// Most fields of a run: Redis's default `hash-max-listpack-entries`.
pub(crate) const PACKED_FIELDS_MAX: usize = 512;
/// Longest field or value in a run: Redis's default `hash-max-listpack-value`.
pub(crate) const PACKED_LEN_MAX: usize = 64;
/// The inline form of hashes whose fields have to be counted; a lower form is their number.
const FORM_UNCOUNTED: u8 = FORM_COUNT - 1;

/// A hash.
#[derive(Debug)]
pub(crate) struct Hash(Repr);

#[derive(Debug)]
enum Repr {
    Packed(Packed),
    Table(Table),
}

/// The small form.
#[derive(Debug, Default)]
struct Packed {
    run: Vec<u8>,
    /// How many fields.
    len: usize,
}

/// The large form.
#[derive(Debug, Default)]
pub(crate) struct Table {
    fields: Map,
    /// Bytes of the blocks.
    block_bytes: usize,
}

/// A field and its value. What comes from a table is [`Element::Bytes`] even where it is the text
/// of an integer.
pub(crate) type Pair<'a> = (Element<'a>, Element<'a>);

/// How a hash is read, wherever it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HashView<'a> {
    /// Fields and values in turn, and how many fields if that is known.
    Packed(&'a [u8], Option<usize>),
    /// A hash table.
    Table(&'a Table),
}

impl<'a> HashView<'a> {
    /// How many fields. O(1), but for a run in its key's block with fields to count.
    pub(crate) fn len(self) -> usize {
        match self {
            HashView::Packed(_, Some(len)) => len,
            HashView::Packed(run, None) => count_fields(run),
            HashView::Table(table) => table.fields.len(),
        }
    }

    /// The value of a field.
    #[inline]
    pub(crate) fn get(self, field: &[u8]) -> Option<Element<'a>> {
        match self {
            HashView::Packed(run, _) => {
                let at = packed::find(run, field, 1)?;
                Elements::starting_at(run, at.end).next()
            }
            HashView::Table(table) => table.get(field).map(Element::Bytes),
        }
    }

    /// Calls `visit` with every field and its value, in no order that means anything.
    pub(crate) fn each(self, mut visit: impl FnMut(Pair<'a>)) {
        match self {
            HashView::Packed(run, _) => Pairs::new(run).for_each(visit),
            HashView::Table(table) => table.fields.iter().for_each(|block| visit(pair(block))),
        }
    }

    /// Calls `visit` with fields from a cursor on until at least `least` were visited; returns
    /// the next cursor, 0 at the end. A run is visited as a whole, whatever the cursor.
    pub(crate) fn scan(self, cursor: u64, least: usize, mut visit: impl FnMut(Pair<'a>)) -> u64 {
        match self {
            HashView::Packed(..) => {
                self.each(visit);
                0
            }
            HashView::Table(table) => {
                table.fields.scan_from(cursor, least, |block| visit(pair(block)))
            }
        }
    }

    /// A field with its value, chosen about uniformly; `random` returns random numbers. `None`
    /// when there is none.
    pub(crate) fn pick(self, mut random: impl FnMut() -> u64) -> Option<Pair<'a>> {
        match self {
            HashView::Packed(run, _) => {
                let chosen = (u128::from(random()) * self.len() as u128) >> u64::BITS;
                Pairs::new(run).nth(usize::try_from(chosen).ok()?)
            }
            HashView::Table(table) => table.fields.pick(random).map(pair),
        }
    }
}

/// Fields with values of a run, from the front.
#[derive(Debug)]
struct Pairs<'a>(Elements<'a>);

impl<'a> Pairs<'a> {
    fn new(run: &'a [u8]) -> Pairs<'a> {
        Pairs(Elements::new(run))
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        Some((self.0.next()?, self.0.next()?))
    }

    fn nth(&mut self, n: usize) -> Option<Pair<'a>> {
        Some((self.0.nth(2 * n)?, self.0.next()?))
    }
}

fn pair(block: BlockRef<'_>) -> Pair<'_> {
    (Element::Bytes(block.key()), Element::Bytes(block.payload()))
}

fn count_fields(run: &[u8]) -> usize {
    Elements::new(run).count() / 2
}

impl Packed {
    fn put(&mut self, field: &[u8], value: &[u8]) -> Change {
        let run = &mut self.run;
        let Some(at) = packed::find(run, field, 1) else {
            packed::reserve(run, packed::encoded_len(field) + packed::encoded_len(value));
            packed::encode(run, field);
            packed::encode(run, value);
            self.len += 1;
            return Change::Added;
        };
        let (old, end) = value_behind(run, at.end);
        if old.eq_bytes(value) {
            return Change::Nothing;
        }
        let mut encoded = Vec::with_capacity(packed::encoded_len(value));
        packed::encode(&mut encoded, value);
        packed::splice(run, at.end..end, &encoded);
        Change::Replaced
    }

    fn remove(&mut self, field: &[u8]) -> Change {
        let Some(at) = packed::find(&self.run, field, 1) else { return Change::Nothing };
        let (_, end) = value_behind(&self.run, at.end);
        packed::splice(&mut self.run, at.start..end, b"");
        self.len -= 1;
        Change::Removed
    }

    /// The form of an image that [`packed::check`] has passed; `None` when a field is there twice.
    fn from_image(image: &[u8]) -> Option<Packed> {
        let mut fields = AHashSet::new();
        let (mut at, mut elements) = (0, Elements::new(image));
        while elements.next().is_some() {
            // Equal elements have equal bytes, so a field is known by its own in the run.
            if !fields.insert(image.get(at..elements.offset())?) {
                return None;
            }
            elements.next()?;
            at = elements.offset();
        }
        Some(Packed { run: image.to_vec(), len: fields.len() })
    }
}

/// The value behind a field that ends at `at`, and where the value ends.
fn value_behind(run: &[u8], at: usize) -> (Element<'_>, usize) {
    let mut elements = Elements::starting_at(run, at);
    let value = elements.next().expect("a value follows each field");
    (value, elements.offset())
}

impl Table {
    /// What [`TypedValue::heap_bytes`] should be, from the blocks themselves.
    #[cfg(test)]
    pub(super) fn recomputed_heap_bytes(&self) -> usize {
        self.fields.index_bytes() + self.fields.iter().map(BlockRef::heap_bytes).sum::<usize>()
    }

    fn get(&self, field: &[u8]) -> Option<&[u8]> {
        let at = self.fields.find(map::hash(field), field)?;
        Some(self.fields.get(at).payload())
    }

    fn put(&mut self, field: &[u8], value: &[u8]) -> Change {
        let hash = map::hash(field);
        let Some(at) = self.fields.find(hash, field) else {
            let block = Block::new(0, field, &[value]);
            self.block_bytes += block.view().heap_bytes();
            self.fields.insert(hash, block);
            return Change::Added;
        };
        let mut block = self.fields.get_mut(at);
        if block.payload() == value {
            return Change::Nothing;
        }
        self.block_bytes -= block.view().heap_bytes();
        block.set_payload(&[value]);
        self.block_bytes += block.view().heap_bytes();
        Change::Replaced
    }

    fn remove(&mut self, field: &[u8]) -> Change {
        let Some(at) = self.fields.find(map::hash(field), field) else { return Change::Nothing };
        let block = self.fields.remove(at);
        self.block_bytes -= block.view().heap_bytes();
        Change::Removed
    }

    /// A table of what a run holds.
    fn of_run(run: &[u8]) -> Table {
        let mut table = Table::default();
        for (field, value) in Pairs::new(run) {
            field.with_bytes(|field| value.with_bytes(|value| table.put(field, value)));
        }
        table
    }
}

impl Hash {
    fn put(&mut self, field: &[u8], value: &[u8]) -> Change {
        if field.len().max(value.len()) > PACKED_LEN_MAX {
            self.become_table();
        }
        let change = match &mut self.0 {
            Repr::Packed(packed) => packed.put(field, value),
            Repr::Table(table) => table.put(field, value),
        };
        if self.view().len() > PACKED_FIELDS_MAX {
            self.become_table();
        }
        change
    }

    fn become_table(&mut self) {
        if let Repr::Packed(packed) = &self.0 {
            self.0 = Repr::Table(Table::of_run(&packed.run));
        }
    }
}

impl Default for Hash {
    fn default() -> Hash {
        Hash(Repr::Packed(Packed::default()))
    }
}

impl TypedValue for Hash {
    const UNORDERED: Option<usize> = Some(2);

    type View<'a> = HashView<'a>;
    type Effect<'a> = HashEffect<'a>;

    fn view(&self) -> HashView<'_> {
        match &self.0 {
            Repr::Packed(packed) => HashView::Packed(&packed.run, Some(packed.len)),
            Repr::Table(table) => HashView::Table(table),
        }
    }

    #[inline]
    fn view_inline(form: u8, bytes: &[u8]) -> HashView<'_> {
        HashView::Packed(bytes, (form < FORM_UNCOUNTED).then_some(usize::from(form)))
    }

    fn inline(&self) -> Option<Inline<'_>> {
        match &self.0 {
            Repr::Packed(packed) => {
                let form = u8::try_from(packed.len).unwrap_or(u8::MAX).min(FORM_UNCOUNTED);
                Some(Inline::Bytes(form, &packed.run))
            }
            Repr::Table(_) => None,
        }
    }

    fn from_inline(form: u8, bytes: &[u8]) -> Hash {
        let len = Hash::view_inline(form, bytes).len();
        Hash(Repr::Packed(Packed { run: bytes.to_vec(), len }))
    }

    fn is_empty(&self) -> bool {
        self.view().len() == 0
    }

    fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Packed(packed) => packed.run.capacity() + ALLOCATION_OVERHEAD,
            Repr::Table(table) => table.fields.index_bytes() + table.block_bytes,
        }
    }

    fn apply(&mut self, effect: &HashEffect<'_>) -> Change {
        match *effect {
            HashEffect::Put { field, value } => self.put(field, value),
            HashEffect::Remove { field } => match &mut self.0 {
                Repr::Packed(packed) => packed.remove(field),
                Repr::Table(table) => table.remove(field),
            },
        }
    }

    // An image is a run of all fields and values.
    fn write_image(view: HashView<'_>, image: &mut Vec<u8>) {
        match view {
            HashView::Packed(run, _) => image.extend_from_slice(run),
            HashView::Table(table) => {
                for block in table.fields.iter() {
                    packed::encode(image, block.key());
                    packed::encode(image, block.payload());
                }
            }
        }
    }

    fn from_image(image: &[u8]) -> Option<Hash> {
        let elements = packed::check(image).filter(|count| count % 2 == 0)?;
        let is_short = |element: Element<'_>| element.len() <= PACKED_LEN_MAX;
        if elements <= 2 * PACKED_FIELDS_MAX && Elements::new(image).all(is_short) {
            return Some(Hash(Repr::Packed(Packed::from_image(image)?)));
        }
        let table = Table::of_run(image);
        // A field that is there twice counts once.
        (2 * table.fields.len() == elements).then_some(Hash(Repr::Table(table)))
    }

    fn encoding(view: HashView<'_>) -> &'static str {
        match view {
            HashView::Packed(..) => "listpack",
            HashView::Table(_) => "hashtable",
        }
    }
}

/// What can change in a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashEffect<'a> {
    /// The field has this value, whether it was there or not.
    Put {
        /// The field.
        field: &'a [u8],
        /// Its value.
        value: &'a [u8],
    },
    /// The field is gone.
    Remove {
        /// The field.
        field: &'a [u8],
    },
}

impl<'a> Effect<'a> for HashEffect<'a> {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            HashEffect::Put { field, value } => {
                out.push(0);
                let len = u32::try_from(field.len()).expect("fields are checked to be shorter");
                out.extend_from_slice(&len.to_le_bytes());
                out.extend_from_slice(field);
                out.extend_from_slice(value);
            }
            HashEffect::Remove { field } => {
                out.push(1);
                out.extend_from_slice(field);
            }
        }
    }

    fn decode(bytes: &'a [u8]) -> Option<HashEffect<'a>> {
        let (tag, body) = bytes.split_first()?;
        match tag {
            0 => {
                let (len, body) = body.split_first_chunk()?;
                let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
                let (field, value) = body.split_at_checked(len)?;
                Some(HashEffect::Put { field, value })
            }
            1 => Some(HashEffect::Remove { field: body }),
            _ => None,
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            HashEffect::Put { .. } => "hset",
            HashEffect::Remove { .. } => "hdel",
        }
    }
}
