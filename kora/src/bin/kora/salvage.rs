//! `kora salvage DIR OUT`: what can be read of a damaged directory, in a new one.

use clap::{Arg, ArgAction, ArgMatches, Command};
use kora::inspect::{self, AtDamage, SalvageReport};

use super::{GOOD, directory, path};

const BEYOND: &str = "beyond-damage";

pub(super) fn command() -> Command {
    Command::new("salvage")
        .about("Rescues what can be read of a directory into a new one.")
        .long_about(
            "Rescues what can be read of a directory that does not open into a new one, and says \
             what was lost. The old one is not changed.\n\n\
             It begins with the newest snapshot that is whole, or with the one before it, and \
             replays the log up to the first damage: a state that the database once had.",
        )
        .arg(directory("DIR", "The damaged directory; no database may have it open"))
        .arg(directory("OUT", "The directory to make; it must not be there, or be empty"))
        .arg(
            Arg::new(BEYOND)
                .long(BEYOND)
                .action(ArgAction::SetTrue)
                .help("Go on with what is whole behind the damage")
                .long_help(
                    "Go on with what is whole behind the damage. More is rescued, but values whose \
                     changes were lost in part may be ones that they never had, and documents whose \
                     collection was lost are in one with the name lost- and a number.",
                ),
        )
        .after_help("Exit status: 0 rescued, 1 nothing to rescue up to the damage, 2 it failed.")
}

pub(super) fn run(arguments: &ArgMatches) -> kora::Result<u8> {
    let at_damage = if arguments.get_flag(BEYOND) { AtDamage::GoOn } else { AtDamage::Stop };
    let out = path(arguments, "OUT");
    let report = inspect::salvage(path(arguments, "DIR"), out, at_damage)?;
    for damage in &report.damage {
        println!("damage     {damage}");
    }
    match report.snapshot_taken_at {
        Some(at) => println!("snapshot   {} entries, of unix ms {at}", report.snapshot_entries),
        None => println!("snapshot   none, the log from its beginning"),
    }
    println!("log        {} commits replayed", report.commits_replayed);
    if report.commits_left_out > 0 {
        println!("left out   {} commits behind the damage; see --help", report.commits_left_out);
    }
    if report.changes_refused > 0 {
        println!("refused    {} changes of what was lost", report.changes_refused);
    }
    let SalvageReport { entries, documents, collections, .. } = report;
    let out = out.display();
    println!("{out} has {entries} keys, and {documents} documents in {collections} collections");
    Ok(GOOD)
}
