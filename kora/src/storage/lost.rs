//! A directory whose manifest is lost, to be read all the same.
//!
//! The manifest has two things that matter. The id begins every checksum, and the checksum of any
//! header can be followed back to it. Which snapshots there are shows in their own files, each of
//! which is whole or not; opening a directory never goes by that, a salvage may.

use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::storage::directory::{Directory, FileKind};
use crate::storage::failure::At;
use crate::storage::format::manifest::Generation;
use crate::storage::format::segment::Header as SegmentHeader;
use crate::storage::format::snapshot::{BLOCK_HEADER_LEN, BlockHeader, HEADER_LEN, Header, Totals};
use crate::storage::format::{Lsn, Seal};
use crate::storage::fs::Fs;

/// Bytes at the end of a whole snapshot: a block's header and the totals.
const FOOTER_LEN: usize = BLOCK_HEADER_LEN + Totals::LEN;

/// Looks at a directory without its manifest, and changes nothing in it; `None` when it holds
/// nothing of Kora's.
pub(crate) fn open_read(fs: Arc<dyn Fs>, path: &Path) -> Result<Option<Directory>> {
    Directory::open_lost(fs, path, |fs, names| {
        let Some(seal) = find_seal(fs, path, names)? else { return Ok(None) };
        let mut snapshots = Vec::new();
        for name in names {
            if let FileKind::Snapshot(_) = FileKind::of(name) {
                snapshots.extend(read_ends(fs, &path.join(name), seal)?);
            }
        }
        snapshots.sort_by_key(|generation| std::cmp::Reverse(generation.sequence));
        Ok(Some((seal, snapshots)))
    })
}

/// The seal under which most headers of segments and snapshots are right.
fn find_seal(fs: &dyn Fs, path: &Path, names: &[String]) -> Result<Option<Seal>> {
    let mut found: Vec<Seal> = Vec::new();
    for name in names {
        let kind = FileKind::of(name);
        if !matches!(kind, FileKind::Segment(_) | FileKind::Snapshot(_)) {
            continue;
        }
        let Some(header) = read_part(fs, &path.join(name), Part::Front)? else { continue };
        let (body, crc) = header.split_last_chunk::<4>().expect("a header is longer");
        let seal = Seal::behind(body, u32::from_le_bytes(*crc));
        // Any bytes have a seal under which their checksum is right; the numbers tell.
        let is_right = match kind {
            FileKind::Segment(number) => SegmentHeader::decode(&header, seal)
                .is_some_and(|header| header.sequence == number && header.first >= Lsn::FIRST),
            FileKind::Snapshot(number) => Header::decode(&header, seal)
                .is_some_and(|header| header.sequence == number && header.start >= Lsn::FIRST),
            FileKind::Lock | FileKind::Manifest | FileKind::Temporary | FileKind::Strange => false,
        };
        if is_right {
            found.push(seal);
        }
    }
    let votes = |seal: &&Seal| found.iter().filter(|other| other == seal).count();
    Ok(found.iter().max_by_key(votes).copied())
}

/// What the manifest would say of a snapshot whose header and footer are whole.
fn read_ends(fs: &dyn Fs, path: &Path, seal: Seal) -> Result<Option<Generation>> {
    let Some(front) = read_part(fs, path, Part::Front)? else { return Ok(None) };
    let Some(back) = read_part(fs, path, Part::Back)? else { return Ok(None) };
    let footer = back.last_chunk::<FOOTER_LEN>().expect("a footer is shorter than a header");
    let (header, totals) = footer.split_first_chunk().expect("a footer has a header");
    let found = Header::decode(&front, seal).zip(BlockHeader::decode(header));
    let found = found.filter(|(_, footer)| footer.count == 0 && footer.fits(totals, seal));
    Ok(found.map(|(Header { sequence, start, taken_at }, footer)| Generation {
        sequence,
        start,
        end: footer.lsn,
        taken_at,
    }))
}

#[derive(Clone, Copy)]
enum Part {
    Front,
    Back,
}

/// So many bytes as a header has, of either end of a file; `None` when it is shorter.
fn read_part(fs: &dyn Fs, path: &Path, part: Part) -> Result<Option<[u8; HEADER_LEN]>> {
    let file = fs.open_read(path).at("open", path)?;
    let Some(last) = file.len().at("read", path)?.checked_sub(HEADER_LEN as u64) else {
        return Ok(None);
    };
    let mut bytes = [0; HEADER_LEN];
    let at = match part {
        Part::Front => 0,
        Part::Back => last,
    };
    file.read_at(&mut bytes, at).at("read", path)?;
    Ok(Some(bytes))
}

const _: () = assert!(FOOTER_LEN <= HEADER_LEN);
