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
        let n = |n: usize| i64::try_from(n).expect("positions are small");
        match self {
            Keys::None | Keys::Counted { .. } => (0, 0, 0),
            Keys::At(at) | Keys::AtAndOption(at, _) => (n(at), n(at), 1),
            Keys::Range { first, tail, step } => (n(first), -1 - n(tail), n(step)),
            Keys::Two(at) => (n(at), n(at) + 1, 1),
            Keys::CountedInto { destination } => (n(destination), n(destination), 1),
        }
    }

    /// Whether the words themselves say where the keys stand.
    pub(crate) fn are_movable(self) -> bool {
        match self {
            Keys::None | Keys::At(_) | Keys::Range { .. } | Keys::Two(_) => false,
            Keys::Counted { .. } | Keys::CountedInto { .. } | Keys::AtAndOption(..) => true,
        }
    }
}

fn counted(words: Words<'_>, at: usize) -> std::ops::Range<usize> {
    let count = words.get(at).and_then(parse_i64).and_then(|n| usize::try_from(n).ok());
    let end = count.unwrap_or(0).saturating_add(at + 1).min(words.len());
    at + 1..end.max(at + 1)
}
