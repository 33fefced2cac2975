//! The entries themselves: names, arity against keys, documentation; and the numbers that reach
//! disk.

use std::collections::BTreeSet;

use super::{each, holds, memory, run};
use crate::command::command::Command;
use crate::command::{Flag, NAME_LEN_MAX, Run, Spec, all, find, find_piped};
use crate::types::Kind;

#[test]
fn names_are_upper_case_and_unique() {
    let unique: BTreeSet<&str> = all().map(|spec| spec.name).collect();
    assert_eq!(unique.len(), all().count(), "two entries have one name");
    holds(&each(|spec| {
        let is_plain = |byte: u8| byte.is_ascii_uppercase() || b"_-. ".contains(&byte);
        let mut complaints = Vec::new();
        if !spec.name.bytes().all(is_plain) || spec.name.split(' ').count() > 2 {
            complaints.push("a name is upper-case ASCII, at most two words".to_owned());
        }
        if spec.name.len() > NAME_LEN_MAX {
            complaints.push(format!("a name has at most {NAME_LEN_MAX} bytes"));
        }
        if spec.parent().is_some_and(|parent| find(parent.as_bytes()).is_none()) {
            complaints.push("its parent is not in the table".to_owned());
        }
        let found = find_piped(spec.wire_name().as_bytes());
        if !found.is_some_and(|listed| std::ptr::eq(listed.spec, spec)) {
            complaints.push("its name finds another entry".to_owned());
        }
        complaints
    }));
}

/// Words of this many, in which every word can be a count of keys.
fn probe(spec: &Spec, words: usize) -> Command {
    let name = spec.name.split(' ').map(str::to_owned);
    let rest = std::iter::repeat("1".to_owned());
    Command::from_words(name.chain(rest).take(words))
}

fn least(spec: &Spec) -> usize {
    spec.arity.bounds().0
}

#[test]
fn arity_covers_the_keys() {
    holds(&each(|spec| {
        let mut complaints = Vec::new();
        if least(spec) < spec.name_words() {
            complaints.push("the arity counts the words of the name".to_owned());
        }
        for words in least(spec)..least(spec) + 4 {
            let command = probe(spec, words);
            let mut positions = Vec::new();
            let probed = command.words().expect("a probe is short");
            spec.keys.positions(probed, |at| positions.push(at));
            let (name, end) = (spec.name_words(), words);
            if positions.iter().any(|at| !(name..end).contains(at)) {
                complaints.push(format!("keys at {positions:?} of {words} words"));
            }
            let right = match spec.run {
                Run::Key(_) => positions.len() == 1,
                Run::Together(_) | Run::Wait(_) => !positions.is_empty(),
                Run::Sweep(_) => true,
                #[cfg(feature = "server")]
                Run::Session(_) | Run::Server(_) => true,
                Run::Documents(_)
                | Run::Query(_)
                | Run::Channels(_)
                | Run::Table(_)
                | Run::Container => positions.is_empty(),
            };
            if !right {
                complaints.push(format!("{:?} with {} keys", spec.run, positions.len()));
            }
        }
        complaints
    }));
}

#[test]
fn flags_do_not_contradict_each_other() {
    holds(&each(|spec| {
        let kinds = [Flag::Write, Flag::ReadOnly, Flag::Loading, Flag::Admin];
        let kinds = kinds.iter().filter(|flag| spec.is(**flag)).count();
        let mut complaints = Vec::new();
        if kinds != 1 && !matches!(spec.run, Run::Container) {
            complaints.push("is one of Write, ReadOnly, Loading and Admin".to_owned());
        }
        if spec.is(Flag::DenyOom) && !spec.is(Flag::Write) {
            complaints.push("needs memory, and does not write".to_owned());
        }
        complaints
    }));
}

/// Whether a version is written as Redis writes its own.
fn is_version(text: &str) -> bool {
    let numbers: Vec<Option<u32>> = text.split('.').map(|number| number.parse().ok()).collect();
    numbers.len() == 3 && numbers.iter().all(Option::is_some) && numbers[0] <= Some(7)
}

#[test]
fn every_entry_is_documented() {
    holds(&each(|spec| {
        let mut complaints = Vec::new();
        let summary = spec.doc.summary;
        let is_sentence = summary.starts_with(|c: char| c.is_ascii_uppercase())
            && summary.ends_with('.')
            && !summary.contains(". ")
            && !summary.contains('\n');
        if !is_sentence {
            complaints.push(format!("the summary is one sentence, not {summary:?}"));
        }
        if !is_version(spec.doc.since) {
            complaints.push(format!("since {:?}, which is no version of Redis", spec.doc.since));
        }
        if spec.doc.cost.is_empty() {
            complaints.push("has no cost".to_owned());
        }
        if spec.doc.examples.is_empty() && !matches!(spec.run, Run::Container) {
            complaints.push("has no example".to_owned());
        }
        complaints
    }));
}

#[test]
fn numbers_that_reach_disk_are_pinned() {
    let pinned = [("string", 0), ("list", 1), ("set", 2), ("zset", 3), ("hash", 4)];
    for kind in Kind::ALL {
        let (_, number) = pinned
            .iter()
            .find(|(name, _)| *name == kind.name())
            .unwrap_or_else(|| panic!("the number of {} is not pinned", kind.name()));
        assert_eq!(*kind as u8, *number, "{}", kind.name());
        assert_eq!(Kind::from_number(*number), Some(*kind));
    }
}

/// The record that a line adds: database, tag, the key's length, the body's, the key; then a body.
#[track_caller]
fn check_record(lines: &[&str], tag: u8, body: &[u8]) {
    let db = memory(1);
    let (last, before) = lines.split_last().expect("a line");
    before.iter().for_each(|line| drop(run(&db, line)));
    let start = db.effects().len();
    run(&db, last).expect("the line is valid");
    let body_len = u8::try_from(body.len()).expect("a short body");
    let header = [0, tag, 1, 0, body_len, 0, b'k'];
    assert_eq!(db.effects()[start..], [&header, body].concat(), "{last}");
}

#[test]
fn records_of_strings_have_pinned_bytes() {
    check_record(&["SET k v"], 2, b"\0v");
    check_record(&["SET k v PXAT 2000000000000"], 2, b"\x80\x00\x20\x4a\xa9\xd1\x01\0\0v");
    check_record(&["SET k v", "GETDEL k"], 0, b"");
    check_record(&["SET k v", "GETEX k PXAT 2000000000000"], 1, b"\x00\x20\x4a\xa9\xd1\x01\0\0");
    check_record(&["SET k v PX 1", "GETEX k PERSIST"], 1, b"");
    check_record(&["SET k 1.5", "INCRBYFLOAT k 1"], 4, b"\x00\x042.5");
    check_record(&["INCR k", "INCRBY k 256"], 4, b"\x00\x01\x01\x01\0\0\0\0\0\0");
    check_record(&["SET k v", "APPEND k w"], 4, b"\x00\x02w");
    check_record(&["SET k v", "SETRANGE k 2 w"], 4, b"\x00\x03\x02\0\0\0\0\0\0\0w");
}
