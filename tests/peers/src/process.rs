//! What the kernel says about a process.

use std::fs;

use crate::cells::Result;

/// Bytes of memory that a process holds: `self` or a number.
pub(crate) fn resident_bytes(process: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/statm"))?;
    let pages = text.split_whitespace().nth(1).ok_or("statm has a second number")?;
    Ok(pages.parse::<u64>()? * rustix::param::page_size() as u64)
}
