//! What the kernel says about a process.

use std::fs;

use crate::cells::Result;

/// Bytes of memory that a process (`self` or a number) holds for itself. Pages of the program's
/// file, which become resident as code runs, are not among them.
pub(crate) fn resident_bytes(process: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kib: u64 = kib.ok_or("status has a line of anonymous memory")?.parse()?;
    Ok(kib * 1024)
}
