//! A frame: what one job left, in the log. It is there whole or not at all.
//!
//! ```text
//! length of the payload, u64
//! LSN, u64                    the frame's own place
//! behind, u32                 how far the durable part of the log lay behind, in steps of 8
//!                             bytes, when the frame was written; u32::MAX for "far"
//! CRC-32C, u32                of the payload and then the 20 bytes before this number
//! payload                     the records of a job's effects; empty in a mark
//! zeros to a multiple of 8
//! ```
//!
//! `behind` lets recovery tell a torn tail from damage: bytes that a later frame knows to have
//! been durable cannot be missing because a machine stopped.

use crate::mutation::{self, Mutation};
use crate::storage::format::{Fields, Lsn, Seal, checksum};

pub(crate) const HEADER_LEN: usize = 24;

/// Frames begin at multiples of this.
pub(crate) const ALIGNMENT: usize = 8;

/// Bytes of a frame with a payload of `len` bytes.
#[inline]
pub(crate) fn frame_len(len: usize) -> usize {
    HEADER_LEN + len.next_multiple_of(ALIGNMENT)
}

/// A payload's checksum, to be finished when the frame's place is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payload<'a> {
    pub(crate) bytes: &'a [u8],
    crc: u32,
}

impl<'a> Payload<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], seal: Seal) -> Payload<'a> {
        Payload { bytes, crc: seal.of(&[covered(bytes)]) }
    }

    /// The header of a frame with this payload at `lsn`, when everything before `durable` is.
    #[inline]
    pub(crate) fn header(&self, lsn: Lsn, durable: Lsn) -> [u8; HEADER_LEN] {
        let behind = lsn.since(durable) / ALIGNMENT as u64;
        let behind = u32::try_from(behind).unwrap_or(u32::MAX);
        let mut header = [0; HEADER_LEN];
        header[..8].copy_from_slice(&(self.bytes.len() as u64).to_le_bytes());
        header[8..16].copy_from_slice(&lsn.0.to_le_bytes());
        header[16..20].copy_from_slice(&behind.to_le_bytes());
        let crc = checksum::append(self.crc, &header[..20]);
        header[20..].copy_from_slice(&crc.to_le_bytes());
        header
    }
}

/// What of a payload the checksum is of: all of it.
#[inline]
fn covered(payload: &[u8]) -> &[u8] {
    if mutation::is_made(Mutation::ChecksumWithoutPayload) { &[] } else { payload }
}

/// A frame that was read and whose checksum holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) lsn: Lsn,
    /// Everything before this place was durable when the frame was written.
    pub(crate) durable: Lsn,
    pub(crate) payload: &'a [u8],
}

impl Frame<'_> {
    /// The place after the frame.
    pub(crate) fn end(&self) -> Lsn {
        self.lsn.after(frame_len(self.payload.len()) as u64)
    }
}

/// The frame at the front of `bytes`; `None` when there is no whole, valid one.
pub(crate) fn decode(bytes: &[u8], seal: Seal) -> Option<Frame<'_>> {
    let mut fields = Fields(bytes);
    let (len, lsn, behind, crc) = (fields.u64()?, fields.u64()?, fields.u32()?, fields.u32()?);
    let len = usize::try_from(len).ok().filter(|len| *len <= fields.0.len())?;
    let payload = fields.bytes(len)?;
    let padding = fields.bytes(len.next_multiple_of(ALIGNMENT) - len)?;
    let is_valid =
        crc == seal.of(&[covered(payload), &bytes[..20]]) && padding.iter().all(|b| *b == 0);
    is_valid.then_some(Frame { lsn: Lsn(lsn), durable: durable(lsn, behind), payload })
}

/// What a header says of its frame's place, and of what was durable; whether it is one shows with
/// [`decode`].
pub(crate) fn claim(bytes: &[u8]) -> Option<(Lsn, Lsn)> {
    let mut fields = Fields(bytes);
    let (_, lsn, behind) = (fields.u64()?, fields.u64()?, fields.u32()?);
    Some((Lsn(lsn), durable(lsn, behind)))
}

fn durable(lsn: u64, behind: u32) -> Lsn {
    match behind {
        u32::MAX => Lsn(0),
        behind => Lsn(lsn.saturating_sub(u64::from(behind) * ALIGNMENT as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(payload: &[u8], lsn: Lsn, durable: Lsn, seal: Seal) -> Vec<u8> {
        let mut bytes = Payload::new(payload, seal).header(lsn, durable).to_vec();
        bytes.extend_from_slice(payload);
        bytes.resize(frame_len(payload.len()), 0);
        bytes
    }

    #[test]
    fn frames_come_back_and_every_flipped_bit_is_seen() {
        let seal = Seal::new(1);
        for payload in [&b""[..], b"1", b"12345678", b"some records"] {
            let (lsn, durable) = (Lsn(4096 + 800), Lsn(4096 + 8));
            let bytes = encode(payload, lsn, durable, seal);
            let frame = decode(&bytes, seal).expect("whole");
            assert_eq!(frame, Frame { lsn, durable, payload });
            assert_eq!(frame.end(), lsn.after(bytes.len() as u64));
            assert_eq!(decode(&bytes[..bytes.len() - 1], seal), None);
            assert_eq!(decode(&bytes, Seal::new(2)), None);
            for bit in 0..bytes.len() * 8 {
                let mut flipped = bytes.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(decode(&flipped, seal), None, "bit {bit}");
            }
        }
    }

    #[test]
    fn far_behind_says_nothing() {
        let seal = Seal::new(1);
        let bytes = encode(b"x", Lsn(u64::MAX / 2), Lsn(8), seal);
        assert_eq!(decode(&bytes, seal).expect("whole").durable, Lsn(0));
    }

    #[test]
    fn zeros_are_no_frame() {
        assert_eq!(decode(&[0; 4096], Seal::new(0)), None);
    }
}
