//! What the system knows of this process: memory that is resident, and time on processors.
//!
//! Where the system does not tell by files as Linux does, nothing is known.

use std::fs;
use std::time::Duration;

/// Bytes of memory that are resident.
pub(super) fn resident() -> Option<usize> {
    let text = read("/proc/self/statm")?;
    let pages: usize = text.split_whitespace().nth(1)?.parse().ok()?;
    pages.checked_mul(rustix::param::page_size())
}

/// Bytes of memory that the machine has.
pub(super) fn system_memory() -> Option<usize> {
    const KIB: usize = 1024;
    let text = read("/proc/meminfo")?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok()?.checked_mul(KIB)
}

/// Time on processors in the system and outside of it.
pub(super) fn cpu() -> Option<(Duration, Duration)> {
    // Behind the name of the program, which may have spaces, fields 14 and 15 of proc(5).
    const USER: usize = 11;
    let text = read("/proc/self/stat")?;
    let (_, fields) = text.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(USER).map(|field| field.parse::<u64>().ok());
    let (user, system) = (ticks.next()??, ticks.next()??);
    let second = rustix::param::clock_ticks_per_second();
    let time = |ticks: u64| Duration::from_micros(ticks.saturating_mul(1_000_000) / second.max(1));
    Some((time(system), time(user)))
}

#[expect(clippy::disallowed_methods, reason = "files of the kernel, which are no data")]
fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}
