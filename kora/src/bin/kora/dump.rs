//! `kora dump DIR`: everything in a directory as lines of JSON.

use std::io::{self, BufWriter, ErrorKind};

use clap::{ArgMatches, Command};
use kora::{Error, inspect};

use super::{GOOD, directory, path};

pub(super) fn command() -> Command {
    Command::new("dump")
        .about("Prints every key and document of a directory as a line of JSON.")
        .long_about(
            "Prints every key of a directory as a line of JSON, in the order of database and key, \
             then every collection by name, with its documents by id, so that two dumps are equal \
             when the data are. Changes nothing.\n\n\
             A key's line has database, key, type, expires_at (unix milliseconds or null) and \
             value. Hashes and sorted sets are arrays of pairs. Bytes that are no UTF-8 are \
             {\"base64\": \"..\"}.\n\n\
             A collection's line has collection and indexes, a document's has collection, id, \
             expires_at and document.",
        )
        .arg(directory("DIR", "The data directory; no database may have it open"))
        .after_help("Exit status: 0 printed, 1 damaged, 2 it could not be read.")
}

pub(super) fn run(arguments: &ArgMatches) -> kora::Result<u8> {
    let mut out = BufWriter::new(io::stdout().lock());
    match inspect::dump(path(arguments, "DIR"), &mut out) {
        Ok(_) => Ok(GOOD),
        // Whoever reads has had enough.
        Err(Error::Io(failure)) if failure.kind == ErrorKind::BrokenPipe => Ok(GOOD),
        Err(error) => Err(error),
    }
}
