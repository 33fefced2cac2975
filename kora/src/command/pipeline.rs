//! Commands that wait for their turn, to run in one go; see `batch.rs` for how they run.

use crate::command::Spec;
use crate::command::batch::{Answers, BATCH_MAX, Batches};
use crate::command::command::Command;
use crate::command::dispatch::Call;
use crate::command::reply::Reply;
use crate::command::response::CommandResponse;
use crate::command::words::{Span, Words};
use crate::engine::Engine;
use crate::error::Result;

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

    /// Adds a command by its words.
    #[cfg(feature = "server")]
    pub(crate) fn push_words(&mut self, words: Words<'_>) {
        words.append_to(&mut self.buffer, &mut self.spans);
        let (buffer_end, spans_end) = (self.buffer.len(), self.spans.len());
        self.commands.push(Queued { buffer_end, spans_end, is_refused: false });
    }

    /// How many there are.
    #[cfg(feature = "server")]
    pub(crate) fn len(&self) -> usize {
        self.commands.len()
    }

    /// Bytes that they take.
    #[cfg(feature = "server")]
    pub(crate) fn bytes(&self) -> usize {
        self.buffer.len() + size_of_val(&self.spans[..]) + size_of_val(&self.commands[..])
    }

    /// The commands in order.
    pub(crate) fn calls(&self) -> impl Iterator<Item = Result<Call<'_>>> {
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
        let mut batches = Batches::new(engine, number, Responses::new(self.commands.len()));
        self.calls().for_each(|call| batches.push(call));
        batches.finish().responses
    }
}

/// Answers as values, in order.
struct Responses {
    reply: Reply,
    responses: Vec<Result<CommandResponse>>,
}

impl Responses {
    fn new(count: usize) -> Responses {
        Responses {
            reply: Reply::of_several(count.min(BATCH_MAX)),
            responses: Vec::with_capacity(count),
        }
    }
}

impl Answers for Responses {
    #[inline]
    fn reply(&mut self) -> &mut Reply {
        &mut self.reply
    }

    #[inline]
    fn end(&mut self, _: Option<&'static Spec>, result: Result<()>) {
        self.responses.push(match result {
            Ok(()) => Ok(self.reply.take_response()),
            Err(error) => {
                self.reply.clear();
                Err(error)
            }
        });
    }

    fn mark(&self) -> usize {
        self.responses.len()
    }

    fn rewind(&mut self, mark: usize) {
        self.reply.clear();
        self.responses.truncate(mark);
    }
}
