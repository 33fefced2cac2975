//! `kora check DIR`: is a directory sound?

use clap::{ArgMatches, Command};
use kora::inspect;

use super::{DAMAGED, GOOD, directory, path};

pub(super) fn command() -> Command {
    Command::new("check")
        .about("Verifies every byte of a directory and changes none.")
        .long_about(
            "Verifies every byte of a directory and changes none: the manifest, the snapshots, \
             every commit of the log, and that they fit each other.\n\n\
             Every problem is printed with its file and offset. A torn end of the log, as a crash \
             leaves it, is no problem: opening cuts it off.",
        )
        .arg(directory("DIR", "The data directory; no database may have it open"))
        .after_help("Exit status: 0 sound, 1 damaged, 2 it could not be checked.")
}

pub(super) fn run(arguments: &ArgMatches) -> kora::Result<u8> {
    let dir = path(arguments, "DIR");
    let report = inspect::check(dir)?;
    println!("snapshots  {}, with {} entries", report.snapshots, report.snapshot_entries);
    println!("log        {} segments, {} commits", report.segments, report.commits);
    if let Some(entries) = report.entries {
        println!("keys       {entries}");
    }
    if let (Some(documents), Some(collections @ 1..)) = (report.documents, report.collections) {
        println!("documents  {documents}, in {collections} collections");
    }
    if report.torn_bytes > 0 {
        println!("torn end   {} bytes, which opening cuts off", report.torn_bytes);
    }
    for leftover in &report.leftovers {
        println!("leftover   {}: {}", leftover.file, leftover.what);
    }
    for problem in &report.problems {
        println!("problem    {problem}");
    }
    println!("{} {}", dir.display(), if report.is_sound() { "is sound" } else { "is damaged" });
    Ok(if report.is_sound() { GOOD } else { DAMAGED })
}
