//! The header of a segment, one file of the log.
//!
//! ```text
//! "KORALOG\n"
//! version, u32
//! zero, u32
//! sequence number, u64    as in the file's name
//! first LSN, u64          the place of its first frame
//! zeros, 28 bytes
//! CRC-32C, u32            of the 60 bytes before
//! ```
//!
//! Frames follow without a gap; the rest of the file is zero. A file whose first 64 bytes are
//! all zero was made ahead of use.

use crate::storage::format::{Fields, Lsn, Seal, VERSION};

pub(crate) const HEADER_LEN: usize = 64;
const MAGIC: [u8; 8] = *b"KORALOG\n";

/// What a segment's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) sequence: u64,
    pub(crate) first: Lsn,
}

impl Header {
    pub(crate) fn encode(&self, seal: Seal) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first.0.to_le_bytes());
        let crc = seal.of(&[&bytes[..60]]);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The header at the front of `bytes`; `None` when there is no valid one.
    pub(crate) fn decode(bytes: &[u8], seal: Seal) -> Option<Header> {
        let header = bytes.first_chunk::<HEADER_LEN>()?;
        let mut fields = Fields(header);
        let (magic, version) = (fields.take::<8>()?, fields.u32()?);
        fields.u32()?;
        let (sequence, first) = (fields.u64()?, fields.u64()?);
        let crc = Fields(&header[60..]).u32()?;
        let is_valid = magic == MAGIC && version == VERSION && crc == seal.of(&[&header[..60]]);
        is_valid.then_some(Header { sequence, first: Lsn(first) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_back_and_every_flipped_bit_is_seen() {
        let (seal, header) = (Seal::new(1), Header { sequence: 7, first: Lsn(4096) });
        let bytes = header.encode(seal);
        assert_eq!(Header::decode(&bytes, seal), Some(header));
        assert_eq!(Header::decode(&bytes, Seal::new(2)), None);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::decode(&flipped, seal), None, "bit {bit}");
        }
    }
}
