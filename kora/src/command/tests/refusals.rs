//! What is refused: too few and too many words, keys of another type, and writes without memory.
//! A refusal changes nothing.
//!
//! The words come from the example lines that call the entry.

use super::{config, each, holds, lines, memory, own_scenes, run, run_all, shown};
use crate::command::command::Command;
use crate::command::dispatch::Call;
use crate::command::response::CommandResponse;
use crate::command::{Flag, Reply, Spec, find};
use crate::config::Config;
use crate::database::Database;
use crate::error::{Error, Result};
use crate::keyspace::Key;
use crate::keyspace::write::Expiry;
use crate::types::Kind;

type Words = Vec<Vec<u8>>;

/// The first example line of an entry that calls it, and the lines before it.
fn first_scene(spec: &Spec) -> Option<(Vec<&'static str>, &'static str)> {
    own_scenes(spec).next()
}

/// A complaint if a call does not fail with this error, or changes something.
fn refused(db: &Database, command: Command, with: &Error) -> Option<String> {
    let (effects, digest) = (db.effects(), db.digest());
    let answer = db.execute(command);
    if answer.as_ref() != Err(with) {
        return Some(format!("answers {} and not {}", shown(&answer), with.wire()));
    }
    let is_same = db.effects() == effects && db.digest() == digest;
    (!is_same).then(|| "is refused and still changes something".to_owned())
}

#[test]
fn one_word_too_few_or_too_many_is_refused() {
    holds(&each(|spec| {
        let Some((before, line)) = first_scene(spec) else { return Vec::new() };
        let db = memory(1);
        run_all(&db, before);
        let error = Error::WrongArity { command: spec.wire_name().into() };
        let complaints = wrong_counts(spec, &lines::split(line)).into_iter().filter_map(|words| {
            let count = words.len();
            let complaint = refused(&db, Command::from_words(words), &error)?;
            Some(format!("with {count} words: {complaint}"))
        });
        complaints.collect()
    }));
}

/// The words of a call with one too few and one too many, as far as that can be.
fn wrong_counts(spec: &Spec, words: &Words) -> Vec<Words> {
    let (least, is_open) = spec.arity.bounds();
    let mut wrong = Vec::new();
    if least > spec.name_words() {
        wrong.push(words[..least - 1].to_vec());
    }
    if !is_open {
        wrong.push(words.iter().cloned().chain([b"x".to_vec()]).collect());
    }
    wrong
}

/// A key that a command takes although it holds another type.
struct Indifference {
    command: &'static str,
    /// Which of the keys; all of them if there is no number.
    nth: Option<usize>,
    /// Which type it may be; any if there is no name.
    kind: Option<&'static str>,
}

const fn indifferent(command: &'static str) -> Indifference {
    Indifference { command, nth: None, kind: None }
}

const fn destination(command: &'static str) -> Indifference {
    Indifference { command, nth: Some(0), kind: None }
}

const fn takes(command: &'static str, kind: &'static str) -> Indifference {
    Indifference { command, nth: None, kind: Some(kind) }
}

/// Where Redis does not answer WRONGTYPE, looked up in a real one.
const INDIFFERENT: &[Indifference] = &[
    indifferent("SET"),
    indifferent("SETNX"),
    indifferent("SETEX"),
    indifferent("PSETEX"),
    indifferent("MSET"),
    indifferent("MSETNX"),
    // As good as missing.
    indifferent("MGET"),
    // An error with a text of its own.
    indifferent("LCS"),
    // What the destination held is gone.
    destination("SINTERSTORE"),
    destination("SUNIONSTORE"),
    destination("SDIFFSTORE"),
    destination("ZRANGESTORE"),
    destination("ZUNIONSTORE"),
    destination("ZINTERSTORE"),
    destination("ZDIFFSTORE"),
    // A set counts as scores of 1.
    takes("ZUNION", "set"),
    takes("ZUNIONSTORE", "set"),
    takes("ZINTER", "set"),
    takes("ZINTERSTORE", "set"),
    takes("ZINTERCARD", "set"),
    takes("ZDIFF", "set"),
    takes("ZDIFFSTORE", "set"),
];

impl Indifference {
    fn is_about(&self, spec: &Spec, nth: usize, kind: Kind) -> bool {
        self.command == spec.name
            && self.nth.is_none_or(|own| own == nth)
            && self.kind.is_none_or(|own| own == kind.name())
    }
}

/// The name of the type that a group's commands work on.
fn kind_of_group(group: &str) -> Option<&str> {
    match group {
        "generic" | "server" | "connection" | "transactions" => None,
        "sorted-set" => Some("zset"),
        group => Some(group),
    }
}

/// A command that gives a key a value of a type.
fn make(kind: Kind, key: &[u8]) -> Command {
    match kind.name() {
        "string" => Command::new("SET").arg(key).arg("a"),
        "list" => Command::new("RPUSH").arg(key).arg("a"),
        "set" => Command::new("SADD").arg(key).arg("a"),
        "zset" => Command::new("ZADD").arg(key).arg(1).arg("a"),
        "hash" => Command::new("HSET").arg(key).arg("a").arg(1),
        other => panic!("say how a {other} is made"),
    }
}

#[test]
fn keys_of_another_type_are_refused() {
    holds(&each(|spec| {
        let Some(own) = kind_of_group(spec.listed().group) else { return Vec::new() };
        let Some((before, line)) = first_scene(spec) else { return Vec::new() };
        let mut complaints = Vec::new();
        for kind in Kind::ALL.iter().filter(|kind| kind.name() != own) {
            for (nth, key) in keys(line).iter().enumerate() {
                let db = memory(1);
                run_all(&db, before.iter().copied());
                remove(&db, key);
                db.execute(make(*kind, key)).expect("a value of that type");
                let complaint = refused(&db, super::command(line), &Error::WrongType);
                let excused = INDIFFERENT.iter().any(|excuse| excuse.is_about(spec, nth, *kind));
                match complaint {
                    Some(complaint) if !excused => {
                        complaints.push(format!("key {nth} a {}: {complaint}", kind.name()));
                    }
                    None if excused => complaints.push(format!(
                        "refuses a {} for key {nth} after all; take it off the list",
                        kind.name()
                    )),
                    Some(_) | None => {}
                }
            }
        }
        complaints
    }));
}

#[test]
fn excuses_are_for_commands_that_exist() {
    for excuse in INDIFFERENT {
        assert!(find(excuse.command.as_bytes()).is_some(), "{}", excuse.command);
    }
}

fn keys(line: &str) -> Words {
    let command = super::command(line);
    let words = command.words().expect("examples are short");
    let call = Call::find(words).expect("the line calls an entry");
    call.keys().iter().map(|(_, key)| key.bytes().to_vec()).collect()
}

fn remove(db: &Database, key: &[u8]) {
    let key = Key::new(key);
    db.engine()
        .on(0, &key, |keyspace| {
            keyspace.remove(&key);
            Ok(())
        })
        .expect("removing does not fail");
}

/// Bytes that a database of these tests may hold.
const MEMORY_MAX: usize = 1 << 20;

/// A database in which some lines were run, and whose memory is used up; by a key of the last
/// numbered database, where the lines do not see it.
fn full(before: &[&str]) -> Database {
    let config = Config { max_memory: Some(MEMORY_MAX), ..config(1) };
    let db = Database::open(config).expect("the configuration is valid");
    run_all(&db, before.iter().copied());
    let key = Key::new(b"filler");
    db.engine()
        .on(15, &key, |keyspace| {
            keyspace.store_string(&key, &[b'x'; 2 * MEMORY_MAX], Expiry::Never);
            Ok(())
        })
        .expect("nothing asks for room");
    assert!(db.used_memory() > MEMORY_MAX);
    db
}

/// What a line does without a limit: its answer, and whether it records effects.
fn without_limit(before: &[&str], line: &str) -> (Result<CommandResponse>, bool) {
    let db = memory(1);
    run_all(&db, before.iter().copied());
    let effects = db.effects().len();
    let answer = run(&db, line);
    (answer, db.effects().len() > effects)
}

#[test]
fn what_needs_memory_is_refused_without() {
    holds(&each(|spec| {
        let mut complaints = Vec::new();
        for (before, line) in own_scenes(spec).filter(|_| spec.is(Flag::DenyOom)) {
            let complaint = refused(&full(&before), super::command(line), &Error::OutOfMemory);
            complaints.extend(complaint.map(|complaint| format!("{line}: {complaint}")));
        }
        complaints
    }));
}

#[test]
fn what_needs_no_memory_is_done_without() {
    holds(&each(|spec| {
        let mut complaints = Vec::new();
        for (before, line) in own_scenes(spec).filter(|_| !spec.is(Flag::DenyOom)) {
            let answer = run(&full(&before), line);
            // Times and sizes differ from run to run.
            let (_, example) = spec.doc.examples[before.len()];
            let is_right =
                answer == without_limit(&before, line).0 || lines::fits(example, &shown(&answer));
            if !is_right {
                complaints.push(format!("{line}: answers {}", shown(&answer)));
            }
        }
        complaints
    }));
}

/// The typed methods reach operations without the table, so the write door itself must refuse
/// what grows a value, before anything has changed.
#[test]
fn the_write_door_refuses_what_the_table_let_pass() {
    holds(&each(|spec| {
        let mut complaints = Vec::new();
        for (before, line) in own_scenes(spec).filter(|_| spec.is(Flag::DenyOom)) {
            if !without_limit(&before, line).1 {
                continue;
            }
            let db = full(&before);
            let (command, digest) = (super::command(line), db.digest());
            let call = Call::find(command.words().expect("examples are short"));
            let answer = call.expect("an entry");
            let mut reply = Reply::value();
            let answer = answer.answer_admitted(db.engine(), 0, &mut reply);
            if answer != Err(Error::OutOfMemory) || db.digest() != digest {
                complaints.push(format!("{line}: answers {answer:?}"));
            }
        }
        complaints
    }));
}
