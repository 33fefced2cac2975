//! One history of commands, played by two targets: the subject and the oracle.
//!
//! Replies are compared after every step by the rules of `exceptions.rs`, and in the end everything
//! that is stored. The subject goes first, a run of steps at a time; the oracle is then asked about
//! the whole run at once, which is what makes a duel fast. Neither knows of the other.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Target;
use super::exceptions::{self, Treatment};
use super::redis::Connection;
use super::reply::Reply;
use super::words::{self, Words};

/// Two targets and what has happened between them.
pub(crate) struct Duel<'a> {
    subject: &'a mut dyn Target,
    oracle: &'a mut Connection,
    /// The oracle's part as a script, if asked for.
    transcript: Option<String>,
}

/// The first disagreement.
#[derive(Debug)]
pub(crate) struct Mismatch {
    /// How many steps were played, that of the disagreement included.
    pub(crate) played: usize,
    /// What was asked, what came back, and the rule it breaks.
    pub(crate) what: String,
}

/// A step that the subject has answered.
struct Turn<'a> {
    words: &'a Words,
    treatment: Treatment,
    answer: Reply,
    queries: Vec<Words>,
}

impl<'a> Duel<'a> {
    /// Steps that are played before the oracle is asked; larger runs are no faster.
    const RUN: usize = 256;

    /// Both start empty: the oracle is emptied here, the subject is new.
    pub(crate) fn new(subject: &'a mut dyn Target, oracle: &'a mut Connection) -> Self {
        oracle.reset();
        Self { subject, oracle, transcript: None }
    }

    /// Plays a history to its first disagreement, and writes down what the oracle was asked and
    /// said.
    pub(crate) fn transcribe(mut self, history: &[Words]) -> (String, Option<Mismatch>) {
        self.transcript = Some(String::new());
        let mismatch = self.play(history).err();
        (self.transcript.unwrap_or_default(), mismatch)
    }

    /// Plays a history and compares the replies and the final states.
    pub(crate) fn play(&mut self, history: &[Words]) -> Result<(), Mismatch> {
        let mut played = 0;
        for run in history.chunks(Self::RUN) {
            self.play_run(run, &mut played)?;
        }
        self.compare_states().map_err(|what| Mismatch { played, what })
    }

    fn play_run(&mut self, run: &[Words], played: &mut usize) -> Result<(), Mismatch> {
        let turns: Vec<Turn<'_>> = run.iter().map(|words| self.turn(words)).collect();
        let queries: Vec<Words> = turns.iter().flat_map(|turn| turn.queries.clone()).collect();
        let told = self.oracle.run_all(&queries);
        let mut told = told.as_slice();
        for turn in &turns {
            let (replies, rest) = told.split_at(turn.queries.len());
            told = rest;
            *played += 1;
            self.write_down(turn, replies);
            turn.judge(replies).map_err(|what| Mismatch { played: *played, what })?;
        }
        Ok(())
    }

    fn turn<'w>(&mut self, words: &'w Words) -> Turn<'w> {
        let treatment = exceptions::treatment(words);
        let answer = catch_unwind(AssertUnwindSafe(|| match treatment {
            Treatment::Compare(_) => self.subject.run(words),
            Treatment::Follow(pick) => pick.ask(words, &mut *self.subject).with_flat_pairs(),
        }));
        let answer = answer.unwrap_or_else(|_| Reply::Error("the subject panicked".to_owned()));
        let queries = match treatment {
            Treatment::Compare(_) => vec![words.clone()],
            Treatment::Follow(pick) => pick.queries(words, &answer),
        };
        Turn { words, treatment, answer, queries }
    }

    fn write_down(&mut self, turn: &Turn<'_>, replies: &[Reply]) {
        let Some(transcript) = &mut self.transcript else {
            return;
        };
        if turn.queries != [turn.words.clone()] {
            let command = words::line(turn.words);
            transcript.push_str(&format!("# `{command}` chose, and the oracle followed:\n"));
        }
        for (query, reply) in turn.queries.iter().zip(replies) {
            transcript.push_str(&format!("> {}\n{reply}\n", words::line(query)));
        }
    }

    /// Compares everything that is stored, by asking both for it.
    fn compare_states(&mut self) -> Result<(), String> {
        let all = words::command("KEYS *");
        let keys = self.oracle.run(&all);
        self.compare_now(&[all])?;
        let mut keys: Vec<&[u8]> =
            keys.elements().iter().flat_map(|keys| keys.iter()).filter_map(Reply::bytes).collect();
        keys.sort_unstable();
        for key in keys {
            let Reply::Status(kind) = self.oracle.run(&[b"TYPE".to_vec(), key.to_vec()]) else {
                return Err("TYPE answers with a status".to_owned());
            };
            self.compare_now(&questions(key, &kind))?;
        }
        Ok(())
    }

    /// Compares the replies to commands that change nothing.
    fn compare_now(&mut self, questions: &[Words]) -> Result<(), String> {
        let told = self.oracle.run_all(questions);
        for (words, told) in questions.iter().zip(told) {
            let turn = self.turn(words);
            turn.judge(&[told]).map_err(|what| format!("in the final state, {what}"))?;
        }
        Ok(())
    }
}

impl Turn<'_> {
    fn judge(&self, told: &[Reply]) -> Result<(), String> {
        let agree = match self.treatment {
            Treatment::Compare(rule) => rule.agrees(&self.answer, &told[0]),
            Treatment::Follow(pick) => {
                let told: Vec<Reply> = told.iter().cloned().map(Reply::with_flat_pairs).collect();
                pick.is_possible(self.words, &self.answer, &told)
            }
        };
        if agree { Ok(()) } else { Err(self.complaint(told)) }
    }

    fn complaint(&self, told: &[Reply]) -> String {
        let told: Vec<String> = told.iter().map(Reply::to_string).collect();
        let rule = exceptions::reason(self.words).map_or(String::new(), |why| {
            format!("compared as {:?}, because {why}\n", self.treatment)
        });
        let (command, answer) = (words::line(self.words), &self.answer);
        format!(
            "> {command}\nthe subject says:\n{answer}\nthe oracle says:\n{}\n{rule}",
            told.join("\n")
        )
    }
}

/// What tells all about a key.
fn questions(key: &[u8], kind: &str) -> Vec<Words> {
    let contents = match kind {
        "string" => "GET %",
        "hash" => "HGETALL %",
        "list" => "LRANGE % 0 -1",
        "set" => "SMEMBERS %",
        "zset" => "ZRANGE % 0 -1 WITHSCORES",
        _ => panic!("the histories make no {kind}"),
    };
    let ask = |line: &str| {
        let mut words = words::command(line);
        let place = words.iter().position(|word| word == b"%").expect("a question names a key");
        words[place] = key.to_vec();
        words
    };
    ["TYPE %", contents, "PTTL %", "OBJECT ENCODING %"].map(ask).to_vec()
}
