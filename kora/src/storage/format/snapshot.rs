//! The parts of a snapshot's file.
//!
//! ```text
//! header    "KORASNAP", version u32, zero u32, sequence u64, start LSN u64, taken at i64,
//!           zeros 20 bytes, CRC-32C u32: 64 bytes
//! blocks    length u64, LSN u64, number of entries u32, CRC-32C u32, then so many bytes
//! footer    a block without entries: its 16 bytes are the number of all entries u64 and of
//!           all blocks u64, its LSN is the snapshot's end
//! ```
//!
//! A block's bytes are `store` records, one per key (see the log's records). Its LSN says when
//! the slice was taken: what the log says of these keys before that place is in the block. The
//! numbered database of a record is the one that the key was in at the start LSN. A block's
//! checksum is of its bytes and then of the 20 bytes before the number.

use crate::storage::format::{Fields, Lsn, Seal, VERSION};

pub(crate) const HEADER_LEN: usize = 64;
pub(crate) const BLOCK_HEADER_LEN: usize = 24;
const MAGIC: [u8; 8] = *b"KORASNAP";

/// What a snapshot's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) sequence: u64,
    pub(crate) start: Lsn,
    pub(crate) taken_at: i64,
}

impl Header {
    pub(crate) fn encode(&self, seal: Seal) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.start.0.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.taken_at.to_le_bytes());
        let crc = seal.of(&[&bytes[..60]]);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The header in `bytes`; `None` when it is no valid one.
    pub(crate) fn decode(bytes: &[u8; HEADER_LEN], seal: Seal) -> Option<Header> {
        let mut fields = Fields(bytes);
        let (magic, version) = (fields.take::<8>()?, fields.u32()?);
        fields.u32()?;
        let (sequence, start) = (fields.u64()?, fields.u64()?);
        let taken_at = i64::from_le_bytes(fields.take()?);
        let crc = Fields(&bytes[60..]).u32()?;
        let is_valid = magic == MAGIC && version == VERSION && crc == seal.of(&[&bytes[..60]]);
        is_valid.then_some(Header { sequence, start: Lsn(start), taken_at })
    }
}

/// What comes before a block's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockHeader {
    /// Bytes in the block.
    pub(crate) len: u64,
    /// When the slice was taken; in the footer, the snapshot's end.
    pub(crate) lsn: Lsn,
    /// Entries in the block; 0 in the footer.
    pub(crate) count: u32,
    crc: u32,
}

impl BlockHeader {
    fn fields(len: u64, lsn: Lsn, count: u32) -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&len.to_le_bytes());
        bytes[8..16].copy_from_slice(&lsn.0.to_le_bytes());
        bytes[16..].copy_from_slice(&count.to_le_bytes());
        bytes
    }

    /// The header of a block.
    pub(crate) fn encode(bytes: &[u8], lsn: Lsn, count: u32, seal: Seal) -> [u8; BLOCK_HEADER_LEN] {
        let fields = BlockHeader::fields(bytes.len() as u64, lsn, count);
        let mut header = [0; BLOCK_HEADER_LEN];
        header[..20].copy_from_slice(&fields);
        header[20..].copy_from_slice(&seal.of(&[bytes, &fields]).to_le_bytes());
        header
    }

    /// What a block's header says; whether it is true shows with [`BlockHeader::fits`].
    pub(crate) fn decode(bytes: &[u8; BLOCK_HEADER_LEN]) -> Option<BlockHeader> {
        let mut fields = Fields(bytes);
        let (len, lsn) = (fields.u64()?, Lsn(fields.u64()?));
        Some(BlockHeader { len, lsn, count: fields.u32()?, crc: fields.u32()? })
    }

    /// Whether the header and the bytes of its block are as they were written.
    pub(crate) fn fits(&self, bytes: &[u8], seal: Seal) -> bool {
        let fields = BlockHeader::fields(self.len, self.lsn, self.count);
        self.len == bytes.len() as u64 && self.crc == seal.of(&[bytes, &fields])
    }
}

/// What a footer says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) entries: u64,
    pub(crate) blocks: u64,
}

impl Totals {
    pub(crate) const LEN: usize = 16;

    pub(crate) fn encode(self) -> [u8; Totals::LEN] {
        let mut bytes = [0; Totals::LEN];
        bytes[..8].copy_from_slice(&self.entries.to_le_bytes());
        bytes[8..].copy_from_slice(&self.blocks.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Totals> {
        let mut fields = Fields(bytes);
        let totals = Totals { entries: fields.u64()?, blocks: fields.u64()? };
        fields.0.is_empty().then_some(totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_back_and_every_flipped_bit_is_seen() {
        let seal = Seal::new(1);
        let header = Header { sequence: 7, start: Lsn(4096), taken_at: -1 };
        let bytes = header.encode(seal);
        assert_eq!(Header::decode(&bytes, seal), Some(header));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::decode(&flipped, seal), None, "bit {bit}");
        }
    }

    #[test]
    fn blocks_come_back_and_every_flipped_bit_is_seen() {
        let seal = Seal::new(1);
        let (body, lsn) = (b"entries".to_vec(), Lsn(5000));
        let header = BlockHeader::encode(&body, lsn, 3, seal);
        let decoded = BlockHeader::decode(&header).expect("24 bytes");
        assert_eq!((decoded.len, decoded.lsn, decoded.count), (7, lsn, 3));
        assert!(decoded.fits(&body, seal) && !decoded.fits(&body, Seal::new(2)));
        for bit in 0..header.len() * 8 {
            let mut flipped = header;
            flipped[bit / 8] ^= 1 << (bit % 8);
            let flipped = BlockHeader::decode(&flipped).expect("24 bytes");
            assert!(!flipped.fits(&body, seal), "bit {bit}");
        }
        let mut other = body;
        other[3] ^= 1;
        assert!(!decoded.fits(&other, seal));
    }
}
