//! How a command is written, as far as its entry tells: by its arity and by where its keys
//! stand. `key`, `numkeys` and option words are told apart; everything else is `arg`.
//!
//! The whole grammar is in the command's function, which alone knows it; where the command is none
//! of Redis's, its entry says it for people.

use crate::command::{Arity, Keys, Spec};

/// A command as it is written: `MSET key arg [key arg ...]`.
pub(crate) fn syntax(spec: &Spec) -> String {
    if let Arity::Written { words, .. } = spec.arity {
        return format!("{} {words}", spec.name).trim_end().to_owned();
    }
    let (least, is_open) = spec.arity.bounds();
    let mut parts = vec![spec.name.to_owned()];
    for at in spec.name_words()..least {
        parts.push(word(spec.keys, at, least).to_owned());
        parts.extend(repetition(spec.keys, at, least));
    }
    if is_open {
        parts.extend(rest(spec.keys));
    }
    parts.join(" ")
}

/// What stands at a position that the arity demands.
fn word(keys: Keys, at: usize, least: usize) -> &'static str {
    let is_key = match keys {
        Keys::None => false,
        Keys::At(key) | Keys::AtAndOption(key, _) => at == key,
        Keys::Two(first) => at == first || at == first + 1,
        Keys::Range { first, tail, step } => {
            at >= first && at + tail < least && (at - first) % step == 0
        }
        Keys::Counted { at: count } if at == count => return "numkeys",
        Keys::Counted { at: count } => at == count + 1,
        Keys::CountedInto { destination } if at == destination + 1 => return "numkeys",
        Keys::CountedInto { destination } => at == destination || at == destination + 2,
    };
    if is_key { "key" } else { "arg" }
}

/// What may be repeated behind a position.
fn repetition(keys: Keys, at: usize, least: usize) -> Option<String> {
    match keys {
        Keys::Range { tail, step, .. } if at + tail + 1 == least => {
            Some(format!("[key{} ...]", " arg".repeat(step - 1)))
        }
        Keys::Counted { at: count } if at == count + 1 => Some("[key ...]".to_owned()),
        Keys::CountedInto { destination } if at == destination + 2 => Some("[key ...]".to_owned()),
        Keys::None
        | Keys::At(_)
        | Keys::AtAndOption(..)
        | Keys::Two(_)
        | Keys::Range { .. }
        | Keys::Counted { .. }
        | Keys::CountedInto { .. } => None,
    }
}

/// What may follow the words that the arity demands.
fn rest(keys: Keys) -> Option<String> {
    match keys {
        Keys::Range { .. } => None,
        Keys::AtAndOption(_, option) => Some(format!("[{option} key] [arg ...]")),
        Keys::None
        | Keys::At(_)
        | Keys::Two(_)
        | Keys::Counted { .. }
        | Keys::CountedInto { .. } => Some("[arg ...]".to_owned()),
    }
}
