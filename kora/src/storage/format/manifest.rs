//! The manifest: which files are the database.
//!
//! ```text
//! "KORAMAN\n"
//! version, u32
//! number of snapshots, u32    0, 1 or 2, the newest first
//! directory id, u64           random; every checksum begins with it
//! per snapshot:
//!   sequence number, u64      as in the file's name
//!   start LSN, u64            replay of the log begins here
//!   end LSN, u64              the log is needed at least up to here
//!   taken at, i64             unix milliseconds
//! CRC-32C, u32                of everything before, begun with the directory's id
//! ```

use crate::storage::format::{Fields, Lsn, Seal, VERSION};

const MAGIC: [u8; 8] = *b"KORAMAN\n";

/// Snapshots that are kept: the newest, and the one before it for a salvage.
pub(crate) const GENERATIONS: usize = 2;

/// One snapshot that the manifest names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation {
    pub(crate) sequence: u64,
    pub(crate) start: Lsn,
    pub(crate) end: Lsn,
    /// When it was begun, unix milliseconds.
    pub(crate) taken_at: i64,
}

/// What a directory holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The directory's random id.
    pub(crate) id: u64,
    /// The newest first.
    pub(crate) snapshots: Vec<Generation>,
}

/// Why bytes are no manifest of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invalid {
    /// It is damaged.
    Damaged,
    /// It was written in a format that this version does not know.
    Version(u32),
}

impl Manifest {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        let count = u32::try_from(self.snapshots.len()).expect("at most two");
        bytes.extend_from_slice(&count.to_le_bytes());
        bytes.extend_from_slice(&self.id.to_le_bytes());
        for snapshot in &self.snapshots {
            for number in [snapshot.sequence, snapshot.start.0, snapshot.end.0] {
                bytes.extend_from_slice(&number.to_le_bytes());
            }
            bytes.extend_from_slice(&snapshot.taken_at.to_le_bytes());
        }
        let crc = Seal::new(self.id).of(&[&bytes]);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Manifest, Invalid> {
        let (body, crc) = bytes.split_last_chunk::<4>().ok_or(Invalid::Damaged)?;
        let mut fields = Fields(body);
        let (version, count, id) = head(&mut fields).ok_or(Invalid::Damaged)?;
        if Seal::new(id).of(&[body]) != u32::from_le_bytes(*crc) {
            return Err(Invalid::Damaged);
        }
        if version != VERSION {
            return Err(Invalid::Version(version));
        }
        let mut snapshots = Vec::new();
        while !fields.0.is_empty() {
            snapshots.push(Generation::decode(&mut fields).ok_or(Invalid::Damaged)?);
        }
        let is_whole = snapshots.len() == count as usize && snapshots.len() <= GENERATIONS;
        if is_whole { Ok(Manifest { id, snapshots }) } else { Err(Invalid::Damaged) }
    }
}

/// (version, number of snapshots, directory's id)
fn head(fields: &mut Fields<'_>) -> Option<(u32, u32, u64)> {
    let magic = fields.take::<8>()?;
    let head = (fields.u32()?, fields.u32()?, fields.u64()?);
    (magic == MAGIC).then_some(head)
}

impl Generation {
    fn decode(fields: &mut Fields<'_>) -> Option<Generation> {
        let (sequence, start) = (fields.u64()?, Lsn(fields.u64()?));
        let end = Lsn(fields.u64()?);
        let taken_at = i64::from_le_bytes(fields.take()?);
        Some(Generation { sequence, start, end, taken_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_come_back_and_every_flipped_bit_is_seen() {
        let generation = |sequence| Generation {
            sequence,
            start: Lsn(4096),
            end: Lsn(8192),
            taken_at: -1_700_000_000_000,
        };
        for snapshots in [vec![], vec![generation(1)], vec![generation(3), generation(2)]] {
            let manifest = Manifest { id: 0x1234_5678_9abc_def0, snapshots };
            let bytes = manifest.encode();
            assert_eq!(Manifest::decode(&bytes), Ok(manifest));
            for bit in 0..bytes.len() * 8 {
                let mut flipped = bytes.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert!(Manifest::decode(&flipped).is_err(), "bit {bit}");
            }
            for len in 0..bytes.len() {
                assert!(Manifest::decode(&bytes[..len]).is_err(), "cut at {len}");
            }
        }
    }

    #[test]
    fn another_version_is_told_from_damage() {
        let mut bytes = Manifest { id: 1, snapshots: vec![] }.encode();
        bytes[8] = 9;
        let body = bytes.len() - 4;
        let crc = Seal::new(1).of(&[&bytes[..body]]);
        bytes[body..].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(Manifest::decode(&bytes), Err(Invalid::Version(9)));
    }
}
