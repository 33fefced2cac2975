//! What is done to numbered databases as a whole.

use crate::engine::{Freeing, Sweep};
use crate::error::{ArgumentError, Result};

/// How many keys there are, those that have expired and were not yet removed among them.
pub(crate) fn dbsize(sweep: Sweep<'_>) -> Result<usize> {
    Ok(sweep.len())
}

pub(crate) fn flushdb(sweep: Sweep<'_>) -> Result<()> {
    sweep.clear(Freeing::AtOnce)
}

pub(crate) fn flushall(sweep: Sweep<'_>) -> Result<()> {
    sweep.clear_all(Freeing::AtOnce)
}

/// Lets two numbered databases change places; an error when there is no such number.
pub(crate) fn swapdb(sweep: Sweep<'_>, a: usize, b: usize) -> Result<()> {
    match (sweep.database(a), sweep.database(b)) {
        (Some(a), Some(b)) => sweep.swap(a, b),
        _ => Err(ArgumentError::DatabaseIndex.into()),
    }
}
