//! One connection: bytes in, commands run, bytes out.
//!
//! A turn reads once, runs what requests there are, and leaves their answers to be sent in one
//! piece. Between turns a connection that has nothing half done has no buffer of its own: requests
//! are read where the thread's one buffer has them, and answers go out of a buffer that is lent.
//!
//! Invariant: `unread` begins where a request does, and `unsent` holds whole answers.

use std::io::{self, Read, Write};
use std::time::Duration;

use crate::command::reply::{Protocol, Wire};
use crate::server::Shared;
use crate::server::layered::Layered;
use crate::server::request::{Progress, ProtocolError, Requests, Unfinished};
use crate::server::stream::Stream;
use crate::session::{Context, Session};

/// Bytes read at once: what a pipeline of some hundred commands takes.
const INPUT_BYTES: usize = 64 << 10;

/// Bytes of answers that a client may leave that has not said who it is.
const STRANGER_UNSENT_MAX: usize = 64 << 10;

/// A buffer for answers is lent again when it has grown no larger than this.
const LENT_BYTES_MAX: usize = 256 << 10;

/// What the connections of one thread use in turn.
#[derive(Debug)]
pub(super) struct Room {
    input: Box<[u8]>,
    requests: Requests,
    /// Memory for answers that nobody uses just now.
    output: Vec<u8>,
}

impl Room {
    pub(super) fn new() -> Room {
        let input = vec![0; INPUT_BYTES].into_boxed_slice();
        Room { input, requests: Requests::default(), output: Vec::new() }
    }
}

/// What is to be done with a connection next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing before its socket has something new.
    Wait,
    /// Another turn, when others have had theirs.
    Again,
    /// It has ended.
    End,
}

/// A client, as the thread knows it that serves it.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: Stream,
    pub(super) session: Session,
    /// What its commands go through, if the server has layers.
    layers: Option<Box<Layered>>,
    /// What came of requests that were not run.
    unread: Vec<u8>,
    unfinished: Unfinished,
    /// Answers, and how much of them was sent.
    unsent: Vec<u8>,
    sent: usize,
    /// How much of the answers may be sent; the others wait for the disk.
    settled: usize,
    /// Since when it takes nothing of them.
    stalled: Option<Duration>,
    /// Whether the socket may have more.
    can_read: bool,
    /// Whether the other end sends nothing more.
    is_half_closed: bool,
    /// Whether there are requests in `unread` that nothing has to come for.
    has_requests: bool,
    /// Whether it is to have a turn that no event will tell of.
    pub(super) is_due: bool,
    /// Whether the thread is told when the socket takes more.
    pub(super) watches_writing: bool,
}

impl Connection {
    pub(super) fn new(
        stream: Stream,
        session: Session,
        layers: Option<Box<Layered>>,
    ) -> Connection {
        Connection {
            stream,
            session,
            layers,
            unread: Vec::new(),
            unfinished: Unfinished::default(),
            unsent: Vec::new(),
            sent: 0,
            settled: 0,
            stalled: None,
            // What came before anybody watched is told of when it is first watched.
            can_read: false,
            is_half_closed: false,
            has_requests: false,
            is_due: false,
            watches_writing: false,
        }
    }

    /// Notes that the socket has something new.
    pub(super) fn note_readable(&mut self, is_half_closed: bool) {
        self.can_read = true;
        self.is_half_closed |= is_half_closed;
    }

    /// Whether answers are left to be sent.
    pub(super) fn has_unsent(&self) -> bool {
        self.sent < self.unsent.len()
    }

    /// Reads, once, and runs what is there. The answers are left in `unsent`.
    pub(super) fn turn(&mut self, room: &mut Room, shared: &Shared) -> Next {
        if self.session.is_closing {
            return Next::Wait;
        }
        if self.session.is_stopped() {
            return self.read_ahead(room, shared);
        }
        let mut came = 0;
        if !self.has_requests {
            if !self.can_read {
                return Next::Wait;
            }
            came = match self.read(room, shared) {
                Ok(0) => return self.end_of_input(),
                Ok(came) => came,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.can_read = false;
                    return Next::Wait;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Next::Again,
                Err(_) => return Next::End,
            };
        }
        self.run(room, shared, came);
        let unsent_max = match self.session.is_known {
            true => shared.config.max_unsent_bytes,
            false => STRANGER_UNSENT_MAX,
        };
        if self.unsent.len() - self.sent > unsent_max {
            return Next::End;
        }
        if self.session.is_stopped() {
            return if self.can_read { Next::Again } else { Next::Wait };
        }
        let is_done = self.session.is_closing || !(self.has_requests || self.can_read);
        if is_done { Next::Wait } else { Next::Again }
    }

    /// Nothing more comes: it ends when its answers are sent.
    fn end_of_input(&mut self) -> Next {
        if !self.has_unsent() {
            return Next::End;
        }
        self.session.is_closing = true;
        Next::Wait
    }

    /// Reads what comes while the client waits, to be run when it waits no longer: so much of it as
    /// a request may have, and the end if that comes.
    fn read_ahead(&mut self, room: &mut Room, shared: &Shared) -> Next {
        if !self.can_read || self.unread.len() >= shared.config.max_command_bytes {
            return Next::Wait;
        }
        match self.read(room, shared) {
            Ok(0) => self.end_of_input(),
            Ok(came) => {
                self.unread.extend_from_slice(&room.input[..came]);
                if self.can_read { Next::Again } else { Next::Wait }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.can_read = false;
                Next::Wait
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Next::Again,
            Err(_) => Next::End,
        }
    }

    /// Takes the answer to what the client has waited for, if it has come, and lets it try again
    /// what had to wait for the end of a pause. Whether it may go on.
    pub(super) fn go_on(&mut self, shared: &Shared) -> bool {
        let was_held = self.session.held.take().is_some();
        let may = match &mut self.layers {
            None => self.session.take_answer(&mut self.unsent) | was_held,
            Some(layers) => {
                let session = &mut self.session;
                let mut context =
                    Context { engine: shared.db.engine(), host: &shared.host, session };
                self.unsent = layers.go_on(&mut context, std::mem::take(&mut self.unsent));
                !self.session.is_stopped()
            }
        };
        if may {
            self.has_requests = !self.unread.is_empty();
        }
        may
    }

    /// Whether its command is on its way through layers, and may be answered yet.
    pub(super) fn is_in_layers(&self) -> bool {
        self.session.is_in_layers && !self.session.waits_for_others()
    }

    fn read(&mut self, room: &mut Room, shared: &Shared) -> io::Result<usize> {
        let came = self.stream.read(&mut room.input)?;
        // Fewer bytes than there was room for are all that there were; an end shows only in a read
        // of its own.
        self.can_read = came == room.input.len() || self.is_half_closed;
        shared.host.counters.add_input(came);
        Ok(came)
    }

    /// Runs the requests in what came before and what `came` to the room.
    fn run(&mut self, room: &mut Room, shared: &Shared, came: usize) {
        let Room { input, requests, output } = room;
        let fresh = &input[..came];
        let is_alone = self.unread.is_empty();
        if !is_alone {
            self.unread.extend_from_slice(fresh);
        }
        let bytes = if is_alone { fresh } else { &self.unread[..] };
        let limits = shared.config.limits(self.session.is_known);
        let mut progress = requests.read(bytes, &limits, &mut self.unfinished);
        if self.unsent.capacity() == 0 {
            self.unsent = std::mem::take(output);
        }
        if requests.len() > 0 {
            let session = &mut self.session;
            let mut context = Context { engine: shared.db.engine(), host: &shared.host, session };
            let ran;
            let out = std::mem::take(&mut self.unsent);
            (self.unsent, ran) = match &mut self.layers {
                None => context.run(requests.words(bytes), out),
                Some(layers) => layers.run(&mut context, requests.words(bytes), out),
            };
            if ran < requests.len() {
                // Those behind have another turn.
                let consumed = requests.end_of(ran);
                progress = Progress { consumed, has_more: true, error: None };
                self.unfinished = Unfinished::default();
            }
        }
        if let Some(error) = progress.error {
            self.refuse(error);
        }
        self.has_requests = progress.has_more;
        if is_alone {
            self.unread = fresh[progress.consumed..].to_vec();
        } else {
            self.unread.drain(..progress.consumed);
        }
        if self.unread.is_empty() || self.session.is_closing {
            // An idle connection holds no memory.
            self.unread = Vec::new();
        }
        requests.trim();
    }

    /// Tells the client what is wrong with what it sent; nothing more of it is read.
    fn refuse(&mut self, error: ProtocolError) {
        if let (Some(error), false) = (error.into_error(), self.session.is_closing) {
            self.tell(&error);
        }
        self.session.is_closing = true;
    }

    /// Answers with an error that no command has.
    pub(super) fn tell(&mut self, error: &crate::error::Error) {
        let mut wire = Wire::new(std::mem::take(&mut self.unsent), Protocol::Two);
        wire.fail(error);
        self.unsent = wire.into_bytes();
    }

    /// Puts messages that came for the client behind its answers.
    pub(super) fn take_messages(&mut self, shared: &Shared) -> Next {
        if self.layers.as_ref().is_some_and(|layers| layers.holds_messages(&self.session)) {
            return Next::Wait;
        }
        let messages = self.session.client.take_messages();
        if self.unsent.is_empty() {
            self.unsent = messages;
        } else {
            self.unsent.extend_from_slice(&messages);
        }
        let is_too_much = self.unsent.len() - self.sent > shared.config.max_unsent_message_bytes;
        if is_too_much { Next::End } else { Next::Wait }
    }

    /// Lets all answers be sent.
    pub(super) fn settle(&mut self) {
        self.settled = self.unsent.len();
    }

    /// Takes back the answers that waited for the disk, which has failed, and says so in their
    /// place. The connection ends: which of its commands the disk has, nobody knows.
    pub(super) fn unsettle(&mut self, error: &crate::error::Error) {
        self.unsent.truncate(self.settled);
        self.tell(error);
        self.session.is_closing = true;
        self.settle();
    }

    /// Sends answers, as many as the socket takes.
    pub(super) fn send(&mut self, room: &mut Room, shared: &Shared) -> Next {
        while self.sent < self.settled {
            match self.stream.write(&self.unsent[self.sent..self.settled]) {
                Ok(0) => return Next::End,
                Ok(len) => {
                    shared.host.counters.add_output(len);
                    self.sent += len;
                    self.stalled = None;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stalled.get_or_insert_with(|| shared.host.now());
                    return Next::Wait;
                }
                Err(_) => return Next::End,
            }
        }
        if self.has_unsent() {
            return Next::Wait;
        }
        self.lend_back(room);
        if self.session.is_closing { Next::End } else { Next::Wait }
    }

    /// Gives back the memory of answers that are sent.
    fn lend_back(&mut self, room: &mut Room) {
        let mut output = std::mem::take(&mut self.unsent);
        (self.sent, self.settled) = (0, 0);
        if output.capacity() > room.output.capacity() && output.capacity() <= LENT_BYTES_MAX {
            output.clear();
            room.output = output;
        }
    }

    /// Tells others how much is under way.
    pub(super) fn note_buffers(&self) {
        let (unread, unsent) = (self.unread.len(), self.unsent.len() - self.sent);
        self.session.client.note(|facts| (facts.unread, facts.unsent) = (unread, unsent));
    }

    /// Whether it has taken too long for something.
    pub(super) fn is_late(&self, shared: &Shared, now: Duration) -> bool {
        let is_past = |since: Duration, most: Duration| now.saturating_sub(since) > most;
        let idle_max = shared.host.idle_max();
        let client = &self.session.client;
        !self.session.is_known && is_past(client.born, shared.config.auth_timeout)
            || idle_max
                .is_some_and(|most| is_past(self.session.active, most) && !self.session.waits())
            || self.stalled.is_some_and(|since| is_past(since, shared.config.write_timeout))
    }
}
