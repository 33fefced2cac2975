//! The process that is killed: it opens a directory, says what it found, and then writes with
//! several threads, each of which says what has been acknowledged after the call has returned.
//!
//! ```text
//! state WRITER TEXT      what the directory held of a writer
//! shared NUMBER          a counter that all writers have
//! ready                  from here on it writes
//! done WRITER NUMBER     this operation has returned
//! failed TEXT            the disk could not do something; the process ends
//! ```

use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use kora::{Config, Database, Durability};

use crate::stage::is_of_disk;
use crate::writer::{DATABASES, Model, WRITERS, operation};

/// The modes of durability, by the names that the supervisor uses.
pub(crate) const MODES: [&str; 3] = ["interval", "os", "always"];

/// Opens, says what is there, and ends.
pub(crate) const LOOK: &str = "look";

/// How a directory on a real disk is opened: small, so that every round meets new segments and
/// snapshots.
pub(crate) fn config(dir: &Path, mode: &str) -> Config {
    let durability = match mode {
        "interval" => Durability::Interval(Duration::from_millis(5)),
        "os" | LOOK => Durability::Os,
        "always" => Durability::Always,
        mode => panic!("there is no mode {mode}"),
    };
    Config {
        data_dir: Some(dir.to_owned()),
        durability,
        log_segment_bytes: 16 << 10,
        snapshot_log_bytes: 48 << 10,
        shard_count: 2,
        database_count: DATABASES,
        ..Config::default()
    }
}

/// What the supervisor asks of a child: `DIR MODE[:COUNT] FIRST...`, the first number of each
/// writer and how many operations it does, when that is bounded.
pub(crate) fn main(words: &[String]) -> ExitCode {
    let [dir, mode, firsts @ ..] = words else { panic!("a child needs a directory and a mode") };
    let firsts: Vec<u64> =
        firsts.iter().map(|first| first.parse().expect("the supervisor writes numbers")).collect();
    let (mode, count) = mode.split_once(':').unwrap_or((mode, "1000000000"));
    let count: u64 = count.parse().expect("the supervisor writes numbers");
    let lots: Vec<Range<u64>> = firsts.iter().map(|first| *first..first + count).collect();
    match live(Path::new(dir), mode, &lots) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("failed {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn live(dir: &Path, mode: &str, lots: &[Range<u64>]) -> kora::Result<()> {
    let db = Database::open(config(dir, mode))?;
    for writer in 0..WRITERS {
        say(&format!("state {writer} {}\n", Model::read(&db, writer)?.text()));
    }
    say(&format!("shared {}\n", shared(&db)?));
    say("ready\n");
    if mode == LOOK {
        return Ok(());
    }
    let failed = AtomicBool::new(false);
    let (end, ended) = channel::<()>();
    thread::scope(|scope| {
        let (db, failed) = (&db, &failed);
        scope.spawn(move || {
            // As many snapshots as there can be.
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(Duration::from_millis(2))
            {
                drop(db.snapshot());
            }
        });
        let writers: Vec<_> = lots
            .iter()
            .enumerate()
            .map(|(writer, lot)| scope.spawn(move || write(db, writer, lot.clone(), failed)))
            .collect();
        let results = writers.into_iter().map(|writer| writer.join().expect("it does not panic"));
        let result = results.collect::<kora::Result<()>>();
        drop(end);
        result
    })
}

fn shared(db: &Database) -> kora::Result<u64> {
    let text = db.get("shared")?;
    Ok(text
        .map_or(0, |text| std::str::from_utf8(&text).expect("digits").parse().expect("a number")))
}

/// Writes until the disk fails or the process is killed.
fn write(db: &Database, writer: usize, lot: Range<u64>, failed: &AtomicBool) -> kora::Result<()> {
    for number in lot {
        if failed.load(Ordering::Relaxed) {
            break;
        }
        // One that finds its key missing is an answer like another.
        let answer = operation(writer, number).run(db, writer).err().filter(is_of_disk);
        let answer = answer.map_or_else(|| db.incr("shared").map(drop), Err);
        match answer {
            Ok(()) => say(&format!("done {writer} {number}\n")),
            Err(error) => {
                failed.store(true, Ordering::Relaxed);
                return Err(error);
            }
        }
    }
    Ok(())
}

/// One line, in one piece.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    if out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err() {
        // Nobody listens any more.
        std::process::exit(1);
    }
}
