//! The bytes on disk: pure functions between values and bytes, without a file.
//!
//! `kora/docs/format.md` describes every byte. All numbers are little-endian. Every structure
//! carries a CRC-32C (Castagnoli, as in RFC 3720 appendix B.4) that begins with the directory's
//! random id, so that bytes of another directory, or bytes that a caller stored as a value, are
//! never taken for Kora's own.

mod checksum;
pub(crate) mod frame;
pub(crate) mod manifest;
pub(crate) mod segment;
pub(crate) mod snapshot;

use std::fmt;

/// The format that this version writes, and the only one so far.
pub(crate) const VERSION: u32 = 1;

/// A place in the log: how many bytes of frames come before it, since the directory was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Lsn(pub(crate) u64);

impl Lsn {
    /// The first place of a new directory. Not 0, so that zeroed bytes name no place.
    pub(crate) const FIRST: Lsn = Lsn(4096);

    /// The place so many bytes later.
    pub(crate) fn after(self, bytes: u64) -> Lsn {
        Lsn(self.0 + bytes)
    }

    /// How many bytes lie between an earlier place and this one.
    pub(crate) fn since(self, earlier: Lsn) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The checksum of one directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seal(u32);

impl Seal {
    /// The checksum of the directory with this id.
    pub(crate) fn new(id: u64) -> Seal {
        Seal(checksum::append(0, &id.to_le_bytes()))
    }

    /// The checksum of these bytes, one part after the other.
    #[inline]
    pub(crate) fn of(self, parts: &[&[u8]]) -> u32 {
        parts.iter().fold(self.0, |crc, part| checksum::append(crc, part))
    }

    /// The directory's checksum, out of bytes that are known to have this one: a checksum can be
    /// followed back through the bytes that it is of.
    pub(crate) fn behind(bytes: &[u8], crc: u32) -> Seal {
        /// CRC-32C's polynomial, lowest power first.
        const POLYNOMIAL: u32 = 0x82f6_3b78;
        let mut state = !crc;
        for byte in bytes.iter().rev() {
            for _ in 0..u8::BITS {
                let had_one = state >> 31 == 1;
                state = if had_one { (state ^ POLYNOMIAL) << 1 | 1 } else { state << 1 };
            }
            state ^= u32::from(*byte);
        }
        Seal(!state)
    }
}

/// Reads fixed-width numbers off the front of some bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_of_all_parts_and_of_the_directory() {
        let seal = Seal::new(7);
        assert_eq!(seal.of(&[b"1234", b"", b"56789"]), seal.of(&[b"123456789"]));
        assert_ne!(seal.of(&[b"123456789"]), Seal::new(8).of(&[b"123456789"]));
    }

    #[test]
    fn a_seal_is_found_behind_its_checksum() {
        for (id, bytes) in [(0, &b""[..]), (7, b"1"), (u64::MAX, b"a header of some bytes")] {
            let seal = Seal::new(id);
            assert_eq!(Seal::behind(bytes, seal.of(&[bytes])), seal);
        }
    }
}
