//! What can happen to a key, as bytes: the records of the commit log.
//!
//! Closed and small. A record says what changed, not what was asked, so replay needs no
//! code per command.
//!
//! ```text
//! database number, u8
//! tag, u8             0 remove, 1 deadline, 2 store, 3 clear, 4 edit, 5 swap; 16 put document,
//!                     17 remove document; 18 create, 19 drop a collection, 20 add, 21 drop an
//!                     index of one
//! key length, u32     little-endian, as all numbers
//! body length, u32    u32::MAX for a body that does not fit; its length, u64, is then the
//!                     first of its bytes
//! key, body
//! ```
//!
//! The body of `deadline` is empty or an i64; of `store` a kind, a flag byte and deadline,
//! and the value's image; of `edit` a kind and the type's own effect; of `swap` the number of
//! the other database; of all that is about collections the number of one, u32, and then the
//! deadline as in `store` and the form, a name, or a definition; else empty. `clear` and `swap` have no key: they happen on all stripes.

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

const HEADER_LEN: usize = 10;

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
        },
    }
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
        let len = |n: usize| u32::try_from(n).expect("a key has at most 512 MiB");
        out.extend_from_slice(&[self.database, tag(&self.effect)]);
        out.extend_from_slice(&len(self.key.len()).to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(self.key);
        let body = out.len();
        match self.effect {
            Effect::Remove | Effect::Clear | Effect::Deadline(None) => {}
            Effect::Deadline(Some(at)) => out.extend_from_slice(&at.to_le_bytes()),
            Effect::Store { kind, deadline, image } => {
                out.extend_from_slice(&[kind as u8, u8::from(deadline.is_some())]);
                out.extend_from_slice(&deadline.unwrap_or(0).to_le_bytes());
                out.extend_from_slice(image);
            }
            Effect::Edit { kind, body } => {
                out.push(kind as u8);
                out.extend_from_slice(body);
            }
            Effect::Swap(with) => out.push(with),
            Effect::PutDocument { collection, deadline, form } => {
                out.extend_from_slice(&collection.to_le_bytes());
                out.push(u8::from(deadline.is_some()));
                out.extend_from_slice(&deadline.unwrap_or(0).to_le_bytes());
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
                    CollectionChange::AddIndex(definition) => out.extend_from_slice(definition),
                }
            }
        }
        tail(out);
        let body_len = match u32::try_from(out.len() - body) {
            Ok(len) if len < u32::MAX => len,
            _ => {
                let len = ((out.len() - body) as u64).to_le_bytes();
                out.splice(body..body, len);
                u32::MAX
            }
        };
        out[start + 6..start + HEADER_LEN].copy_from_slice(&body_len.to_le_bytes());
    }

    /// Cuts the first record off `bytes`; `None` when there is no whole, valid one.
    pub(crate) fn decode(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
        let (header, rest) = bytes.split_first_chunk::<HEADER_LEN>()?;
        let [database, tag, k0, k1, k2, k3, b0, b1, b2, b3] = *header;
        let key_len = u32::from_le_bytes([k0, k1, k2, k3]) as usize;
        let body_len = u32::from_le_bytes([b0, b1, b2, b3]);
        let (key, rest) = rest.split_at_checked(key_len)?;
        let (body_len, rest) = match body_len {
            u32::MAX => {
                let (len, rest) = rest.split_first_chunk()?;
                (usize::try_from(u64::from_le_bytes(*len)).ok()?, rest)
            }
            len => (len as usize, rest),
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
            let ([kind, expires], rest) = body.split_first_chunk()?;
            let (deadline, image) = rest.split_first_chunk()?;
            let deadline = (*expires == 1).then_some(i64::from_le_bytes(*deadline));
            Some(Effect::Store { kind: Kind::from_number(*kind)?, deadline, image })
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
        16..=21 => decode_of_collection(tag, body),
        _ => None,
    }
}

fn decode_of_collection(tag: u8, body: &[u8]) -> Option<Effect<'_>> {
    let (collection, rest) = body.split_first_chunk()?;
    let collection = u32::from_le_bytes(*collection);
    let text = || std::str::from_utf8(rest).ok();
    let change = match tag {
        16 => {
            let ([expires], rest) = rest.split_first_chunk()?;
            let (deadline, form) = rest.split_first_chunk()?;
            let deadline = (*expires == 1).then_some(i64::from_le_bytes(*deadline));
            return Some(Effect::PutDocument { collection, deadline, form });
        }
        17 if rest.is_empty() => return Some(Effect::RemoveDocument { collection }),
        18 => CollectionChange::Create(text()?),
        19 if rest.is_empty() => CollectionChange::Drop,
        20 => CollectionChange::AddIndex(rest),
        21 => CollectionChange::DropIndex(text()?),
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
    fn tags_are_pinned() {
        let body = Effect::Edit { kind: Kind::String, body: b"" };
        let store = Effect::Store { kind: Kind::String, deadline: None, image: b"" };
        let swap = Effect::Swap(1);
        let tags = [Effect::Remove, Effect::Deadline(None), store, Effect::Clear, body, swap];
        assert_eq!(tags.map(|effect| tag(&effect)), [0, 1, 2, 3, 4, 5]);
    }
}
