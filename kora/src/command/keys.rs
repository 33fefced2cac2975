//! Where the keys stand among a command's words.

use crate::command::words::Words;
use crate::text::integer::parse_i64;

/// Where the keys stand. Positions count words; the name is word 0 (a subcommand's is word 1).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keys {
    /// There are none.
    None,
    /// One key: `GET key`.
    At(usize),
    /// Keys at `first`, and every `step` words, up to the end less `tail` words:
    /// `MSET key value [key value ...]`.
    Range {
        /// The first key.
        first: usize,
        /// Words at the end that are no keys.
        tail: usize,
        /// Words from one key to the next.
        step: usize,
    },
    /// Two keys, one after the other: `RENAME key newkey`.
    Two(usize),
    /// A number, then so many keys: `ZUNION numkeys key [key ...]`.
    Counted {
        /// Where the number stands.
        at: usize,
    },
    /// A key, then a number and so many keys: `ZUNIONSTORE destination numkeys key [key ...]`.
    CountedInto {
        /// Where the destination stands.
        destination: usize,
    },
    /// A key, and another behind an option: `SORT key ... STORE destination`.
    AtAndOption(usize, &'static str),
}

impl Keys {
    /// Calls `each` with the position of every key, in order. Positions that the words do not
    /// have, and counts that are no numbers, are left for the command to refuse.
    #[inline]
    pub(crate) fn positions(self, words: Words<'_>, mut each: impl FnMut(usize)) {
        match self {
            Keys::None => {}
            Keys::At(at) => each(at),
            Keys::Range { first, tail, step } => {
                (first..words.len().saturating_sub(tail)).step_by(step).for_each(each);
            }
            Keys::Two(at) => (at..at + 2).for_each(each),
            Keys::Counted { at } => counted(words, at).for_each(each),
            Keys::CountedInto { destination } => {
                each(destination);
                counted(words, destination + 1).for_each(each);
            }
            Keys::AtAndOption(at, option) => {
                each(at);
                let is_option = |word: &[u8]| word.eq_ignore_ascii_case(option.as_bytes());
                for (offset, word) in words.from(at + 1).enumerate() {
                    if is_option(word) && at + offset + 2 < words.len() {
                        each(at + offset + 2);
                    }
                }
            }
        }
    }

    /// First key, last key (negative from the end) and step, as COMMAND INFO has them.
    pub(crate) fn legacy(self) -> (i64, i64, i64) {
        match self {
            Keys::None | Keys::Counted { .. } => (0, 0, 0),
            Keys::At(at) | Keys::AtAndOption(at, _) => (signed(at), signed(at), 1),
            Keys::Range { first, tail, step } => (signed(first), -1 - signed(tail), signed(step)),
            Keys::Two(at) => (signed(at), signed(at) + 1, 1),
            Keys::CountedInto { destination } => (signed(destination), signed(destination), 1),
        }
    }

    /// Whether the count of keys in the words, if there is one, fits the words that follow it.
    pub(crate) fn fit(self, words: Words<'_>) -> bool {
        let at = match self {
            Keys::Counted { at } => at,
            Keys::CountedInto { destination } => destination + 1,
            Keys::None
            | Keys::At(_)
            | Keys::Range { .. }
            | Keys::Two(_)
            | Keys::AtAndOption(..) => {
                return true;
            }
        };
        let count = words.get(at).and_then(parse_i64).and_then(|n| usize::try_from(n).ok());
        count.is_some_and(|count| count > 0 && count < words.len() - at)
    }

    /// Whether the words themselves say where the keys stand.
    pub(crate) fn are_movable(self) -> bool {
        match self {
            Keys::None | Keys::At(_) | Keys::Range { .. } | Keys::Two(_) => false,
            Keys::Counted { .. } | Keys::CountedInto { .. } | Keys::AtAndOption(..) => true,
        }
    }
}

/// What a command does with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reads what is there.
    Read,
    /// May read what is there and change it.
    Change,
    /// Gives it a value, whatever was there.
    Overwrite,
}

/// Where the first of some keys stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// At this position.
    Index(usize),
    /// Behind this word, which is looked for from a position on.
    Keyword(&'static str, usize),
}

/// How the others of them follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    /// To the last, `step` words from one to the next; `last` counts from the first, or from
    /// the end when it is negative.
    Range {
        /// The last key.
        last: i64,
        /// Words from one key to the next.
        step: usize,
    },
    /// At the beginning is a number, then so many keys.
    Counted,
}

/// Some keys of a command, as COMMAND INFO describes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeySpec {
    pub(crate) access: Access,
    pub(crate) begin: Begin,
    pub(crate) follow: Follow,
}

impl Keys {
    /// What a command does with its `nth` key. Known as far as the entry says it: whether
    /// the command writes, and which key is a destination.
    pub(crate) fn access(self, nth: usize, writes: bool) -> Access {
        match self {
            _ if !writes => Access::Read,
            Keys::CountedInto { .. } if nth == 0 => Access::Overwrite,
            Keys::AtAndOption(..) if nth > 0 => Access::Overwrite,
            Keys::CountedInto { .. } | Keys::AtAndOption(..) => Access::Read,
            Keys::None | Keys::At(_) | Keys::Range { .. } | Keys::Two(_) | Keys::Counted { .. } => {
                Access::Change
            }
        }
    }

    /// The keys in the terms of COMMAND INFO.
    pub(crate) fn specs(self, writes: bool) -> Vec<KeySpec> {
        let one = Follow::Range { last: 0, step: 1 };
        let spec = |nth, begin, follow| KeySpec { access: self.access(nth, writes), begin, follow };
        match self {
            Keys::None => Vec::new(),
            Keys::At(at) => vec![spec(0, Begin::Index(at), one)],
            // A source and a destination, which Redis describes apart.
            Keys::Two(at) if writes => {
                vec![spec(0, Begin::Index(at), one), spec(1, Begin::Index(at + 1), one)]
            }
            Keys::Two(at) => {
                vec![spec(0, Begin::Index(at), Follow::Range { last: 1, step: 1 })]
            }
            Keys::Range { first, tail, step } => {
                vec![spec(0, Begin::Index(first), Follow::Range { last: -1 - signed(tail), step })]
            }
            Keys::Counted { at } => vec![spec(0, Begin::Index(at), Follow::Counted)],
            Keys::CountedInto { destination } => vec![
                spec(0, Begin::Index(destination), one),
                spec(1, Begin::Index(destination + 1), Follow::Counted),
            ],
            Keys::AtAndOption(at, option) => {
                vec![spec(0, Begin::Index(at), one), spec(1, Begin::Keyword(option, at + 1), one)]
            }
        }
    }
}

fn signed(position: usize) -> i64 {
    i64::try_from(position).expect("positions are small")
}

fn counted(words: Words<'_>, at: usize) -> std::ops::Range<usize> {
    let count = words.get(at).and_then(parse_i64).and_then(|n| usize::try_from(n).ok());
    let end = count.unwrap_or(0).saturating_add(at + 1).min(words.len());
    at + 1..end.max(at + 1)
}
