//! Random histories of commands: made, played against the oracle, and made small when they fail.
//!
//! A history starts on empty targets, so that a part of it is a history too; that is what shrinking
//! needs. One seed gives the same histories in the same order.

use super::Target;
use super::dice::{self, Dice};
use super::duel::{Duel, Mismatch};
use super::grammar::Grammar;
use super::redis::{Connection, Redis};
use super::words::Words;

/// Steps of one history: enough to meet full collections, few enough to shrink in a second.
const HISTORY_STEPS: usize = 1_000;

/// Steps of a test if nothing is asked for; a debug build plays some ten thousand a second.
const STEPS: u64 = 60_000;

/// A test that plays random histories against a real Redis.
pub(crate) struct Histories<'a> {
    grammar: Grammar,
    oracle: Connection,
    /// Makes an empty subject.
    subject: &'a dyn Fn() -> Box<dyn Target>,
}

impl<'a> Histories<'a> {
    pub(crate) fn new(redis: &Redis, subject: &'a dyn Fn() -> Box<dyn Target>) -> Self {
        Self { grammar: Grammar::new(), oracle: redis.connect(), subject }
    }

    /// Draws from some forms only.
    pub(crate) fn with(self, grammar: Grammar) -> Self {
        Self { grammar, ..self }
    }

    /// Has the oracle speak RESP3, as the subjects are to.
    pub(crate) fn in_resp3(mut self) -> Self {
        self.oracle.speak_resp3();
        self
    }

    /// Plays `KORA_RANDOM_STEPS` steps from `KORA_SEED`; fails with the smallest script it can
    /// find.
    #[expect(clippy::print_stderr, reason = "a random test says its seed, in case it never ends")]
    pub(crate) fn check(&mut self) {
        let steps = dice::number("KORA_RANDOM_STEPS").unwrap_or(STEPS);
        let seed = dice::seed();
        let again = format!("KORA_SEED={seed} KORA_RANDOM_STEPS={steps}");
        eprintln!("{again}");
        let report = self.find_failure(seed, steps);
        assert!(report.is_none(), "{again} finds this again:\n\n{}", report.unwrap_or_default());
    }

    /// The smallest failure of one that a seed finds, as a script and what is wrong in its end.
    pub(crate) fn find_failure(&mut self, seed: u64, steps: u64) -> Option<String> {
        let mut dice = Dice::new(seed);
        let mut left = usize::try_from(steps).expect("a count of steps fits");
        while left > 0 {
            let length = left.min(HISTORY_STEPS);
            left -= length;
            let mut history = self.grammar.history(&mut dice, length);
            if let Err(mismatch) = self.play(&history) {
                history.truncate(mismatch.played);
                return Some(self.report(history, &mismatch));
            }
        }
        None
    }

    fn play(&mut self, history: &[Words]) -> Result<(), Mismatch> {
        let mut subject = (self.subject)();
        Duel::new(subject.as_mut(), &mut self.oracle).play(history)
    }

    fn report(&mut self, history: Vec<Words>, found: &Mismatch) -> String {
        let mut fails = |history: &[Words]| self.play(history).is_err();
        let mut small = shrink(history, &mut fails);
        shrink_arguments(&mut small, &mut fails);
        let mut subject = (self.subject)();
        let duel = Duel::new(subject.as_mut(), &mut self.oracle);
        let (script, mismatch) = duel.transcribe(&small);
        let what = mismatch.map_or_else(
            || format!("the small script passed when played again; before, {}", found.what),
            |mismatch| mismatch.what,
        );
        format!("{script}\n{what}")
    }
}

/// Removes items while what is left still fails: halves first, single ones last.
pub(crate) fn shrink<T: Clone>(mut items: Vec<T>, mut fails: impl FnMut(&[T]) -> bool) -> Vec<T> {
    let mut width = items.len().div_ceil(2);
    while width > 0 {
        let length_before = items.len();
        let mut start = 0;
        while start < items.len() {
            let end = (start + width).min(items.len());
            let without = [&items[..start], &items[end..]].concat();
            if fails(&without) {
                items = without;
            } else {
                start = end;
            }
        }
        let again = width == 1 && items.len() < length_before;
        width = if again { 1 } else { width / 2 };
    }
    items
}

/// Removes arguments after the first, which is a key as a rule.
fn shrink_arguments(history: &mut [Words], mut fails: impl FnMut(&[Words]) -> bool) {
    for step in 0..history.len() {
        let words = history[step].clone();
        let (kept, rest) = words.split_at(words.len().min(2));
        let rest = shrink(rest.to_vec(), |rest| {
            history[step] = [kept, rest].concat();
            fails(history)
        });
        history[step] = [kept, rest.as_slice()].concat();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::words::command;

    #[test]
    fn shrinking_keeps_only_what_the_failure_needs() {
        let history: Vec<Words> = (0..100).map(|step| command(&format!("SET k {step}"))).collect();
        let needed = [history[3].clone(), history[50].clone(), history[99].clone()];
        let small = shrink(history, |steps| needed.iter().all(|step| steps.contains(step)));
        assert_eq!(small, needed);
    }

    #[test]
    fn shrinking_keeps_only_the_arguments_that_the_failure_needs() {
        let mut history = vec![command("SET a b"), command("SADD s a b c d e f g")];
        let needs_e = |steps: &[Words]| steps[1].contains(&b"e".to_vec());
        shrink_arguments(&mut history, needs_e);
        assert_eq!(history, [command("SET a"), command("SADD s e")]);
    }
}
