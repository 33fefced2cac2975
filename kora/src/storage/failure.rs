//! From a failed call of the file system to an error with a place.

use std::io;
use std::path::Path;

use crate::error::{Damage, Error, IoFailure};

/// The error of a call that failed.
pub(crate) fn failed(action: &'static str, path: &Path, error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::StorageFull || error.kind() == io::ErrorKind::QuotaExceeded {
        return Error::DiskFull;
    }
    io_failure(action, path, error)
}

/// The error of a call after which nobody can say what the disk holds, whatever the reason.
pub(crate) fn io_failure(action: &'static str, path: &Path, error: &io::Error) -> Error {
    Error::Io(Box::new(IoFailure {
        action,
        path: path.display().to_string(),
        kind: error.kind(),
        message: error.to_string(),
    }))
}

/// The error of bytes that are not what was written.
pub(crate) fn damaged(path: &Path, offset: u64, what: &'static str) -> Error {
    Error::Damaged(Box::new(Damage { file: path.display().to_string(), offset, what }))
}

/// Names the action and the file of a call that may have failed.
pub(crate) trait At<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|error| failed(action, path, &error))
    }
}
