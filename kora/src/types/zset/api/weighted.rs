//! The typed methods on several sorted sets whose scores are weighted.

use bytes::Bytes;

use crate::arguments::{ByteArg, EachKey, Keyed};
use crate::keyspace::Key;
use crate::surface::surface;
use crate::types::zset::aggregate::Aggregate;
use crate::types::zset::api::queries;
use crate::types::zset::ops::Weighted;

/// A key, or a key with what its scores are multiplied by.
pub trait WeightedKey {
    #[doc(hidden)]
    fn weighted(&self) -> (&[u8], f64);
}

impl<K: ByteArg> WeightedKey for K {
    fn weighted(&self) -> (&[u8], f64) {
        (self.as_bytes(), 1.0)
    }
}

impl<K: ByteArg> WeightedKey for (K, f64) {
    fn weighted(&self) -> (&[u8], f64) {
        (self.0.as_bytes(), self.1)
    }
}

/// Keys, or keys with weights: `["a", "b"]`, `[("a", 2.0), ("b", 0.5)]`, `&keys`, `vec![..]`.
///
/// ```
/// use kora::{Aggregate, Database};
///
/// let db = Database::in_memory();
/// db.zadd("views", [(100.0, "page")])?;
/// db.zadd("likes", [(7.0, "page")])?;
/// let keys = [("views", 1.0), ("likes", 10.0)];
/// assert_eq!(db.zunion_with_scores(keys, Aggregate::Sum)?[0].1, 170.0);
/// # Ok::<(), kora::Error>(())
/// ```
pub trait WeightedKeys {
    #[doc(hidden)]
    fn borrowed(&self) -> Vec<(&[u8], f64)>;

    #[doc(hidden)]
    fn owned(&self) -> Vec<(Vec<u8>, f64)> {
        self.borrowed().into_iter().map(|(key, weight)| (key.to_vec(), weight)).collect()
    }
}

macro_rules! weighted_keys {
    ($([$($generics:tt)*] $list:ty;)*) => {
        $(impl<$($generics)* W: WeightedKey> WeightedKeys for $list {
            fn borrowed(&self) -> Vec<(&[u8], f64)> {
                self.iter().map(W::weighted).collect()
            }
        })*
    };
}
weighted_keys! {
    [const N: usize,] [W; N];
    [const N: usize,] &[W; N];
    [] &[W];
    [] Vec<W>;
    [] &Vec<W>;
}

impl<'a> Keyed for Vec<(&'a [u8], f64)> {
    type Keys = Vec<Weighted<'a>>;
    fn keyed(self) -> Vec<Weighted<'a>> {
        self.into_iter().map(|(key, weight)| (Key::new(key), weight)).collect()
    }
}

impl EachKey for Vec<Weighted<'_>> {
    fn each_key<'s>(&'s self, keys: &mut Vec<&'s Key<'s>>) {
        keys.extend(self.iter().map(|(key, _)| key));
    }
}

surface! {
    /// The members that any of several sets has, in the order of their scores together. Sets
    /// without scores count as 1 for each member. O(n log n) for n members in all.
    read_together fn zunion[keys: impl WeightedKeys](aggregate: Aggregate) -> Vec<Bytes> = queries::zunion;

    /// As [`zunion`](Self::zunion), with the scores.
    read_together fn zunion_with_scores[keys: impl WeightedKeys](aggregate: Aggregate) -> Vec<(Bytes, f64)> = queries::zunion_with_scores;

    /// Stores what [`zunion`](Self::zunion) returns as a new value of `destination`; how many
    /// members it has.
    write_together fn zunionstore[destination: impl ByteArg, keys: impl WeightedKeys](aggregate: Aggregate) -> usize = queries::zunionstore;

    /// The members that all of several sets have, in the order of their scores together. O(n m)
    /// for m sets and n members in the smallest.
    read_together fn zinter[keys: impl WeightedKeys](aggregate: Aggregate) -> Vec<Bytes> = queries::zinter;

    /// As [`zinter`](Self::zinter), with the scores.
    read_together fn zinter_with_scores[keys: impl WeightedKeys](aggregate: Aggregate) -> Vec<(Bytes, f64)> = queries::zinter_with_scores;

    /// Stores what [`zinter`](Self::zinter) returns as a new value of `destination`; how many
    /// members it has.
    write_together fn zinterstore[destination: impl ByteArg, keys: impl WeightedKeys](aggregate: Aggregate) -> usize = queries::zinterstore;
}
