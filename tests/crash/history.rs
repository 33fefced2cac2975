//! Histories: what a program does with a database until its machine stops.
//!
//! Commands come from the grammar that the comparison with Redis uses; what that one cannot judge
//! (short times to live, databases that change places, choices) is added here, because a crash is
//! judged against the same run and not against another engine. A part of a history is a history.

use std::fmt;

use crate::deeds::Deed;
use crate::support::dice::Dice;
use crate::support::grammar::Grammar;
use crate::support::words::{self, Words};

/// Numbered databases that histories use.
pub(crate) const DATABASES: usize = 3;

/// One thing that a program does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A command in a numbered database; whether it waits for the disk whatever the mode.
    Run { number: usize, words: Words, durable: bool },
    /// Documents, collections or a transaction.
    Do { deed: Deed, durable: bool },
    /// Time passes, milliseconds.
    Advance(u64),
    /// What is due is removed.
    Expire,
    /// Everything so far becomes durable.
    Sync,
    /// A round of the keeper.
    Keep,
    /// A snapshot is taken; these run between its slices, each after so many of them.
    Snapshot(Vec<(usize, Step)>),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Run { number, words, durable } => {
                let durable = if *durable { " (durable)" } else { "" };
                write!(f, "[{number}] {}{durable}", words::line(words))
            }
            Step::Do { deed, durable } => {
                write!(f, "{deed}{}", if *durable { " (durable)" } else { "" })
            }
            Step::Advance(ms) => write!(f, "advance {ms} ms"),
            Step::Expire => write!(f, "expire"),
            Step::Sync => write!(f, "sync"),
            Step::Keep => write!(f, "keep"),
            Step::Snapshot(meanwhile) => {
                write!(f, "snapshot")?;
                meanwhile.iter().try_for_each(|(at, step)| write!(f, "\n  {at}: {step}"))
            }
        }
    }
}

/// Slices of a snapshot of [`DATABASES`] databases with 1024 stripes each, about.
const SLICES: usize = 1024 * DATABASES;

/// A source of histories.
#[derive(Debug)]
pub(crate) struct Histories {
    grammar: Grammar,
    /// Whether what chooses by chance is left out, and what is done in several steps.
    is_repeatable: bool,
}

impl Histories {
    pub(crate) fn new() -> Histories {
        Histories { grammar: Grammar::new(), is_repeatable: false }
    }

    /// Without commands that choose by chance, and without what is done in several steps.
    pub(crate) fn repeatable() -> Histories {
        Histories { is_repeatable: true, ..Histories::new() }
    }

    /// A history of so many steps.
    pub(crate) fn draw(&self, dice: &mut Dice, length: usize) -> Vec<Step> {
        if dice.percent(10) {
            return self.short(dice);
        }
        (0..length).map(|_| self.step(dice)).collect()
    }

    /// Little but snapshots, one after the other: what the one leaves the next one meets.
    fn short(&self, dice: &mut Dice) -> Vec<Step> {
        let mut history = vec![self.command(dice)];
        for _ in 0..3 + dice.below(3) {
            if dice.percent(50) {
                history.push(self.command(dice));
            }
            history.push(Step::Snapshot(Vec::new()));
        }
        history
    }

    fn step(&self, dice: &mut Dice) -> Step {
        match dice.below(100) {
            0..4 => Step::Advance(1 + dice.next() % 5_000),
            4..6 => Step::Expire,
            6..8 => Step::Sync,
            8..10 => Step::Keep,
            10..13 => self.snapshot(dice),
            13..18 if self.is_repeatable => self.snapshot(dice),
            18..38 => self.deed(dice),
            _ => self.command(dice),
        }
    }

    fn snapshot(&self, dice: &mut Dice) -> Step {
        let count = dice.below(12);
        // All of them before most slices are taken, now and then.
        let within = *dice.pick(&[8, SLICES / DATABASES, SLICES]);
        let mut places: Vec<usize> = (0..count).map(|_| dice.below(within)).collect();
        places.sort_unstable();
        if dice.percent(40) {
            return Step::Snapshot(places.into_iter().zip(about_one_key(dice)).collect());
        }
        let meanwhile = |at: usize| match dice.below(12) {
            0 => (at, Step::Expire),
            1 => (at, Step::Advance(1 + dice.next() % 5_000)),
            // Collections come first in a snapshot.
            2..5 => (at % 16, self.deed(dice)),
            _ => (at, self.command(dice)),
        };
        let mut meanwhile: Vec<(usize, Step)> = places.into_iter().map(meanwhile).collect();
        meanwhile.sort_by_key(|(at, _)| *at);
        Step::Snapshot(meanwhile)
    }

    fn deed(&self, dice: &mut Dice) -> Step {
        let deed = loop {
            let deed = Deed::draw(dice);
            // What is done in several steps may be done by half when the disk fails.
            if !(self.is_repeatable && deed.has_steps()) {
                break deed;
            }
        };
        Step::Do { deed, durable: dice.percent(5) }
    }

    fn command(&self, dice: &mut Dice) -> Step {
        let words = loop {
            let words = match dice.below(10) {
                0..2 => more(dice),
                _ => self.grammar.history(dice, 1).remove(0),
            };
            if !(is_reading(&words) || (self.is_repeatable && is_choosing(&words))) {
                break words;
            }
        };
        // Most in one database, so that they meet each other's keys.
        let number = if dice.percent(70) { 0 } else { dice.below(DATABASES) };
        Step::Run { number, words, durable: dice.percent(5) }
    }
}

/// Commands about one key: it changes, goes and comes back, in any order. What a snapshot has of
/// such a key depends on when its slice is taken.
fn about_one_key(dice: &mut Dice) -> Vec<Step> {
    let key = format!("list{}", dice.below(3));
    let lines = (0..12).map(|_| match dice.below(9) {
        0 => format!("PEXPIRE {key} {}", 1_000 + dice.below(8_000)),
        1..3 => format!("DEL {key}"),
        3 => format!("MOVE {key} {}", dice.below(DATABASES)),
        4 => format!("LPOP {key}"),
        5 => format!("RENAME {key} list{}", dice.below(3)),
        6 => format!("SWAPDB 0 {}", dice.below(DATABASES)),
        _ => format!("RPUSH {key} {}", dice.below(100)),
    });
    lines
        .map(|line| Step::Run { number: 0, words: words::command(&line), durable: false })
        .collect()
}

/// Commands beside those of the grammar.
fn more(dice: &mut Dice) -> Words {
    const KINDS: &[&str] = &["string", "hash", "list", "set", "zset"];
    let key = format!("{}{}", dice.pick(KINDS), dice.below(3));
    let (digit, other) = (dice.below(DATABASES), dice.below(DATABASES));
    let line = match dice.below(16) {
        0..2 => format!("SWAPDB {digit} {other}"),
        2 => format!("MOVE {key} {digit}"),
        3 => format!("COPY {key} {key} DB {digit} REPLACE"),
        4..6 => format!("PEXPIRE {key} {}", 1 + dice.below(8_000)),
        6 => format!("SET string{} short PX {}", dice.below(3), 1 + dice.below(8_000)),
        7 => format!("GETEX string{} PX {}", dice.below(3), 1 + dice.below(8_000)),
        8 => format!("RENAME {key} {}{}", dice.pick(KINDS), dice.below(3)),
        9 => format!("DEL {key}"),
        10 => format!("RPUSH list{} {}", dice.below(3), "x".repeat(dice.below(3_000))),
        11 => format!("SET string{} {}", dice.below(3), "y".repeat(dice.below(9_000))),
        12 => format!("APPEND string{} {}", dice.below(3), dice.below(100_000)),
        13 => format!("MSET string0 {digit} string1 {digit} string2 {digit}"),
        14 => format!("INCR counter{digit}"),
        _ => format!("LMOVE list{digit} list{other} LEFT RIGHT"),
    };
    words::command(&line)
}

/// Commands that change nothing, whatever the words behind the name.
fn is_reading(words: &Words) -> bool {
    const READING: &[&str] = &[
        "EXISTS",
        "TYPE",
        "TTL",
        "PTTL",
        "EXPIRETIME",
        "PEXPIRETIME",
        "RANDOMKEY",
        "SCAN",
        "KEYS",
        "OBJECT",
        "DBSIZE",
        "SORT_RO",
        "GET",
        "MGET",
        "STRLEN",
        "GETRANGE",
        "SUBSTR",
        "LCS",
        "HGET",
        "HMGET",
        "HGETALL",
        "HEXISTS",
        "HLEN",
        "HSTRLEN",
        "HKEYS",
        "HVALS",
        "HRANDFIELD",
        "HSCAN",
        "LLEN",
        "LRANGE",
        "LINDEX",
        "LPOS",
        "SMEMBERS",
        "SISMEMBER",
        "SMISMEMBER",
        "SCARD",
        "SRANDMEMBER",
        "SINTER",
        "SINTERCARD",
        "SUNION",
        "SDIFF",
        "SSCAN",
        "ZCARD",
        "ZSCORE",
        "ZMSCORE",
        "ZRANK",
        "ZREVRANK",
        "ZRANGE",
        "ZREVRANGE",
        "ZRANGEBYSCORE",
        "ZREVRANGEBYSCORE",
        "ZRANGEBYLEX",
        "ZREVRANGEBYLEX",
        "ZCOUNT",
        "ZLEXCOUNT",
        "ZRANDMEMBER",
        "ZUNION",
        "ZINTER",
        "ZDIFF",
        "ZINTERCARD",
        "ZSCAN",
        "TOUCH",
        "NOSUCHCOMMAND",
    ];
    READING.iter().any(|name| words[0].eq_ignore_ascii_case(name.as_bytes()))
}

fn is_choosing(words: &Words) -> bool {
    words[0].eq_ignore_ascii_case(b"SPOP")
}
