//! The head of a report: what ran, where, with which versions.

use std::fs;

use crate::cells::Context;
use crate::redis::Redis;
use crate::report::line;
use crate::slot::timer_overhead;

/// The versions that were built in.
const LOCK: &str = include_str!("../Cargo.lock");

/// Prints the head of a report.
pub(crate) fn head(context: &Context) {
    let options = &context.options;
    let command: Vec<_> = std::env::args().skip(1).collect();
    line("# Kora beside its peers, in one process\n");
    line(&format!("* machine: {}", machine()));
    line(&format!("* load before the run: {}", first_line("/proc/loadavg")));
    line(&format!("* {}; redis-server {}", env!("RUSTC_VERSION"), redis_version()));
    line(&format!("* command line: `cargo run --release -- {}`", command.join(" ")));
    line(&format!(
        "* seed {}, {} rounds, slots of {} ms after {} ms of warm-up, system allocator",
        options.seed,
        options.rounds,
        options.slot.as_millis(),
        options.slot.as_millis() / 8,
    ));
    let overhead = timer_overhead();
    line(&format!(
        "* two readings of the timer in a row: {} ns at the median, {} ns at p99.9; contained in each latency",
        overhead.value_at_quantile(0.5),
        overhead.value_at_quantile(0.999)
    ));
    line(
        "* a get returns owned bytes and looks at their length and last byte; `get-in-place` and the mixes look without taking",
    );
    line("\nPeers:\n");
    for peer in &context.peers {
        let version = version(peer.package).unwrap_or("of unknown version");
        line(&format!("* {}: {} {version}. {}.", peer.name, peer.package, peer.choices));
    }
}

/// Processor, cores, cache, memory, kernel.
fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = |text: &str, name: &str| {
        let found = text.lines().find(|line| line.starts_with(name))?;
        Some(found.split_once(':')?.1.trim().to_owned())
    };
    let model = named(&cpus, "model name").unwrap_or_else(|| "unknown processor".into());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = named(&memory, "MemTotal").unwrap_or_else(|| "unknown memory".into());
    let cache = |index: u32, file: &str| {
        first_line(&format!("/sys/devices/system/cpu/cpu0/cache/index{index}/{file}"))
    };
    let caches: Vec<_> = (0..4)
        .map(|index| format!("L{} {}", cache(index, "level"), cache(index, "size")))
        .collect();
    let kernel = first_line("/proc/sys/kernel/osrelease");
    let huge = first_line("/sys/kernel/mm/transparent_hugepage/enabled");
    let caches = caches.join(", ");
    format!("{model}, {cores} cores, {caches}, {memory}, Linux {kernel}, huge pages {huge}")
}

fn first_line(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().next().unwrap_or("?").to_owned()
}

fn redis_version() -> String {
    Redis::version().unwrap_or_else(|error| format!("not found ({error})"))
}

/// The version of a package in Cargo.lock; the newest if there are several.
fn version(package: &str) -> Option<&'static str> {
    let wanted = format!("name = \"{package}\"");
    let lines = LOCK.lines().zip(LOCK.lines().skip(1));
    let versions = lines
        .filter(|(name, _)| *name == wanted)
        .filter_map(|(_, version)| version.strip_prefix("version = \"")?.strip_suffix('"'));
    versions.last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_has_a_version() {
        for peer in crate::peers::ROSTER {
            assert!(version(peer.package).is_some(), "{} is not in Cargo.lock", peer.package);
        }
        assert_eq!(version("no-such-package"), None);
    }
}
