//! Commands that choose: whether a choice was possible, and how the oracle follows it.
//!
//! The subject answers first. If it chose something, the oracle is asked about exactly that (and
//! removes it, if the command removes); if it chose nothing, the oracle runs the same command and
//! must answer the same.

use std::collections::BTreeSet;

use super::Target;
use super::judge::{Leaves, Rule};
use super::reply::Reply;
use super::words::{self, Words};

/// A command that chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pick {
    /// SPOP.
    Popped,
    /// SRANDMEMBER.
    Members,
    /// HRANDFIELD.
    Fields,
    /// ZRANDMEMBER.
    Scored,
    /// RANDOMKEY.
    Key,
    /// SCAN and its kin.
    Scanned,
}

/// Names that were chosen, and their values if the command gives them.
struct Choice {
    names: Vec<Vec<u8>>,
    values: Vec<Reply>,
}

impl Pick {
    /// The subject's answer: of a scan, all of it.
    pub(crate) fn ask(self, words: &[Vec<u8>], subject: &mut dyn Target) -> Reply {
        if self == Self::Scanned { scan(words, subject) } else { subject.run(words) }
    }

    /// What the oracle is asked about the answer.
    pub(crate) fn queries(self, words: &[Vec<u8>], answer: &Reply) -> Vec<Words> {
        if self == Self::Scanned && answer.elements().is_some() {
            return vec![in_one_go(words)];
        }
        let Some(choice) = self.choice(words, answer) else {
            return vec![words.to_vec()];
        };
        let names = choice.names;
        match self {
            Self::Popped => vec![about("SCARD", words, &[]), about("SREM", words, &names)],
            Self::Members => vec![about("SCARD", words, &[]), about("SMISMEMBER", words, &names)],
            Self::Fields => vec![about("HLEN", words, &[]), about("HMGET", words, &names)],
            Self::Scored => vec![about("ZCARD", words, &[]), about("ZMSCORE", words, &names)],
            Self::Key => vec![command(&[b"EXISTS"], &names)],
            Self::Scanned => unreachable!("handled above"),
        }
    }

    /// Whether the subject's answer was possible, given what the oracle says.
    pub(crate) fn is_possible(self, words: &[Vec<u8>], answer: &Reply, told: &[Reply]) -> bool {
        if self == Self::Scanned {
            return scans_agree(words, answer, &told[0]);
        }
        let Some(choice) = self.choice(words, answer) else {
            return Rule::EXACT.agrees(answer, &told[0]);
        };
        let right_count = |size: &Reply| is_right_count(words, &choice.names, size);
        let all_held = |held: &Reply| *held == Reply::Integer(length(&choice.names));
        match (self, told) {
            (Self::Popped, [size, removed]) => right_count(size) && all_held(removed),
            (Self::Members, [size, held]) => right_count(size) && all_are(held, &Reply::Integer(1)),
            (Self::Fields | Self::Scored, [size, held]) => {
                right_count(size) && values_agree(&choice, held)
            }
            (Self::Key, [exists]) => all_held(exists),
            _ => unreachable!("the oracle answers each query"),
        }
    }

    /// What the answer names, if it names anything.
    fn choice(self, words: &[Vec<u8>], answer: &Reply) -> Option<Choice> {
        if self == Self::Scanned {
            return None;
        }
        let with_values = words.len() > 3;
        let (names, values) = match answer {
            Reply::Bulk(name) => (vec![name.clone()], Vec::new()),
            Reply::Array(elements) if elements.is_empty() => return None,
            Reply::Array(elements) if with_values => {
                let values = elements.iter().skip(1).step_by(2).cloned().collect();
                (all_bytes(elements.iter().step_by(2))?, values)
            }
            Reply::Array(elements) => (all_bytes(elements.iter())?, Vec::new()),
            Reply::Status(_) | Reply::Error(_) | Reply::Integer(_) => return None,
            Reply::Nil | Reply::NilArray => return None,
        };
        Some(Choice { names, values })
    }
}

/// One without a count; up to the whole without repetition for a positive one; exactly that many
/// for a negative one.
fn is_right_count(words: &[Vec<u8>], names: &[Vec<u8>], size: &Reply) -> bool {
    let Reply::Integer(size) = *size else {
        return false;
    };
    let Some(count) = words.get(2) else {
        return names.len() == 1;
    };
    let Some(count) = integer(count) else {
        return false;
    };
    if count < 0 {
        return length(names) == -count;
    }
    let distinct: BTreeSet<_> = names.iter().collect();
    length(names) == count.min(size) && distinct.len() == names.len()
}

/// Every name is held, with the value that was given for it.
fn values_agree(choice: &Choice, held: &Reply) -> bool {
    let Some(held) = held.elements() else {
        return false;
    };
    let rule = Rule { leaves: Leaves::Doubles, ..Rule::EXACT };
    let all_exist = held.iter().all(|value| value.bytes().is_some());
    let pairs = choice.values.iter().zip(held);
    let same_values = pairs.clone().count() == choice.values.len()
        && pairs.into_iter().all(|(given, held)| rule.agrees(given, held));
    all_exist && held.len() == choice.names.len() && same_values
}

fn all_are(reply: &Reply, wanted: &Reply) -> bool {
    reply.elements().is_some_and(|elements| elements.iter().all(|element| element == wanted))
}

/// Follows the cursors to the end and answers with all elements at once.
fn scan(words: &[Vec<u8>], subject: &mut dyn Target) -> Reply {
    // A scan of a few hundred elements that asks more often than this goes round in circles.
    const CALLS_MAX: usize = 10_000;
    let at = cursor_place(words);
    let mut words = words.to_vec();
    let mut found = Vec::new();
    for _ in 0..CALLS_MAX {
        let reply = subject.run(&words);
        let Some([Reply::Bulk(cursor), Reply::Array(elements)]) = reply.elements() else {
            return reply;
        };
        found.extend_from_slice(elements);
        if cursor == b"0" {
            return Reply::Array(vec![Reply::bulk("0"), Reply::Array(found)]);
        }
        words[at].clone_from(cursor);
    }
    Reply::Error(format!("`{}` did not end", words::line(&words)))
}

/// SCAN has its cursor first, its kin after the key.
fn cursor_place(words: &[Vec<u8>]) -> usize {
    if words[0].eq_ignore_ascii_case(b"SCAN") { 1 } else { 2 }
}

/// The same scan with a count that reaches the end in one call.
fn in_one_go(words: &[Vec<u8>]) -> Words {
    const EVERYTHING: &[u8] = b"1000000";
    let mut words = words.to_vec();
    words.extend([b"COUNT".to_vec(), EVERYTHING.to_vec()]);
    words
}

/// A scan may name an element twice, in any order.
fn scans_agree(words: &[Vec<u8>], answer: &Reply, told: &Reply) -> bool {
    let elements = |reply: &Reply| match reply.elements() {
        Some([_, Reply::Array(elements)]) => Some(elements.clone()),
        _ => None,
    };
    let (Some(given), Some(held)) = (elements(answer), elements(told)) else {
        return Rule::EXACT.agrees(answer, told);
    };
    let width = if is_of_pairs(words) { 2 } else { 1 };
    let rule = Rule { leaves: Leaves::Doubles, ..Rule::EXACT };
    let (given, held) = (distinct(&given, width), distinct(&held, width));
    rule.agrees(&Reply::Array(given), &Reply::Array(held))
}

fn is_of_pairs(words: &[Vec<u8>]) -> bool {
    [b"HSCAN", b"ZSCAN"].iter().any(|name| words[0].eq_ignore_ascii_case(*name))
}

fn distinct(elements: &[Reply], width: usize) -> Vec<Reply> {
    let groups: BTreeSet<&[Reply]> = elements.chunks(width).collect();
    groups.into_iter().flatten().cloned().collect()
}

/// A command about the key of a call.
fn about(name: &str, words: &[Vec<u8>], names: &[Vec<u8>]) -> Words {
    command(&[name.as_bytes(), &words[1]], names)
}

fn command(start: &[&[u8]], rest: &[Vec<u8>]) -> Words {
    let start = start.iter().map(|word| word.to_vec());
    start.chain(rest.iter().cloned()).collect()
}

fn all_bytes<'a>(elements: impl Iterator<Item = &'a Reply>) -> Option<Vec<Vec<u8>>> {
    elements.map(|element| element.bytes().map(<[u8]>::to_vec)).collect()
}

fn length(names: &[Vec<u8>]) -> i64 {
    i64::try_from(names.len()).expect("a reply is shorter than that")
}

fn integer(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}
