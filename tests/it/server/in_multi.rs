//! Which commands may stand behind MULTI, and what they do there: those of a real redis-server.
//!
//! Every command runs under the leases of all others that EXEC runs, so here each runs under all leases
//! that there are: one that took a lease of its own would never end.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kora::testing::SimulatedDisk;
use kora::{Config, ServerConfig};

use crate::support::Target;
use crate::support::redis::{Connection, Redis};
use crate::support::reply::Reply;
use crate::support::served::Served;
use crate::support::words::{Words, command};

/// Commands that are refused here and not there, each with its reason.
const REFUSED: &[(&str, &str)] =
    &[("DEBUG RELOAD", "it takes a snapshot, and then all leases, which EXEC holds")];

/// Lines that are answered in another way whether MULTI stands before them or not, and why.
const OTHERS: &[(&str, &str)] = &[
    ("BGSAVE", "the process that saves would outlive the test's folder"),
    ("DEBUG SET-ACTIVE-EXPIRE x", "Redis takes what is no number for 0"),
    ("DEBUG SLEEP x", "Redis takes what is no number for 0"),
    ("DEBUG STRINGMATCH-LEN", "Redis 7.0 does not have it"),
    ("CLIENT NO-TOUCH", "Redis 7.0 does not have it"),
    ("CLIENT SETINFO", "Redis 7.0 does not have it"),
    ("ZRANK board bob WITHSCORE", "Redis 7.0 does not have it"),
    ("ZREVRANK board bob WITHSCORE", "Redis 7.0 does not have it"),
];

fn is_among(list: &[(&str, &str)], line: &str) -> bool {
    list.iter().any(|(start, _)| line.starts_with(start))
}

fn served() -> Served {
    let (data_dir, disk) = (Some("data".into()), Some(SimulatedDisk::new(0)));
    let config = Config { data_dir, disk, log_segment_bytes: 64 << 10, ..Config::default() };
    Served::with(config, ServerConfig { allows_debug: true, ..ServerConfig::default() })
}

/// Whether each command, by its name, is refused behind MULTI, as COMMAND says.
fn refusals(connection: &mut Connection) -> BTreeMap<String, bool> {
    let mut refusals = BTreeMap::new();
    let all = connection.run(&command("COMMAND"));
    let mut entries: Vec<&Reply> = all.elements().expect("an array of commands").iter().collect();
    while let Some(entry) = entries.pop() {
        let [Reply::Bulk(name), _, Reply::Array(flags), .., Reply::Array(subcommands)] =
            entry.elements().expect("an array of facts")
        else {
            panic!("{entry}")
        };
        let name = String::from_utf8_lossy(name).replace('|', " ").to_uppercase();
        refusals.insert(name, flags.contains(&Reply::Status("no_multi".to_owned())));
        entries.extend(subcommands);
    }
    refusals
}

#[test]
fn commands_are_refused_where_redis_refuses_them() {
    let Some(redis) = Redis::start() else { return };
    let told = refusals(&mut redis.connect());
    let answered = refusals(&mut served().connect());
    assert!(told["SAVE"] && answered["SAVE"], "{told:?}");
    for (name, is_refused) in answered.iter().filter(|(name, _)| !name.starts_with("DOC.")) {
        // Of what Redis does not tell about nothing is refused there.
        let expected = told.get(name).copied().unwrap_or(false) || is_among(REFUSED, name);
        assert_eq!(*is_refused, expected, "{name}");
    }
}

/// The examples of the table by the command that they are about, as the page of all commands has them.
fn examples() -> Vec<(String, Vec<String>)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kora/docs/commands.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let mut examples: Vec<(String, Vec<String>)> = Vec::new();
    for line in page.lines() {
        if let Some(name) = line.strip_prefix("### ") {
            examples.push((name.to_owned(), Vec::new()));
        } else if let (Some(line), Some((_, lines))) =
            (line.strip_prefix("> "), examples.last_mut())
        {
            lines.push(line.to_owned());
        }
    }
    examples
}

/// Says a line behind MULTI, under all leases; what is answered to it, and to EXEC.
fn in_multi(connection: &mut Connection, line: &str) -> Vec<Option<Reply>> {
    let lines: [Words; 4] = ["MULTI", "DBSIZE", line, "EXEC"].map(command);
    lines.iter().map(|words| connection.run_if_alive(words)).collect()
}

/// What of the answers does not depend on the server: errors, how many there are, and where.
fn outline(replies: &[Option<Reply>]) -> Vec<Option<Reply>> {
    let kind = |reply: &Reply| match reply {
        Reply::Error(_) => reply.clone(),
        Reply::Status(_) | Reply::Integer(_) | Reply::Bulk(_) => Reply::Nil,
        Reply::Nil | Reply::NilArray | Reply::Array(_) => Reply::Nil,
    };
    let outline = |reply: &Reply| match reply {
        Reply::Array(replies) => Reply::Array(replies.iter().map(kind).collect()),
        Reply::Status(_) | Reply::Error(_) => reply.clone(),
        Reply::Integer(_) | Reply::Bulk(_) | Reply::Nil | Reply::NilArray => Reply::Nil,
    };
    replies.iter().map(|reply| reply.as_ref().map(outline)).collect()
}

#[test]
fn every_example_goes_as_with_redis() {
    let Some(redis) = Redis::start_with(&["--enable-debug-command", "yes"]) else { return };
    let served = served();
    let (mut played, mut problems) = (0, Vec::new());
    for (name, lines) in examples().iter().filter(|(name, _)| !name.starts_with("DOC.")) {
        let (mut oracle, mut subject) = (redis.connect(), served.connect());
        oracle.reset();
        subject.reset();
        for line in lines {
            if is_among(REFUSED, line) || is_among(OTHERS, line) {
                continue;
            }
            let told = in_multi(&mut oracle, line);
            let answered = in_multi(&mut subject, line);
            played += 1;
            if outline(&told) != outline(&answered) {
                problems.push(format!("{name}: {line}\nRedis: {told:?}\nKora:  {answered:?}\n"));
            }
            if told.last() == Some(&None) {
                break;
            }
        }
    }
    assert!(problems.is_empty(), "{} differ:\n{}", problems.len(), problems.join("\n"));
    assert!(played > 500, "{played} examples");
}

#[test]
fn every_setting_can_be_set() {
    let served = served();
    let mut connection = served.connect();
    connection.run(&command("SET a 1"));
    let settings = connection.run(&command("CONFIG GET *"));
    let settings: Vec<_> =
        settings.elements().expect("an array").iter().map(Reply::bytes).collect();
    for pair in settings.chunks(2) {
        let [name, value] =
            [pair[0], pair[1]].map(|text| String::from_utf8_lossy(text.unwrap_or_default()));
        let replies = in_multi(&mut connection, &format!("CONFIG SET {name} \"{value}\""));
        let Some(Some(Reply::Array(replies))) = replies.last() else {
            panic!("{name}: {replies:?}")
        };
        let is_fixed = matches!(&replies[1], Reply::Error(why) if why.contains("immutable"));
        assert!(is_fixed || replies[1] == Reply::Status("OK".to_owned()), "{name}: {replies:?}");
    }
}

/// The memory that EXEC itself has taken is seen, before the account has it.
#[test]
fn what_is_told_of_the_data_is_told_of_that_moment() {
    let served = served();
    let mut connection = served.connect();
    let mut used = |line: &str| -> [usize; 2] {
        let lines = ["MULTI", "INFO memory", line, "INFO memory", "EXEC"].map(command);
        let replies: Vec<Reply> = lines.iter().map(|words| connection.run(words)).collect();
        let Reply::Array(told) = &replies[4] else { panic!("{replies:?}") };
        [0, 2].map(|at| {
            let told = String::from_utf8_lossy(told[at].bytes().expect("a text"));
            let line = told.lines().find_map(|line| line.strip_prefix("used_memory:"));
            line.and_then(|digits| digits.parse().ok()).expect("a number")
        })
    };
    let [before, after] = used("SETRANGE big 100000 x");
    assert!(after >= before + 100_000, "{before} {after}");
    let [again, before] = used("GET big");
    assert_eq!([again, before], [after; 2]);
    let [_, after] = used("DEL big");
    assert!(after + 100_000 <= before, "{before} {after}");
}

/// Among commands on documents, what looks at all data would not see what they do.
#[test]
fn all_data_is_not_told_of_among_documents() {
    let served = served();
    let mut connection = served.connect();
    connection.run(&command("DOC.CREATE users"));
    let lines = ["MULTI", "DOC.SET users ann '{}'", "INFO", "DBSIZE", "EXEC"].map(command);
    let replies: Vec<Reply> = lines.iter().map(|words| connection.run(words)).collect();
    let refused = Reply::Error("ERR not allowed in a transaction".to_owned());
    let Reply::Array(told) = &replies[4] else { panic!("{replies:?}") };
    assert_eq!(told[1..], [refused.clone(), refused]);
}

#[test]
fn a_snapshot_is_taken_when_exec_has_ended() {
    let served = served();
    let mut connection = served.connect();
    let replies = in_multi(&mut connection, "BGSAVE");
    let scheduled = Reply::Status("Background saving scheduled".to_owned());
    assert_eq!(replies.last(), Some(&Some(Reply::Array(vec![Reply::Integer(0), scheduled]))));
}
