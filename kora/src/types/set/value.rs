//! A set value: a sorted array of integers, a packed run, or a hash table of members.
//!
//! The forms and the sizes at which one becomes the next are those of Redis 7.2, and as there a
//! set never goes back to a smaller form while members come and go; [`Set::insert`] is the one
//! place that chooses. A set that is made at once, by a command that stores one or from an image,
//! gets the smallest form that holds its members, whatever their order.
//!
//! Invariants: a member is there once. An `Integers` has at most [`INTEGERS_MAX`] members, a
//! `Packed` at most [`PACKED_MAX`] of at most [`PACKED_MEMBER_MAX`] bytes.

use crate::map::{ALLOCATION_OVERHEAD, Block, Map, hash};
use crate::text::integer::parse_i64;
use crate::types::packed::{self, Element, Elements};
use crate::types::set::intset::{Integers, Intset, Width};
use crate::types::set::view::{PackedView, SetView};
use crate::types::{Change, Effect, Inline, TypedValue};

/// Redis's `set-max-intset-entries`.
const INTEGERS_MAX: usize = 512;
/// Redis's `set-max-listpack-entries`; the number is kept in a byte.
const PACKED_MAX: usize = 128;
/// Redis's `set-max-listpack-value`.
const PACKED_MEMBER_MAX: usize = 64;

const FORM_PACKED: u8 = 0;
const FORM_INTEGERS_2: u8 = 1;
const FORM_INTEGERS_4: u8 = 2;
const FORM_INTEGERS_8: u8 = 3;

/// A set of byte strings.
#[derive(Debug)]
pub(crate) struct Set(Repr);

#[derive(Debug)]
enum Repr {
    Integers(Intset),
    /// A run behind the number of its elements.
    Packed(Vec<u8>),
    Table(Table),
}

/// Members by their hash, in blocks without payload.
#[derive(Debug, Default)]
struct Table {
    map: Map<Block>,
    /// Bytes of the blocks.
    bytes: usize,
}

impl Table {
    fn with_capacity(count: usize) -> Table {
        Table { map: Map::with_capacity(count), bytes: 0 }
    }

    fn insert(&mut self, member: &[u8]) -> bool {
        let hash = hash(member);
        if self.map.find(hash, member).is_some() {
            return false;
        }
        self.put(hash, Block::new(0, member, &[]));
        true
    }

    /// Adds a member that is not there, with its hash.
    fn put(&mut self, hash: u64, block: Block) {
        self.bytes += block.view().heap_bytes();
        self.map.insert(hash, block);
    }

    fn remove(&mut self, member: &[u8]) -> bool {
        let Some(at) = self.map.find(hash(member), member) else { return false };
        let block = self.map.remove(at);
        self.bytes -= block.view().heap_bytes();
        true
    }
}

impl Set {
    /// Adds a member; whether it was not there. Amortised O(1): the smaller forms are short.
    pub(crate) fn insert(&mut self, member: &[u8]) -> bool {
        match &mut self.0 {
            Repr::Table(table) => return table.insert(member),
            Repr::Packed(bytes) => {
                let packed = PackedView::new(bytes);
                if packed.find(member).is_some() {
                    return false;
                }
                if packed.len() < PACKED_MAX && member.len() <= PACKED_MEMBER_MAX {
                    push(bytes, member);
                    return true;
                }
                self.become_table();
            }
            Repr::Integers(integers) => match parse_i64(member) {
                Some(n) if integers.view().len() < INTEGERS_MAX => return integers.insert(n),
                Some(n) if integers.view().contains(n) => return false,
                Some(_) => self.become_table(),
                None if integers.view().len() < PACKED_MAX && member.len() <= PACKED_MEMBER_MAX => {
                    self.become_packed();
                }
                None => self.become_table(),
            },
        }
        self.insert(member)
    }

    /// Takes a member out; whether it was there.
    pub(crate) fn remove(&mut self, member: &[u8]) -> bool {
        match &mut self.0 {
            Repr::Table(table) => table.remove(member),
            Repr::Packed(bytes) => {
                let Some(range) = PackedView::new(bytes).find(member) else { return false };
                packed::splice(bytes, range, &[]);
                bytes[0] -= 1;
                true
            }
            Repr::Integers(integers) => parse_i64(member).is_some_and(|n| integers.remove(n)),
        }
    }

    fn become_packed(&mut self) {
        let mut bytes = vec![0];
        self.view().each(|member| member.with_bytes(|text| push(&mut bytes, text)));
        self.0 = Repr::Packed(bytes);
    }

    fn become_table(&mut self) {
        let mut table = Table::default();
        self.view().each(|member| {
            member.with_bytes(|text| table.insert(text));
        });
        self.0 = Repr::Table(table);
    }
}

/// A set in the making, of members that are all different.
///
/// Members come from other tables, in hash order. Therefore those of a table are only gathered,
/// as the blocks they will be, until their number is known and a table can be made for them.
#[derive(Debug, Default)]
pub(crate) struct SetBuilder {
    /// The first members; a table of all that has room in the small forms, and one more.
    set: Set,
    /// The others, with their hashes.
    blocks: Vec<(u64, Block)>,
}

impl SetBuilder {
    /// Adds a member that was not added before.
    pub(crate) fn push(&mut self, member: Element<'_>) {
        member.with_bytes(|text| match self.set.0 {
            Repr::Table(_) => self.blocks.push((hash(text), Block::new(0, text, &[]))),
            Repr::Integers(_) | Repr::Packed(_) => {
                self.set.insert(text);
            }
        });
    }

    /// The set of all members.
    pub(crate) fn finish(self) -> Set {
        if self.blocks.is_empty() {
            return self.set;
        }
        let mut table = Table::with_capacity(self.set.view().len() + self.blocks.len());
        self.set.view().each(|member| {
            member.with_bytes(|text| table.insert(text));
        });
        for (hash, block) in self.blocks {
            table.put(hash, block);
        }
        Set(Repr::Table(table))
    }
}

/// Appends a member that is not there yet to a counted run.
fn push(bytes: &mut Vec<u8>, member: &[u8]) {
    packed::reserve(bytes, packed::encoded_len(member));
    packed::encode(bytes, member);
    bytes[0] += 1;
}

impl Default for Set {
    fn default() -> Set {
        Set(Repr::Integers(Intset::default()))
    }
}

impl TypedValue for Set {
    const UNORDERED: Option<usize> = Some(1);
    type View<'a> = SetView<'a>;
    type Effect<'a> = SetEffect<'a>;

    fn view(&self) -> SetView<'_> {
        match &self.0 {
            Repr::Integers(integers) => SetView::Integers(integers.view()),
            Repr::Packed(bytes) => SetView::Packed(PackedView::new(bytes)),
            Repr::Table(table) => SetView::Table(&table.map),
        }
    }

    #[inline]
    fn view_inline(form: u8, bytes: &[u8]) -> SetView<'_> {
        let width = match form {
            FORM_INTEGERS_2 => Width::Two,
            FORM_INTEGERS_4 => Width::Four,
            FORM_INTEGERS_8 => Width::Eight,
            _ => return SetView::Packed(PackedView::new(bytes)),
        };
        SetView::Integers(Integers::new(width, bytes))
    }

    fn inline(&self) -> Option<Inline<'_>> {
        match self.view() {
            SetView::Integers(integers) => {
                let form = match integers.width() {
                    Width::Two => FORM_INTEGERS_2,
                    Width::Four => FORM_INTEGERS_4,
                    Width::Eight => FORM_INTEGERS_8,
                };
                Some(Inline::Bytes(form, integers.bytes()))
            }
            SetView::Packed(packed) => Some(Inline::Bytes(FORM_PACKED, packed.bytes())),
            SetView::Table(_) => None,
        }
    }

    fn from_inline(form: u8, bytes: &[u8]) -> Set {
        match Set::view_inline(form, bytes) {
            SetView::Integers(integers) => Set(Repr::Integers(integers.into())),
            SetView::Packed(packed) => Set(Repr::Packed(packed.bytes().to_vec())),
            SetView::Table(_) => unreachable!("a table never lies in a block"),
        }
    }

    fn is_empty(&self) -> bool {
        self.view().len() == 0
    }

    fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Integers(integers) => integers.heap_bytes() + ALLOCATION_OVERHEAD,
            Repr::Packed(bytes) => bytes.capacity() + ALLOCATION_OVERHEAD,
            Repr::Table(table) => table.map.index_bytes() + table.bytes,
        }
    }

    fn apply(&mut self, effect: &SetEffect<'_>) -> Change {
        match *effect {
            SetEffect::Add(member) if self.insert(member) => Change::Added,
            SetEffect::Remove(member) if self.remove(member) => Change::Removed,
            SetEffect::Add(_) | SetEffect::Remove(_) => Change::Nothing,
        }
    }

    /// The members as a packed run, in any order.
    fn write_image(view: SetView<'_>, image: &mut Vec<u8>) {
        view.each(|member| match member {
            Element::Bytes(text) => packed::encode(image, text),
            Element::Integer(n) => packed::encode_integer(image, n),
        });
    }

    fn from_image(image: &[u8]) -> Option<Set> {
        let count = packed::check(image)?;
        let mut set = if count > INTEGERS_MAX {
            Set(Repr::Table(Table::with_capacity(count)))
        } else {
            Set::default()
        };
        let mut members = Elements::new(image);
        members.all(|member| member.with_bytes(|text| set.insert(text))).then_some(set)
    }

    fn encoding(view: SetView<'_>) -> &'static str {
        match view {
            SetView::Integers(_) => "intset",
            SetView::Packed(_) => "listpack",
            SetView::Table(_) => "hashtable",
        }
    }
}

/// What can change in a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetEffect<'a> {
    /// This member came.
    Add(&'a [u8]),
    /// This member is gone.
    Remove(&'a [u8]),
}

impl<'a> Effect<'a> for SetEffect<'a> {
    fn encode(&self, out: &mut Vec<u8>) {
        let (tag, member) = match *self {
            SetEffect::Add(member) => (0, member),
            SetEffect::Remove(member) => (1, member),
        };
        out.push(tag);
        out.extend_from_slice(member);
    }

    fn decode(bytes: &'a [u8]) -> Option<SetEffect<'a>> {
        match bytes {
            [0, member @ ..] => Some(SetEffect::Add(member)),
            [1, member @ ..] => Some(SetEffect::Remove(member)),
            _ => None,
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            SetEffect::Add(_) => "sadd",
            SetEffect::Remove(_) => "srem",
        }
    }
}

const _: () = assert!(PACKED_MAX <= u8::MAX as usize, "the number of members is a byte");
