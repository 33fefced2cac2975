//! Changing a run: bytes out, bytes in, and how much spare room the run may keep.
//!
//! It does not know elements; the caller gives whole ones. `Vec`'s own growth doubles, which would
//! cost a small hash half of its memory; a run grows to just what it needs, and lets go of what it
//! no longer uses.

use std::ops::Range;

/// From this size on a run gets a sixteenth of its size as spare room. Smaller runs get none, as
/// copying them costs less than the call that moves them. Arbitrary, near the point where copying
/// shows.
const SPARE_FROM: usize = 512;

/// Allocators hand out multiples of 16 bytes, and glibc's keeps 8 of them to itself. Asking for 8
/// less than a multiple uses what is paid for.
const GRAIN: usize = 16;
const GRAIN_OWN: usize = 8;

/// A run may keep this much unused, and half of its size besides, before it is moved to a smaller
/// place.
const UNUSED_MAX: usize = 64;

/// Replaces the bytes of `range` by `replacement`; an empty range inserts, an empty replacement
/// removes.
///
/// # Panics
/// If `range` does not lie within the run.
pub(crate) fn splice(run: &mut Vec<u8>, range: Range<usize>, replacement: &[u8]) {
    let end = range.start + replacement.len();
    if replacement.len() > range.len() {
        let old_len = run.len();
        let growth = replacement.len() - range.len();
        reserve(run, growth);
        run.resize(old_len + growth, 0);
        run.copy_within(range.end..old_len, end);
    } else if replacement.len() < range.len() {
        run.copy_within(range.end.., end);
        run.truncate(run.len() - (range.len() - replacement.len()));
        release(run);
    }
    run[range.start..end].copy_from_slice(replacement);
}

/// Makes room for `additional` bytes, and for little more. To be called before appending to a run
/// that stays.
pub(crate) fn reserve(run: &mut Vec<u8>, additional: usize) {
    let needed = run.len() + additional;
    if needed > run.capacity() {
        run.reserve_exact(roomy(needed) - run.len());
    }
}

/// Gives memory back if much of it is unused.
fn release(run: &mut Vec<u8>) {
    if run.capacity() - run.len() > UNUSED_MAX + run.len() / 2 {
        run.shrink_to(roomy(run.len()));
    }
}

/// The capacity for a run of `len` bytes.
fn roomy(len: usize) -> usize {
    let spare = if len < SPARE_FROM { 0 } else { len / 16 };
    (len + spare + GRAIN_OWN).next_multiple_of(GRAIN) - GRAIN_OWN
}
