//! A real Redis against the rig, so that the rig itself can be believed.
//!
//! The scripts are proven on a `redis-server`, whatever Kora does with them; `UPDATE_EXPECT=1`
//! writes their replies from it. Random histories are played by two servers, which must agree, and
//! by one that is made to lie, which must be found out. Kora's own part stands in `scripts.rs` and
//! `random.rs`.

use std::collections::BTreeSet;
use std::env;

use crate::support::Target;
use crate::support::exceptions;
use crate::support::grammar::Grammar;
use crate::support::history::Histories;
use crate::support::judge::{Leaves, Rule};
use crate::support::redis::{Connection, Redis};
use crate::support::reply::{self, Reply};
use crate::support::script::{Scope, Script, Step};

#[test]
fn every_script_is_true_of_redis() {
    let Some(redis) = Redis::start() else { return };
    let mut oracle = Oracle::new(&redis);
    let update = env::var_os("UPDATE_EXPECT").is_some();
    let mut problems = Vec::new();
    for script in Script::all() {
        oracle.connection.reset();
        let replies: Vec<Reply> = script.steps.iter().map(|step| oracle.reply(step)).collect();
        let verdicts = script.steps.iter().zip(&replies);
        if update {
            let expected: Vec<Reply> =
                verdicts.map(|(step, reply)| oracle.expectation(step, reply)).collect();
            script.rewrite(&expected);
        } else {
            let wrong = verdicts.filter_map(|(step, reply)| oracle.problem(&script, step, reply));
            problems.extend(wrong);
        }
    }
    assert!(problems.is_empty(), "{} replies differ:\n\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_command_has_a_script_and_a_grammar() {
    let scripts = Script::all();
    let shared = scripts.iter().filter(|script| !script.is_of_kora_only());
    let tested: BTreeSet<String> = shared.map(Script::command).collect();
    let grammar = Grammar::new();
    // What a script may be about without being about one command that histories can draw.
    let others = BTreeSet::from(["DATABASES".to_owned(), "UNKNOWN".to_owned()]);
    let drawn: BTreeSet<String> = grammar.commands().into_iter().map(str::to_owned).collect();
    let no_grammar: Vec<_> =
        tested.difference(&drawn).filter(|name| !others.contains(*name)).collect();
    let no_script: Vec<_> =
        drawn.difference(&tested).filter(|name| *name != "NOSUCHCOMMAND").collect();
    assert!(no_grammar.is_empty() && no_script.is_empty(), "{no_grammar:?} {no_script:?}");
}

#[test]
fn redis_agrees_with_another_redis() {
    let (Some(one), Some(other)) = (Redis::start(), Redis::start()) else {
        return;
    };
    let subject = || -> Box<dyn Target> {
        let mut connection = other.connect();
        connection.reset();
        Box::new(connection)
    };
    Histories::new(&one, &subject).check();
}

/// The rig must be able to fail: each of these lies is found out, and what is left of the history
/// is about it.
#[test]
fn lies_are_found_and_made_small() {
    const LIES: &[(&str, Lie)] = &[
        ("LRANGE", loses_the_last),
        ("SSCAN", loses_the_last_of_a_scan),
        ("SRANDMEMBER", invents_a_name),
        ("PEXPIRE", only_looks),
        ("SPOP", only_looks_for_one),
        ("LINSERT", panics),
    ];
    let (Some(one), Some(other)) = (Redis::start(), Redis::start()) else {
        return;
    };
    for &(command, lie) in LIES {
        let subject = || -> Box<dyn Target> {
            let mut connection = other.connect();
            connection.reset();
            Box::new(Liar { connection, command, lie })
        };
        let report = Histories::new(&one, &subject).find_failure(1, 20_000);
        let report = report.unwrap_or_else(|| panic!("a lie about {command} passes"));
        let commands = report.lines().filter(|line| line.starts_with("> ")).count();
        assert!(report.contains(command) && commands <= 8, "{command}:\n{report}");
    }
}

/// What a liar does in place of a command.
type Lie = fn(&mut Connection, &[Vec<u8>]) -> Reply;

/// A Redis that lies about one command.
struct Liar {
    connection: Connection,
    command: &'static str,
    lie: Lie,
}

impl Target for Liar {
    fn run(&mut self, words: &[Vec<u8>]) -> Reply {
        if words[0] == self.command.as_bytes() {
            (self.lie)(&mut self.connection, words)
        } else {
            self.connection.run(words)
        }
    }
}

fn loses_the_last(redis: &mut Connection, words: &[Vec<u8>]) -> Reply {
    let mut reply = redis.run(words);
    if let Reply::Array(elements) = &mut reply {
        elements.pop();
    }
    reply
}

fn loses_the_last_of_a_scan(redis: &mut Connection, words: &[Vec<u8>]) -> Reply {
    let mut reply = redis.run(words);
    if let Reply::Array(parts) = &mut reply {
        if let Some(Reply::Array(elements)) = parts.last_mut() {
            elements.pop();
        }
    }
    reply
}

fn invents_a_name(redis: &mut Connection, words: &[Vec<u8>]) -> Reply {
    let reply = redis.run(words);
    if reply.bytes().is_some() { Reply::bulk("nobody") } else { reply }
}

/// The right answer without the effect.
fn only_looks(redis: &mut Connection, words: &[Vec<u8>]) -> Reply {
    let reply = redis.run(words);
    if reply == Reply::Integer(1) {
        redis.run(&[b"PERSIST".to_vec(), words[1].clone()]);
    }
    reply
}

/// The same, for a pop.
fn only_looks_for_one(redis: &mut Connection, words: &[Vec<u8>]) -> Reply {
    let reply = redis.run(words);
    if let Reply::Bulk(member) = &reply {
        redis.run(&[b"SADD".to_vec(), words[1].clone(), member.clone()]);
    }
    reply
}

fn panics(_redis: &mut Connection, _words: &[Vec<u8>]) -> Reply {
    panic!("this panic is meant: the rig must survive it and report it")
}

/// The server that scripts are proven on.
struct Oracle {
    connection: Connection,
    is_before_7_2: bool,
}

impl Oracle {
    fn new(redis: &Redis) -> Self {
        let mut connection = redis.connect();
        let is_before_7_2 = connection.is_before_7_2();
        Self { connection, is_before_7_2 }
    }

    fn reply(&mut self, step: &Step) -> Reply {
        match step.marks.scope {
            Scope::Everywhere | Scope::Since72 => self.connection.run(&step.words).printed(),
            Scope::KoraOnly => step.expected.clone(),
        }
    }

    /// What is wrong with a reply: it differs, or it does not although a mark says so.
    fn problem(&self, script: &Script, step: &Step, reply: &Reply) -> Option<String> {
        let agrees = self.rule(step).agrees(&step.expected, reply);
        let should_agree = !(step.marks.scope == Scope::Since72 && self.is_before_7_2);
        (agrees != should_agree).then(|| script.problem(step, reply))
    }

    /// The rule of the script, but scores may be spelled as Redis 7.0 does.
    fn rule(&self, step: &Step) -> Rule {
        let rule = step.marks.rule;
        let old_scores = self.is_before_7_2 && exceptions::holds_scores(&step.words);
        if old_scores && rule.leaves == Leaves::Equal {
            Rule { leaves: Leaves::Doubles, ..rule }
        } else {
            rule
        }
    }

    /// What the script should say: what it says, where that is right or not ours to say; else the
    /// reply.
    fn expectation(&self, step: &Step, reply: &Reply) -> Reply {
        let settled = step.marks.scope == Scope::Since72 && self.is_before_7_2;
        if settled || self.rule(step).agrees(&step.expected, reply) {
            return step.expected.clone();
        }
        let reply = step.marks.rule.canonical(reply);
        let old_scores = self.is_before_7_2 && exceptions::holds_scores(&step.words);
        if old_scores { with_short_scores(reply) } else { reply }
    }
}

/// Spells the doubles of a reply as Redis 7.2 does; no member in the scripts looks like one with so
/// many digits.
fn with_short_scores(reply: Reply) -> Reply {
    const DIGITS_MIN: usize = 15;
    match reply {
        Reply::Array(elements) => {
            Reply::Array(elements.into_iter().map(with_short_scores).collect())
        }
        Reply::Bulk(bytes) if bytes.len() >= DIGITS_MIN || bytes.contains(&b'e') => {
            let value = std::str::from_utf8(&bytes).ok().and_then(|text| text.parse().ok());
            Reply::Bulk(value.map_or(bytes, |value| reply::shortest(value).into_bytes()))
        }
        Reply::Bulk(_) | Reply::Status(_) | Reply::Error(_) | Reply::Integer(_) => reply,
        Reply::Nil | Reply::NilArray => reply,
    }
}
