//! Where Kora and a real Redis may answer differently, each with its reason.
//!
//! A command that is not named here must get the same reply, to the byte, from both. What the
//! random histories leave out, because no rule could judge it, is said in `grammar/commands.rs`.

use super::judge::{Leaves, Order, Rule};
use super::picks::Pick;

/// How the replies to a command are compared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Treatment {
    /// Both run the command.
    Compare(Rule),
    /// Kora chooses; the oracle is asked whether the choice was possible, and follows it.
    Follow(Pick),
}

/// Commands that are compared in a special way.
struct Exception {
    /// With its subcommand, if it has one.
    commands: &'static [&'static str],
    /// Which calls of them.
    applies: fn(&[Vec<u8>]) -> bool,
    treatment: Treatment,
    /// Why; a failure prints it.
    why: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        commands: &["KEYS", "SMEMBERS", "HKEYS", "HVALS", "SINTER", "SUNION", "SDIFF"],
        applies: always,
        treatment: compare(Order::Any, Leaves::Equal),
        why: "the order is that of a hash table with a seed of its own",
    },
    Exception {
        commands: &["HGETALL"],
        applies: always,
        treatment: compare(Order::AnyPairs, Leaves::Equal),
        why: "the order is that of a hash table with a seed of its own",
    },
    Exception {
        commands: &["SORT", "SORT_RO"],
        applies: keeps_ties_and_has_limit,
        treatment: compare(Order::Given, Leaves::Kind),
        why: "the hash table chooses which elements without an order stand before the cut",
    },
    Exception {
        commands: &["SORT", "SORT_RO"],
        applies: keeps_ties,
        treatment: compare(Order::Any, Leaves::Equal),
        why: "BY without sorting, or by equal texts, leaves the order of the hash table",
    },
    Exception {
        commands: &["TTL", "EXPIRETIME"],
        applies: always,
        treatment: compare(Order::Given, Leaves::Within(5.0)),
        why: "the two are asked at different times, in seconds",
    },
    Exception {
        commands: &["PTTL", "PEXPIRETIME"],
        applies: always,
        treatment: compare(Order::Given, Leaves::Within(5_000.0)),
        why: "the two are asked at different times, in milliseconds",
    },
    Exception {
        commands: &["OBJECT IDLETIME", "OBJECT REFCOUNT"],
        applies: always,
        treatment: compare(Order::Given, Leaves::Kind),
        why: "the number tells about the memory of one server, not about the data",
    },
    Exception {
        commands: &["OBJECT ENCODING"],
        applies: always,
        treatment: compare(Order::Given, Leaves::Encodings),
        why: "Kora names the encodings of Redis 7.2, see ENCODINGS",
    },
    Exception {
        commands: &["LPOS"],
        applies: has_smallest_integer,
        treatment: compare(Order::Given, Leaves::Anything),
        why: "Redis 7.0 negates the rank and overflows, Redis 7.2 and Kora refuse it",
    },
    Exception {
        commands: &["ZRANK", "ZREVRANK"],
        applies: has_a_fourth_word,
        treatment: compare(Order::Given, Leaves::Anything),
        why: "WITHSCORE, and with it the error for anything else, came with Redis 7.2",
    },
    Exception {
        commands: SCORED,
        applies: always,
        treatment: compare(Order::Given, Leaves::Doubles),
        why: "Redis 7.0 prints 17 digits, Redis 7.2 and Kora the fewest that read back",
    },
    Exception {
        commands: &["SPOP"],
        applies: always,
        treatment: Treatment::Follow(Pick::Popped),
        why: "any member may go; the oracle removes the one that Kora chose",
    },
    Exception {
        commands: &["SRANDMEMBER"],
        applies: always,
        treatment: Treatment::Follow(Pick::Members),
        why: "any member may be named",
    },
    Exception {
        commands: &["HRANDFIELD"],
        applies: always,
        treatment: Treatment::Follow(Pick::Fields),
        why: "any field may be named",
    },
    Exception {
        commands: &["ZRANDMEMBER"],
        applies: always,
        treatment: Treatment::Follow(Pick::Scored),
        why: "any member may be named",
    },
    Exception {
        commands: &["RANDOMKEY"],
        applies: always,
        treatment: Treatment::Follow(Pick::Key),
        why: "any key may be named",
    },
    Exception {
        commands: &["SCAN", "HSCAN", "SSCAN", "ZSCAN"],
        applies: always,
        treatment: Treatment::Follow(Pick::Scanned),
        why: "cursors are private to a server; only the elements of a whole scan are defined",
    },
];

/// Commands whose bulk replies hold scores.
const SCORED: &[&str] = &[
    "ZADD",
    "ZINCRBY",
    "ZSCORE",
    "ZMSCORE",
    "ZRANK",
    "ZREVRANK",
    "ZRANGE",
    "ZREVRANGE",
    "ZRANGEBYSCORE",
    "ZREVRANGEBYSCORE",
    "ZPOPMIN",
    "ZPOPMAX",
    "ZMPOP",
    "ZUNION",
    "ZINTER",
    "ZDIFF",
];

/// Two names for how one value is held.
pub(crate) struct EncodingPair {
    pub(crate) newer: &'static [u8],
    pub(crate) older: &'static [u8],
}

/// Encodings that Kora and Redis 7.0 name differently. The scripts say exactly when which one is
/// used.
pub(crate) const ENCODINGS: &[EncodingPair] = &[
    // Redis 7.2 holds short lists and small sets in listpacks, which Redis 7.0 did not.
    EncodingPair { newer: b"listpack", older: b"quicklist" },
    EncodingPair { newer: b"listpack", older: b"hashtable" },
    // SPOP with a count may build the set anew from what is left; the oracle, which follows,
    // removes instead.
    EncodingPair { newer: b"intset", older: b"hashtable" },
    // SORT, though it only reads, makes Redis turn a sorted set into a skiplist.
    EncodingPair { newer: b"listpack", older: b"skiplist" },
];

/// How the replies to this call are compared.
pub(crate) fn treatment(words: &[Vec<u8>]) -> Treatment {
    find(words).map_or(Treatment::Compare(Rule::EXACT), |exception| exception.treatment)
}

/// Why the replies to this call are compared in a special way, if they are.
pub(crate) fn reason(words: &[Vec<u8>]) -> Option<&'static str> {
    find(words).map(|exception| exception.why)
}

/// Whether scores in the reply to this call are spelled differently before Redis 7.2.
pub(crate) fn holds_scores(words: &[Vec<u8>]) -> bool {
    SCORED.iter().any(|command| names(command, words))
        || names("ZSCAN", words)
        || names("ZRANDMEMBER", words)
}

fn find(words: &[Vec<u8>]) -> Option<&'static Exception> {
    let named = |exception: &&Exception| exception.commands.iter().any(|name| names(name, words));
    EXCEPTIONS.iter().filter(named).find(|exception| (exception.applies)(words))
}

/// Whether the call starts with these words.
fn names(command: &str, words: &[Vec<u8>]) -> bool {
    let mut given = words.iter();
    let mut next_is = |part: &str| given.next().is_some_and(|word| is(word, part));
    command.split(' ').all(&mut next_is)
}

fn is(word: &[u8], text: &str) -> bool {
    word.eq_ignore_ascii_case(text.as_bytes())
}

fn always(_words: &[Vec<u8>]) -> bool {
    true
}

/// SORT BY without a `*` does not sort; BY with ALPHA does not order elements whose texts are
/// equal.
fn keeps_ties(words: &[Vec<u8>]) -> bool {
    let Some(by) = words.iter().position(|word| is(word, "BY")) else {
        return false;
    };
    let sorts = words.get(by + 1).is_some_and(|pattern| pattern.contains(&b'*'));
    !sorts || words.iter().any(|word| is(word, "ALPHA"))
}

fn keeps_ties_and_has_limit(words: &[Vec<u8>]) -> bool {
    keeps_ties(words) && words.iter().any(|word| is(word, "LIMIT"))
}

fn has_smallest_integer(words: &[Vec<u8>]) -> bool {
    words.iter().any(|word| is(word, "-9223372036854775808"))
}

fn has_a_fourth_word(words: &[Vec<u8>]) -> bool {
    words.len() == 4
}

const fn compare(order: Order, leaves: Leaves) -> Treatment {
    Treatment::Compare(Rule { order, leaves })
}
