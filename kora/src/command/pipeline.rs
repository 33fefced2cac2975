//! Many commands in one go.
//!
//! A run of commands that each work on one key takes the leases of all their stripes at once
//! and prefetches every slot and block before the first command runs: the memory's latency
//! is paid once for the run instead of once a command. Replies, and the order in which others
//! can see the effects, are those of the commands one after another.

use crate::command::args::PlacedKey;
use crate::command::command::Command;
use crate::command::dispatch::{Call, run_batch};
use crate::command::response::CommandResponse;
use crate::command::words::{Span, Words};
use crate::command::{Flag, Run};
use crate::engine::Engine;
use crate::error::{Error, Result};

/// Commands that share one taking of leases: enough to hide latency, few enough to hold
/// the leases for some 10 us.
const BATCH_MAX: usize = 128;

/// Commands that wait for their turn, their words in one run of bytes.
#[derive(Debug)]
pub(crate) struct Queue {
    buffer: Vec<u8>,
    spans: Vec<Span>,
    commands: Vec<Queued>,
}

/// Where a command of a queue ends; it begins where the one before it ends.
#[derive(Clone, Copy, Debug, Default)]
struct Queued {
    buffer_end: usize,
    spans_end: usize,
    is_refused: bool,
}

impl Queue {
    /// An empty queue, with room for some tens of short commands.
    pub(crate) fn new() -> Queue {
        const COMMANDS: usize = 32;
        Queue {
            buffer: Vec::with_capacity(COMMANDS * 32),
            spans: Vec::with_capacity(COMMANDS * 3),
            commands: Vec::with_capacity(COMMANDS),
        }
    }

    /// Adds a command.
    #[inline]
    pub(crate) fn push(&mut self, command: &Command) {
        let words = command.words();
        let is_refused = words.is_err();
        if let Ok(words) = words {
            words.append_to(&mut self.buffer, &mut self.spans);
        }
        let (buffer_end, spans_end) = (self.buffer.len(), self.spans.len());
        self.commands.push(Queued { buffer_end, spans_end, is_refused });
    }

    fn calls(&self) -> impl Iterator<Item = Result<Call<'_>>> {
        let (mut begin, mut last) = (Queued::default(), None);
        self.commands.iter().map(move |end| {
            let buffer = &self.buffer[begin.buffer_end..end.buffer_end];
            let spans = &self.spans[begin.spans_end..end.spans_end];
            begin = *end;
            if end.is_refused {
                return Err(Command::too_large());
            }
            Call::find_again(Words::new(buffer, spans), &mut last)
        })
    }

    /// Runs the commands in order.
    pub(crate) fn run(&self, engine: &Engine, number: u8) -> Vec<Result<CommandResponse>> {
        let count = self.commands.len();
        let mut responses = Vec::with_capacity(count);
        let mut batch = Vec::with_capacity(count.min(BATCH_MAX));
        for call in self.calls() {
            match call {
                Ok(call) if matches!(call.spec.run, Run::Key(_)) => {
                    if let Some(placed) = call.key() {
                        engine.prefetch_lease(&placed.1);
                        batch.push((call, placed));
                    }
                    if batch.len() == BATCH_MAX {
                        flush(engine, number, &mut batch, &mut responses);
                    }
                }
                Ok(call) => {
                    flush(engine, number, &mut batch, &mut responses);
                    responses.push(call.run(engine, number));
                }
                Err(error) => {
                    flush(engine, number, &mut batch, &mut responses);
                    responses.push(Err(error));
                }
            }
        }
        flush(engine, number, &mut batch, &mut responses);
        responses
    }
}

fn flush(
    engine: &Engine,
    number: u8,
    batch: &mut Vec<(Call<'_>, PlacedKey<'_>)>,
    responses: &mut Vec<Result<CommandResponse>>,
) {
    if batch.is_empty() {
        return;
    }
    if batch.iter().any(|(call, _)| call.spec.is(Flag::DenyOom)) {
        engine.make_room();
    }
    let has_writes = batch.iter().any(|(call, _)| call.spec.is(Flag::Write));
    let writes = if has_writes { engine.admit_writes() } else { Ok(()) };
    let (keys, done) = (batch.iter().map(|(_, (_, key))| key), responses.len());
    let result = engine.together(number, keys.clone(), |transaction| {
        transaction.prefetch(keys.clone());
        run_batch(transaction, batch, responses, &writes);
        Ok(())
    });
    if let Err(error) = result {
        responses.truncate(done);
        responses.extend(batch.iter().map(|_| Err::<CommandResponse, Error>(error.clone())));
    }
    batch.clear();
}
