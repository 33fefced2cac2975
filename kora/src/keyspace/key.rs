//! A key with its hash, computed once: it routes to a stripe and finds the slot.

use crate::error::{Error, Result};
use crate::map::hash;

/// Bits of the hash that choose a stripe.
pub(crate) const STRIPE_BITS: u32 = 10;
/// Stripes of a database. Many, because a thread that loses its core while it holds a
/// stripe's lease stalls whoever needs that stripe: with 1024, and up to 8 threads on 2
/// cores, such a meeting is rarer than one call in a hundred even when keys are skewed.
pub(crate) const STRIPES: usize = 1 << STRIPE_BITS;

/// A key of at most [`KEY_LEN_MAX`] bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key<'a> {
    bytes: &'a [u8],
    hash: u64,
}

/// Longest key: Redis's own limit.
pub(crate) const KEY_LEN_MAX: usize = 512 << 20;

impl<'a> Key<'a> {
    /// Hashes the bytes.
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Key<'a> {
        Key { bytes, hash: hash(bytes) }
    }

    /// Bytes whose hash is known.
    #[inline]
    pub(crate) fn hashed(bytes: &'a [u8], hash: u64) -> Key<'a> {
        debug_assert_eq!(hash, crate::map::hash(bytes), "the hash of these bytes");
        Key { bytes, hash }
    }

    /// The key's bytes.
    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// An error when the key is too long to be stored.
    #[inline]
    pub(crate) fn check_len(&self) -> Result<()> {
        if self.bytes.len() > KEY_LEN_MAX {
            return Err(Error::TooLarge { what: "a key has at most 512 MiB" });
        }
        Ok(())
    }

    /// The key's hash.
    #[inline]
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// The number of the key's stripe.
    #[inline]
    pub(crate) fn stripe(&self) -> usize {
        stripe_of(self.hash)
    }

    /// The same key in memory of its own.
    pub(crate) fn to_owned(self) -> OwnedKey {
        OwnedKey { bytes: self.bytes.into(), hash: self.hash }
    }
}

/// The stripe of a hash: its first bits, so that stripes stand in hash order.
#[inline]
pub(crate) fn stripe_of(hash: u64) -> usize {
    (hash >> (u64::BITS - STRIPE_BITS)) as usize
}

/// A [`Key`] that owns its bytes, for work that leaves the caller's thread.
#[derive(Clone, Debug)]
pub(crate) struct OwnedKey {
    bytes: Box<[u8]>,
    hash: u64,
}

impl OwnedKey {
    /// The key, borrowed.
    pub(crate) fn key(&self) -> Key<'_> {
        Key { bytes: &self.bytes, hash: self.hash }
    }
}
