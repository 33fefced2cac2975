//! Every example runs and prints what it says, through every door: one by one, in a pipeline,
//! in transactions, awaited, and awaited while the stripes are busy.

use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::lines::fits;
use super::{SHARD_COUNTS, command, each, holds, on_disk, run, shown};
use crate::command::Spec;
use crate::command::command::Command;
use crate::command::response::CommandResponse;
use crate::database::Database;
use crate::error::{Error, Result};

/// Runs the examples of every entry on databases of their own and compares the replies.
#[track_caller]
fn check(door: impl Fn(&Database, &[&'static str]) -> Vec<Result<CommandResponse>>) {
    for shards in SHARD_COUNTS {
        holds(&each(|spec| {
            if is_about_connections(spec) {
                return Vec::new();
            }
            let lines: Vec<&str> = spec.doc.examples.iter().map(|(line, _)| *line).collect();
            complaints(spec, &door(&on_disk(shards), &lines))
        }));
    }
}

/// Whether a command is for connections only: `wire.rs` has its examples.
#[cfg(feature = "server")]
fn is_about_connections(spec: &Spec) -> bool {
    use crate::command::Run::{Server, Session};
    matches!(spec.run, Session(_) | Server(_))
}

#[cfg(not(feature = "server"))]
fn is_about_connections(_: &Spec) -> bool {
    false
}

fn complaints(spec: &Spec, answers: &[Result<CommandResponse>]) -> Vec<String> {
    assert_eq!(answers.len(), spec.doc.examples.len(), "{}: an answer for every line", spec.name);
    let pairs = spec.doc.examples.iter().zip(answers);
    let wrong = pairs.filter(|((_, expected), answer)| !fits(expected, &shown(answer)));
    wrong
        .map(|((line, expected), answer)| {
            format!("> {line}\nexpected:\n{expected}\nanswered:\n{}", shown(answer))
        })
        .collect()
}

#[test]
fn examples_print_what_they_say() {
    check(|db, lines| lines.iter().map(|line| run(db, line)).collect());
}

#[test]
fn examples_print_the_same_in_a_pipeline() {
    check(|db, lines| {
        let pipeline =
            lines.iter().fold(db.pipeline(), |pipeline, line| pipeline.push(command(line)));
        pipeline.run()
    });
}

#[test]
fn examples_print_the_same_when_awaited() {
    check(|db, lines| {
        let db = db.asynchronous();
        lines.iter().map(|line| block_on(db.execute(command(line)))).collect()
    });
}

/// A command that may be one step of a transaction does there what it does alone.
#[test]
fn examples_print_the_same_in_transactions() {
    check(|db, lines| {
        let step = |line: &&str| match db.transaction(|tx| tx.execute(command(line))) {
            Err(Error::NotInTransaction) => run(db, line),
            answer => answer,
        };
        lines.iter().map(step).collect()
    });
}

/// With its stripes held by somebody else a call takes the other way: its words are queued, and
/// the shard's thread runs them.
#[test]
fn examples_print_the_same_when_queued() {
    check(|db, lines| lines.iter().map(|line| queued(db, command(line))).collect());
}

/// Starts a call while every stripe is held, and lets the stripes go.
fn queued(db: &Database, command: Command) -> Result<CommandResponse> {
    let (held, is_held) = channel();
    let (let_go, is_let_go) = channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            db.engine()
                .everywhere(0, |_| {
                    held.send(()).expect("the test waits");
                    is_let_go.recv().expect("the test lets go");
                    Ok(())
                })
                .expect("nothing is done");
        });
        is_held.recv().expect("the stripes are held");
        let db = db.asynchronous();
        let mut call = pin!(db.execute(command));
        let first = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let_go.send(()).expect("the holder waits");
        match first {
            Poll::Ready(answer) => answer,
            Poll::Pending => block_on(call),
        }
    })
}

/// Awaits without a runtime: the thread sleeps until it is woken.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
