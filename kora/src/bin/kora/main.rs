//! The program `kora`: a server, and what is done to a data directory from outside.
//!
//! Each subcommand is a file with its words (`command`) and its work (`run`); [`SUBCOMMANDS`] is
//! the one list of them. The exit status is 0 when all is well, 1 when data are damaged, and 2
//! when the program could not do its work.
#![expect(clippy::print_stdout, reason = "a program that talks to a person")]
#![expect(clippy::print_stderr, reason = "a program that talks to a person")]

mod check;
mod dump;
mod salvage;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command, value_parser};
use kora::Error;

/// What all is well ends with.
const GOOD: u8 = 0;
/// Data are damaged.
const DAMAGED: u8 = 1;
/// It could not be done; clap ends with it as well.
const FAILED: u8 = 2;

/// A subcommand's words, and what it does; the answer is the exit status.
struct Subcommand {
    command: fn() -> Command,
    run: fn(&ArgMatches) -> kora::Result<u8>,
}

const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand { command: serve::command, run: serve::run },
    Subcommand { command: check::command, run: check::run },
    Subcommand { command: dump::command, run: dump::run },
    Subcommand { command: salvage::command, run: salvage::run },
];

fn main() -> ExitCode {
    let matches = program().get_matches();
    let (name, arguments) = matches.subcommand().expect("clap demands a subcommand");
    let chosen = SUBCOMMANDS.iter().find(|sub| (sub.command)().get_name() == name);
    let done = (chosen.expect("clap knows these alone").run)(arguments);
    ExitCode::from(done.unwrap_or_else(|error| {
        eprintln!("kora {name}: {error}");
        if let Error::Damaged(_) = error { DAMAGED } else { FAILED }
    }))
}

fn program() -> Command {
    Command::new("kora")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Serves Kora's data to Redis clients, and looks after its directories.")
        .after_help("Exit status: 0 all is well, 1 data are damaged, 2 it could not be done.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(SUBCOMMANDS.iter().map(|sub| (sub.command)()))
}

/// A directory to be given.
fn directory(id: &'static str, help: &'static str) -> Arg {
    Arg::new(id).help(help).required(true).value_parser(value_parser!(PathBuf))
}

fn path<'a>(arguments: &'a ArgMatches, id: &str) -> &'a PathBuf {
    arguments.get_one(id).expect("clap demands it")
}
