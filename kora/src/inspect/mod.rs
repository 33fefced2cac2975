//! Looking at a data directory without opening it as a database: is it sound, what is in it, what
//! can be rescued.
//!
//! [`check()`] and [`dump()`] change no byte, not even in the lock's file; several may look at once, and
//! a database that is open keeps them out with [`Error::Locked`].
//! [`salvage()`] reads one directory and writes another. The program `kora` (feature `cli`) is these
//! three on the command line.
//!
//! ```
//! use kora::{Config, Database, inspect};
//!
//! # let dir = std::env::temp_dir().join(format!("kora-doc-inspect-{}", std::process::id()));
//! # std::fs::remove_dir_all(&dir).ok();
//! let db = Database::open(Config { data_dir: Some(dir.clone()), ..Config::default() })?;
//! db.set("greeting", "hello")?;
//! drop(db);
//!
//! let report = inspect::check(&dir)?;
//! assert!(report.is_sound());
//! assert_eq!(report.entries, Some(1));
//!
//! let mut lines = Vec::new();
//! inspect::dump(&dir, &mut lines)?;
//! assert!(lines.starts_with(br#"{"database":0,"key":"greeting","type":"string""#));
//! # std::fs::remove_dir_all(&dir).unwrap();
//! # Ok::<(), kora::Error>(())
//! ```

mod check;
mod dump;
mod json;
mod salvage;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::storage::fs::{Disk, Fs};
use crate::storage::{Directory, lost};

pub use check::{CheckReport, Leftover, check};
pub use dump::dump;
pub use salvage::{AtDamage, SalvageReport, salvage};

/// The file system of the machine.
fn disk() -> Arc<dyn Fs> {
    Arc::new(Disk)
}

/// A directory to look at, and why its manifest was not the way in.
struct Seen {
    directory: Directory,
    /// The manifest's own damage; the rest was found without it.
    manifest: Option<Error>,
}

/// Looks at a directory, without its manifest if need be.
fn look(fs: &Arc<dyn Fs>, dir: &Path) -> Result<Seen> {
    let error = match Directory::open_read(Arc::clone(fs), dir) {
        Ok(directory) => return Ok(Seen { directory, manifest: None }),
        Err(error @ (Error::Damaged(_) | Error::Io(_))) => error,
        Err(error) => return Err(error),
    };
    match lost::open_read(Arc::clone(fs), dir) {
        Ok(Some(directory)) => Ok(Seen { directory, manifest: Some(error) }),
        // What was met first is the reason.
        Ok(None) | Err(_) => Err(error),
    }
}
