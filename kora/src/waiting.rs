//! The methods that wait for keys to have something, for threads and to be awaited.
//!
//! One declaration makes both. Those who wait for one key are served in the order in which they
//! came, clients of a server among them.

use std::time::Duration;

use bytes::Bytes;

use crate::arguments::{ByteArg, ByteArgs};
use crate::asynchronous::AsyncDatabase;
use crate::database::Database;
use crate::engine::Transaction;
use crate::engine::blocking::{Slot, WaitOp};
use crate::engine::waiters::WaitKeys;
use crate::error::Result;
use crate::keyspace::Key;
use crate::keyspace::key::OwnedKey;
use crate::types::list::ops::{self as lists, Side};
use crate::types::zset::ops::{self as zsets, ScoreEnd};

/// Keys that are waited for, and what is done with them.
struct Wanted<F> {
    keys: Vec<OwnedKey>,
    /// It waits for the first so many; for all if there is no number.
    waited: Option<usize>,
    op: F,
}

fn owned(keys: &[&[u8]]) -> Vec<OwnedKey> {
    keys.iter().map(|key| Key::new(key).to_owned()).collect()
}

/// Something that is done with keys, and waits for any of them.
fn wanted<R>(
    keys: Vec<OwnedKey>,
    mut op: impl FnMut(&mut Transaction<'_>, &[Key<'_>], Option<&Key<'_>>) -> Result<Option<R>>
    + Send
    + 'static,
) -> Wanted<impl WaitOp<R>> {
    let own = keys.clone();
    let op = move |transaction: &mut Transaction<'_>, ready: Option<&Key<'_>>| {
        let keys: Vec<Key<'_>> = own.iter().map(OwnedKey::key).collect();
        op(transaction, &keys, ready)
    };
    Wanted { keys, waited: None, op }
}

/// A key, and one element of its list.
fn pop_one(
    transaction: &mut Transaction<'_>,
    keys: &[Key<'_>],
    ready: Option<&Key<'_>>,
    side: Side,
) -> Result<Option<(Bytes, Bytes)>> {
    let popped = lists::blmpop(transaction, keys, ready, side, 1)?;
    Ok(popped.and_then(|(key, mut elements)| Some((key, elements.pop()?))))
}

/// A move from the first of two keys to the second, which waits for the first.
fn moving(keys: Vec<OwnedKey>, from: Side, to: Side) -> Wanted<impl WaitOp<Bytes>> {
    let wanted = wanted(keys, move |transaction, keys, ready| {
        lists::blmove(transaction, [keys[0], keys[1]], ready, from, to)
    });
    Wanted { waited: Some(1), ..wanted }
}

impl Database {
    fn wait<R: Send + 'static>(
        &self,
        wanted: Wanted<impl WaitOp<R>>,
        time: Option<Duration>,
    ) -> Result<Option<R>> {
        let (keys, slot) = (wanted.keys, Slot::new());
        let keys: Vec<Key<'_>> = keys.iter().map(OwnedKey::key).collect();
        let waited = wanted.waited.unwrap_or(keys.len());
        let on = WaitKeys { number: self.database_number(), keys: &keys, waited };
        self.settled(|| match self.engine().begin_to_wait(on, wanted.op, &slot)? {
            Some(found) => Ok(Some(found)),
            None => self.engine().wait(&slot).sleep(time),
        })
    }
}

/// Declares methods that wait, for both surfaces.
macro_rules! waits {
    ($($(#[$meta:meta])* fn $name:ident($($arg:ident: $ty:ty),*) -> $out:ty = $wanted:expr;)*) => {
        impl Database {
            $(
                $(#[$meta])*
                ///
                /// The thread sleeps while it waits: at most for `timeout`, with `None` for ever.
                ///
                /// # Errors
                /// [`Error::WrongType`](crate::Error::WrongType), and what writing meets.
                pub fn $name(&self, $($arg: $ty,)* timeout: impl Into<Option<Duration>>) -> Result<Option<$out>> {
                    self.wait($wanted, timeout.into())
                }
            )*
        }

        impl AsyncDatabase {
            $(
                $(#[$meta])*
                ///
                /// Waits at most for `timeout`, with `None` for ever. A future that is dropped waits no
                /// longer; what it was given just then is lost.
                ///
                /// # Errors
                /// [`Error::WrongType`](crate::Error::WrongType), and what writing meets.
                pub async fn $name(&self, $($arg: $ty,)* timeout: impl Into<Option<Duration>>) -> Result<Option<$out>> {
                    let Wanted { keys, waited, op } = $wanted;
                    self.wait(keys, waited, op, timeout.into()).await
                }
            )*
        }
    };
}

waits! {
    /// Takes the first element of the first list that there is among some keys, and waits for one
    /// if there is none: the key, and the element. O(keys).
    fn blpop(keys: impl ByteArgs) -> (Bytes, Bytes) = wanted(owned(&keys.borrowed()), |transaction, keys, ready| {
        pop_one(transaction, keys, ready, Side::Left)
    });

    /// Takes the last element of the first list that there is among some keys, and waits for one
    /// if there is none: the key, and the element. O(keys).
    fn brpop(keys: impl ByteArgs) -> (Bytes, Bytes) = wanted(owned(&keys.borrowed()), |transaction, keys, ready| {
        pop_one(transaction, keys, ready, Side::Right)
    });

    /// Takes at most `count` elements, at least 1, from one end of the first list that there is
    /// among some keys, and waits for one if there is none: its key, and the elements. O(keys +
    /// elements taken).
    fn blmpop(keys: impl ByteArgs, side: Side, count: usize) -> (Bytes, Vec<Bytes>) =
        wanted(owned(&keys.borrowed()), move |transaction, keys, ready| {
            lists::blmpop(transaction, keys, ready, side, count)
        });

    /// Takes the element at one end of a list and adds it at one end of another, in one step, and
    /// waits for the list if there is none. O(1).
    fn blmove(source: impl ByteArg, destination: impl ByteArg, from: Side, to: Side) -> Bytes =
        moving(owned(&[source.as_bytes(), destination.as_bytes()]), from, to);

    /// Takes the last element of a list and adds it at the head of another, and waits for the list
    /// if there is none. O(1).
    fn brpoplpush(source: impl ByteArg, destination: impl ByteArg) -> Bytes =
        moving(owned(&[source.as_bytes(), destination.as_bytes()]), Side::Right, Side::Left);

    /// Removes the member with the lowest score from the first sorted set that there is among some
    /// keys, and waits for one if there is none: the key, the member and its score. O(keys + log n).
    fn bzpopmin(keys: impl ByteArgs) -> (Bytes, Bytes, f64) =
        wanted(owned(&keys.borrowed()), |transaction, keys, ready| {
            zsets::bzpop(transaction, keys, ready, ScoreEnd::Lowest)
        });

    /// Removes the member with the highest score from the first sorted set that there is among some
    /// keys, and waits for one if there is none: the key, the member and its score. O(keys + log n).
    fn bzpopmax(keys: impl ByteArgs) -> (Bytes, Bytes, f64) =
        wanted(owned(&keys.borrowed()), |transaction, keys, ready| {
            zsets::bzpop(transaction, keys, ready, ScoreEnd::Highest)
        });

    /// Removes up to `count` members from an end of the first sorted set that there is among some
    /// keys, and waits for one if there is none: its key, and the members with their scores.
    /// O(keys + log n + members removed).
    fn bzmpop(keys: impl ByteArgs, end: ScoreEnd, count: usize) -> (Bytes, Vec<(Bytes, f64)>) =
        wanted(owned(&keys.borrowed()), move |transaction, keys, ready| {
            zsets::bzmpop(transaction, keys, ready, end, count)
        });
}
