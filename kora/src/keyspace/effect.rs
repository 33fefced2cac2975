//! What can happen to a key, as bytes: the records of the commit log.
//!
//! Closed and small. A record says what changed, not what was asked, so replay needs no
//! code per command.
//!
//! ```text
//! database number, u8
//! tag, u8             0 remove, 1 deadline, 2 store, 3 clear, 4 edit, 5 swap; 16 put document,
//!                     17 remove document; 18 create, 19 drop a collection, 20 add, 21 drop an
//!                     index of one, 22 its schema
//! key length, u16     little-endian, as all numbers; u16::MAX for a longer one, whose length,
//!                     u32, then comes before it
//! body length, u16    u16::MAX for a longer one, whose length, u64, then comes before it
//! key, body
//! ```
//!
//! The body of `deadline` is empty or an i64; of `store` a kind, with 128 added and an i64 behind
//! it when there is a deadline, and the value's image; of `edit` a kind and the type's own effect;
//! of `swap` the number of the other database; of all that is about collections the number of one,
//! u32, and then, as in `store`, 0 or 128 with the deadline and the form, or a name, or a
//! definition; else empty. `clear` and `swap` have no key: they happen on all stripes.
//!
//! Most records are short, and every byte of them is written, summed and read again: a SET of 64
//! bytes takes an eighth less in the log than it would with lengths of four bytes.

use crate::types::Kind;

/// One change of one key, or of a whole numbered database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect<'a> {
    /// The key is gone.
    Remove,
    /// The key expires at this unix millisecond, or never.
    Deadline(Option<i64>),
    /// The key holds this value, whatever it held.
    Store {
        /// The value's type.
        kind: Kind,
        /// When the key expires.
        deadline: Option<i64>,
        /// The whole value.
        image: &'a [u8],
    },
    /// Every key of the numbered database is gone.
    Clear,
    /// The value changes by an effect of its type.
    Edit {
        /// The value's type.
        kind: Kind,
        /// The type's effect.
        body: &'a [u8],
    },
    /// The numbered database and this one have changed places.
    Swap(u8),
    /// The document, whose id is the key, is this one, whatever it was.
    PutDocument {
        /// The number of its collection.
        collection: u32,
        /// When the document expires.
        deadline: Option<i64>,
        /// Its stored form.
        form: &'a [u8],
    },
    /// The document, whose id is the key, is gone.
    RemoveDocument {
        /// The number of its collection.
        collection: u32,
    },
    /// A collection itself changed; without a key.
    Collection {
        /// Its number.
        collection: u32,
        /// How.
        change: CollectionChange<'a>,
    },
}

/// What can happen to a collection. Done twice, each is the same as done once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CollectionChange<'a> {
    /// It is there, with this name.
    Create(&'a str),
    /// It is gone, with its documents and indexes.
    Drop,
    /// It has this index: a definition as its folder writes it.
    AddIndex(&'a [u8]),
    /// It has no index of this name.
    DropIndex(&'a str),
    /// This was declared of its documents: a schema as its folder writes it.
    SetSchema(&'a [u8]),
}

/// What an effect is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One key.
    Key,
    /// A numbered database, on all stripes.
    Database,
    /// One document of a collection.
    Document(u32),
    /// A collection.
    Collection(u32),
}

impl Effect<'_> {
    /// What it is on.
    pub(crate) fn scope(&self) -> Scope {
        match self {
            Effect::Clear | Effect::Swap(_) => Scope::Database,
            Effect::Remove | Effect::Deadline(_) | Effect::Store { .. } | Effect::Edit { .. } => {
                Scope::Key
            }
            Effect::PutDocument { collection, .. } | Effect::RemoveDocument { collection } => {
                Scope::Document(*collection)
            }
            Effect::Collection { collection, .. } => Scope::Collection(*collection),
        }
    }

    /// Whether the effect is on a whole numbered database and not on a key.
    pub(crate) fn is_on_database(&self) -> bool {
        self.scope() == Scope::Database
    }
}

const HEADER_LEN: usize = 6;
/// A length that stands elsewhere.
const LONG: u16 = u16::MAX;
/// Added to the byte before a deadline.
const EXPIRES: u8 = 0x80;

fn tag(effect: &Effect<'_>) -> u8 {
    match effect {
        Effect::Remove => 0,
        Effect::Deadline(_) => 1,
        Effect::Store { .. } => 2,
        Effect::Clear => 3,
        Effect::Edit { .. } => 4,
        Effect::Swap(_) => 5,
        Effect::PutDocument { .. } => 16,
        Effect::RemoveDocument { .. } => 17,
        Effect::Collection { change, .. } => match change {
            CollectionChange::Create(_) => 18,
            CollectionChange::Drop => 19,
            CollectionChange::AddIndex(_) => 20,
            CollectionChange::DropIndex(_) => 21,
            CollectionChange::SetSchema(_) => 22,
        },
    }
}

impl Effect<'_> {
    /// About how long its body will be, as far as it is here and not in a tail.
    #[inline]
    fn known_len(&self) -> usize {
        match self {
            Effect::Store { image, .. } => 9 + image.len(),
            Effect::Edit { body, .. } => 1 + body.len(),
            Effect::PutDocument { form, .. } => 13 + form.len(),
            Effect::Remove
            | Effect::Deadline(_)
            | Effect::Clear
            | Effect::Swap(_)
            | Effect::RemoveDocument { .. }
            | Effect::Collection { .. } => 9,
        }
    }

    /// Appends its body.
    #[inline]
    fn encode_body(&self, out: &mut Vec<u8>) {
        match *self {
            Effect::Remove | Effect::Clear | Effect::Deadline(None) => {}
            Effect::Deadline(Some(at)) => out.extend_from_slice(&at.to_le_bytes()),
            Effect::Store { kind, deadline, image } => {
                encode_deadline(kind as u8, deadline, out);
                out.extend_from_slice(image);
            }
            Effect::Edit { kind, body } => {
                out.push(kind as u8);
                out.extend_from_slice(body);
            }
            Effect::Swap(with) => out.push(with),
            Effect::PutDocument { collection, deadline, form } => {
                out.extend_from_slice(&collection.to_le_bytes());
                encode_deadline(0, deadline, out);
                out.extend_from_slice(form);
            }
            Effect::RemoveDocument { collection } => {
                out.extend_from_slice(&collection.to_le_bytes());
            }
            Effect::Collection { collection, change } => {
                out.extend_from_slice(&collection.to_le_bytes());
                match change {
                    CollectionChange::Create(name) | CollectionChange::DropIndex(name) => {
                        out.extend_from_slice(name.as_bytes());
                    }
                    CollectionChange::Drop => {}
                    CollectionChange::AddIndex(bytes) | CollectionChange::SetSchema(bytes) => {
                        out.extend_from_slice(bytes);
                    }
                }
            }
        }
    }
}

/// A byte below 128, and a deadline if there is one.
#[inline]
fn encode_deadline(byte: u8, deadline: Option<i64>, out: &mut Vec<u8>) {
    match deadline {
        None => out.push(byte),
        Some(at) => {
            out.push(byte | EXPIRES);
            out.extend_from_slice(&at.to_le_bytes());
        }
    }
}

/// A length in two bytes, or [`LONG`].
#[inline]
fn short_len(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(LONG)
}

/// A record: which database, which key, what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) database: u8,
    pub(crate) key: &'a [u8],
    pub(crate) effect: Effect<'a>,
}

impl Record<'_> {
    /// The numbered databases that it is about.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u8> + use<> {
        let other = match self.effect {
            Effect::Swap(with) => Some(with),
            Effect::Remove
            | Effect::Deadline(_)
            | Effect::Store { .. }
            | Effect::Clear
            | Effect::Edit { .. }
            | Effect::PutDocument { .. }
            | Effect::RemoveDocument { .. }
            | Effect::Collection { .. } => None,
        };
        std::iter::once(self.database).chain(other)
    }

    /// Appends the record.
    #[cfg(test)]
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.encode_with(out, |_| {});
    }

    /// Appends the record; `tail` appends the end of its body.
    pub(crate) fn encode_with(&self, out: &mut Vec<u8>, tail: impl FnOnce(&mut Vec<u8>)) {
        let start = out.len();
        let known = self.effect.known_len();
        out.reserve(HEADER_LEN + self.key.len() + known);
        let key_len = short_len(self.key.len());
        let [k0, k1] = key_len.to_le_bytes();
        out.extend_from_slice(&[self.database, tag(&self.effect), k0, k1, 0, 0]);
        if key_len == LONG {
            let len = u32::try_from(self.key.len()).expect("a key has at most 512 MiB");
            out.extend_from_slice(&len.to_le_bytes());
        }
        out.extend_from_slice(self.key);
        let at = out.len();
        if short_len(known) == LONG {
            // Room for the length, so that a large value is not moved for it.
            out.extend_from_slice(&[0; size_of::<u64>()]);
        }
        let body = out.len();
        self.effect.encode_body(out);
        tail(out);
        let len = out.len() - body;
        let body_len = if at < body { LONG } else { short_len(len) };
        if body_len == LONG {
            let room = at..body;
            out.splice(room, (len as u64).to_le_bytes());
        }
        out[start + 4..start + HEADER_LEN].copy_from_slice(&body_len.to_le_bytes());
    }

    /// Cuts the first record off `bytes`; `None` when there is no whole, valid one.
    pub(crate) fn decode(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
        let (header, rest) = bytes.split_first_chunk::<HEADER_LEN>()?;
        let [database, tag, k0, k1, b0, b1] = *header;
        let (key_len, rest) = match u16::from_le_bytes([k0, k1]) {
            LONG => {
                let (len, rest) = rest.split_first_chunk()?;
                (usize::try_from(u32::from_le_bytes(*len)).ok()?, rest)
            }
            len => (usize::from(len), rest),
        };
        let (key, rest) = rest.split_at_checked(key_len)?;
        let (body_len, rest) = match u16::from_le_bytes([b0, b1]) {
            LONG => {
                let (len, rest) = rest.split_first_chunk()?;
                (usize::try_from(u64::from_le_bytes(*len)).ok()?, rest)
            }
            len => (usize::from(len), rest),
        };
        let (body, rest) = rest.split_at_checked(body_len)?;
        let effect = decode_body(tag, body)?;
        Some((Record { database, key, effect }, rest))
    }
}

fn decode_body(tag: u8, body: &[u8]) -> Option<Effect<'_>> {
    match tag {
        0 if body.is_empty() => Some(Effect::Remove),
        1 if body.is_empty() => Some(Effect::Deadline(None)),
        1 => Some(Effect::Deadline(Some(i64::from_le_bytes(body.try_into().ok()?)))),
        2 => {
            let (kind, deadline, image) = decode_deadline(body)?;
            Some(Effect::Store { kind: Kind::from_number(kind)?, deadline, image })
        }
        3 if body.is_empty() => Some(Effect::Clear),
        4 => {
            let (kind, body) = body.split_first()?;
            Some(Effect::Edit { kind: Kind::from_number(*kind)?, body })
        }
        5 => match *body {
            [with] => Some(Effect::Swap(with)),
            _ => None,
        },
        16..=22 => decode_of_collection(tag, body),
        _ => None,
    }
}

/// A byte, a deadline if the byte says so, and what follows.
fn decode_deadline(body: &[u8]) -> Option<(u8, Option<i64>, &[u8])> {
    let (byte, rest) = body.split_first()?;
    if byte & EXPIRES == 0 {
        return Some((*byte, None, rest));
    }
    let (deadline, rest) = rest.split_first_chunk()?;
    Some((byte & !EXPIRES, Some(i64::from_le_bytes(*deadline)), rest))
}

fn decode_of_collection(tag: u8, body: &[u8]) -> Option<Effect<'_>> {
    let (collection, rest) = body.split_first_chunk()?;
    let collection = u32::from_le_bytes(*collection);
    let text = || std::str::from_utf8(rest).ok();
    let change = match tag {
        16 => {
            let (zero, deadline, form) = decode_deadline(rest)?;
            return (zero == 0).then_some(Effect::PutDocument { collection, deadline, form });
        }
        17 if rest.is_empty() => return Some(Effect::RemoveDocument { collection }),
        18 => CollectionChange::Create(text()?),
        19 if rest.is_empty() => CollectionChange::Drop,
        20 => CollectionChange::AddIndex(rest),
        21 => CollectionChange::DropIndex(text()?),
        22 => CollectionChange::SetSchema(rest),
        _ => return None,
    };
    Some(Effect::Collection { collection, change })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_and_cuts_do_not() {
        let effects = [
            Effect::Remove,
            Effect::Deadline(None),
            Effect::Deadline(Some(-5)),
            Effect::Store { kind: Kind::String, deadline: None, image: b"image" },
            Effect::Store { kind: Kind::String, deadline: Some(7), image: b"" },
            Effect::Clear,
            Effect::Edit { kind: Kind::String, body: b"body" },
            Effect::Swap(9),
            Effect::PutDocument { collection: 7, deadline: Some(-1), form: b"form" },
            Effect::PutDocument { collection: 7, deadline: None, form: b"" },
            Effect::RemoveDocument { collection: 7 },
            Effect::Collection { collection: 7, change: CollectionChange::Create("name") },
            Effect::Collection { collection: 7, change: CollectionChange::Drop },
            Effect::Collection { collection: 7, change: CollectionChange::AddIndex(b"index") },
            Effect::Collection { collection: 7, change: CollectionChange::DropIndex("name") },
            Effect::Collection { collection: 7, change: CollectionChange::SetSchema(b"{}") },
        ];
        let mut bytes = Vec::new();
        let records = effects.map(|effect| Record { database: 3, key: b"key", effect });
        for record in &records {
            record.encode(&mut bytes);
        }
        let mut rest = &bytes[..];
        for record in records {
            let cut = Record::decode(&rest[..HEADER_LEN + 2]);
            assert_eq!(cut, None, "{record:?}");
            let (decoded, after) = Record::decode(rest).expect("whole");
            assert_eq!(decoded, record);
            rest = after;
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn long_keys_and_bodies_come_back() {
        let lens = [0, 1, 65_000, 65_525, 65_526, 65_533, 65_534, 65_535, 65_536, 200_000];
        for (key_len, body_len) in lens.iter().flat_map(|key| lens.map(|body| (*key, body))) {
            let (key, body) = (vec![b'k'; key_len], vec![b'v'; body_len]);
            let whole = Effect::Store { kind: Kind::String, deadline: None, image: &body };
            let begun = Effect::Store { kind: Kind::String, deadline: None, image: b"" };
            let record = Record { database: 0, key: &key, effect: whole };
            let (mut at_once, mut by_tail) = (b"before".to_vec(), b"before".to_vec());
            record.encode(&mut at_once);
            Record { effect: begun, ..record }
                .encode_with(&mut by_tail, |out| out.extend_from_slice(&body));
            for bytes in [at_once, by_tail] {
                let (decoded, rest) = Record::decode(&bytes[6..]).expect("whole");
                assert!(decoded == record && rest.is_empty(), "{key_len} {body_len}");
                assert_eq!(Record::decode(&bytes[6..bytes.len() - 1]), None);
            }
        }
    }

    #[test]
    fn tags_are_pinned() {
        let body = Effect::Edit { kind: Kind::String, body: b"" };
        let store = Effect::Store { kind: Kind::String, deadline: None, image: b"" };
        let swap = Effect::Swap(1);
        let tags = [Effect::Remove, Effect::Deadline(None), store, Effect::Clear, body, swap];
        assert_eq!(tags.map(|effect| tag(&effect)), [0, 1, 2, 3, 4, 5]);
    }
}
