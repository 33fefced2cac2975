//! A thread that serves connections: waits for sockets, gives each its turn, sends the answers.
//!
//! The first of a server's threads accepts connections as well, and deals them out. Where writes
//! wait for the disk, answers of a round are held back until all connections that had something
//! have had their turn: then one wait is for all of them.
//!
//! Invariant: a connection is in `again` whenever there is something to do for it that no event will
//! tell of.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use ahash::AHashMap;
use crossbeam_channel::{Receiver, Sender};
use mio::event::Event;
use mio::{Events, Interest, Poll, Registry, Token};

use crate::clock::Stopwatch;
use crate::engine::take_appended;
use crate::engine::waiters::WaitEnd;
use crate::error::{ConnectionError, Error};
use crate::server::Shared;
use crate::server::connection::{Connection, Next, Room};
use crate::server::layered::Layered;
use crate::server::listener::{Accepted, Listener};
use crate::server::stream::Stream;
use crate::session::Session;
use crate::session::client::{Client, Place};

/// Events taken at once.
const EVENTS: usize = 1024;
/// How often connections are looked at for what takes too long.
const TICK: Duration = Duration::from_secs(1);
/// How long no connection is accepted when the system had no room for one.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long a server that is to end waits for its clients to take their answers.
const DRAIN: Duration = Duration::from_secs(5);

/// The thread is told something.
pub(super) const WAKER: Token = Token(usize::MAX);

/// What a thread is told.
#[derive(Debug)]
pub(super) enum Message {
    /// Serve this connection.
    Adopt(Stream, Arc<Client>),
    /// Answer what has come, and end.
    Stop,
}

/// How another thread is told.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) sender: Sender<Message>,
    pub(super) waker: std::task::Waker,
}

impl Peer {
    pub(super) fn tell(&self, message: Message) {
        // A thread that has ended takes nothing; what is in the message ends with it.
        drop(self.sender.send(message));
        self.waker.wake_by_ref();
    }
}

/// One thread's part of a server.
#[derive(Debug)]
pub(super) struct EventLoop {
    poll: Poll,
    thread: usize,
    shared: Arc<Shared>,
    peers: Arc<[Peer]>,
    inbox: Receiver<Message>,
    listeners: Vec<Listener>,
    /// Whether connections are to be accepted that no event will tell of.
    accepts_again: bool,
    /// Which thread has the next connection.
    next_thread: usize,
    connections: AHashMap<usize, Connection>,
    again: Vec<usize>,
    /// Those whose answers wait for the disk.
    unsettled: Vec<usize>,
    /// When the waits of connections end.
    waits: BTreeSet<(Duration, usize)>,
    room: Room,
    ticked: Duration,
    stopping: Option<Stopwatch>,
}

impl EventLoop {
    pub(super) fn new(
        poll: Poll,
        thread: usize,
        shared: Arc<Shared>,
        peers: Arc<[Peer]>,
        inbox: Receiver<Message>,
    ) -> EventLoop {
        EventLoop {
            poll,
            thread,
            shared,
            peers,
            inbox,
            listeners: Vec::new(),
            accepts_again: false,
            next_thread: 0,
            connections: AHashMap::new(),
            again: Vec::new(),
            unsettled: Vec::new(),
            waits: BTreeSet::new(),
            room: Room::new(),
            ticked: Duration::ZERO,
            stopping: None,
        }
    }

    /// Has the thread accept connections.
    pub(super) fn listen(&mut self, listeners: Vec<Listener>) -> io::Result<()> {
        self.listeners = listeners;
        for (at, listener) in self.listeners.iter_mut().enumerate() {
            self.poll.registry().register(listener, listener_token(at), Interest::READABLE)?;
        }
        Ok(())
    }

    /// Serves until it is told to stop and everything is answered.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        while !self.has_ended() {
            match self.poll.poll(&mut events, self.patience()) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // Nobody could be served any more.
                Err(_) => break,
            }
            // What another server or database wrote on this thread is not of this round.
            take_appended();
            let due = std::mem::take(&mut self.again);
            events.iter().for_each(|event| self.meet(event));
            due.into_iter().for_each(|id| self.serve_due(id));
            if std::mem::take(&mut self.accepts_again) {
                (0..self.listeners.len()).for_each(|at| self.accept(at));
            }
            self.end_waits();
            self.settle();
            self.tick();
        }
        let ids: Vec<usize> = self.connections.keys().copied().collect();
        ids.into_iter().for_each(|id| self.end(id));
    }

    fn has_ended(&self) -> bool {
        let is_late = |since: Stopwatch| since.elapsed() > DRAIN;
        self.stopping.is_some_and(|since| self.connections.is_empty() || is_late(since))
    }

    /// How long to wait for events.
    fn patience(&self) -> Option<Duration> {
        if !self.again.is_empty() {
            return Some(Duration::ZERO);
        }
        if self.accepts_again {
            return Some(ACCEPT_PAUSE);
        }
        if let Some((due, _)) = self.waits.first() {
            return Some(due.saturating_sub(self.shared.host.now()).min(TICK));
        }
        let has_clock = !self.connections.is_empty() || self.stopping.is_some();
        has_clock.then_some(TICK)
    }

    fn meet(&mut self, event: &Event) {
        let Token(token) = event.token();
        if event.token() == WAKER {
            return self.listen_to_others();
        }
        if let Some(at) = listener_of(event.token(), self.listeners.len()) {
            return self.accept(at);
        }
        let Some(connection) = self.connections.get_mut(&token) else { return };
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            connection.note_readable(event.is_read_closed() || event.is_error());
            self.serve(token);
        } else if event.is_writable() {
            self.send(token);
        }
    }

    fn listen_to_others(&mut self) {
        for message in self.inbox.try_iter().collect::<Vec<_>>() {
            match message {
                Message::Adopt(stream, client) => self.adopt(stream, client),
                Message::Stop => self.stop(),
            }
        }
        for id in self.shared.host.noticed(self.thread) {
            let Ok(id) = usize::try_from(id) else { continue };
            self.look_at(id);
        }
    }

    /// Looks at a connection that somebody else has done something to.
    fn look_at(&mut self, id: usize) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if connection.session.client.is_killed() {
            return self.end(id);
        }
        let may_go_on = connection.go_on(&self.shared);
        if self.stopping.is_some() && !connection.session.is_closing {
            return self.drain(id);
        }
        let due = connection.session.due();
        self.waits.extend(due.map(|due| (due, id)));
        match connection.take_messages(&self.shared) {
            Next::End => self.end(id),
            // It goes on with what came while it waited.
            Next::Again | Next::Wait if may_go_on => self.serve(id),
            Next::Again | Next::Wait => self.end_turn(id),
        }
    }

    /// Ends the waits whose time is over.
    fn end_waits(&mut self) {
        if self.waits.is_empty() {
            return;
        }
        let now = self.shared.host.now();
        while let Some((due, id)) = self.waits.first().copied() {
            if due > now {
                return;
            }
            self.waits.pop_first();
            let Some(connection) = self.connections.get(&id) else { continue };
            if connection.session.held.is_some() {
                // If it has to wait on, it will be put down again.
                self.look_at(id);
            } else if let Some(blocked) =
                connection.session.blocked.as_ref().filter(|b| b.due == Some(due))
            {
                let waiter = Arc::clone(&blocked.waiter);
                self.shared.db.engine().end_wait(&waiter, WaitEnd::TimedOut);
                self.look_at(id);
            }
        }
    }

    /// Accepts what waits at a listener.
    fn accept(&mut self, at: usize) {
        while let Some(listener) = self.listeners.get(at) {
            match listener.accept() {
                Ok(accepted) => self.welcome(accepted),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                // No file or no memory is free: perhaps soon.
                Err(_) => {
                    self.accepts_again = true;
                    return;
                }
            }
        }
    }

    fn welcome(&mut self, accepted: Accepted) {
        let Accepted { mut stream, address, local_address } = accepted;
        let thread = self.next_thread;
        let place = Place { address, local_address, file: stream.file(), thread };
        if stream.prepare(self.shared.config.keepalive).is_err() {
            // It has gone already.
            return;
        }
        let Some(client) = self.shared.host.admit(place) else {
            let refusal = format!("-{}\r\n", Error::from(ConnectionError::TooManyClients).wire());
            // It is told if it listens.
            drop(io::Write::write(&mut stream, refusal.as_bytes()));
            return;
        };
        self.next_thread = (thread + 1) % self.peers.len();
        if thread == self.thread {
            self.adopt(stream, client);
        } else {
            self.peers[thread].tell(Message::Adopt(stream, client));
        }
    }

    fn adopt(&mut self, mut stream: Stream, client: Arc<Client>) {
        let id = usize::try_from(client.id).unwrap_or(usize::MAX);
        let is_taken = listener_of(Token(id), self.listeners.len()).is_some();
        let registry = self.poll.registry();
        let watched = registry.register(&mut stream, Token(id), Interest::READABLE);
        if is_taken || watched.is_err() || self.stopping.is_some() {
            self.shared.host.dismiss(client.id);
            return;
        }
        let is_known = !self.shared.host.has_password();
        client.note(|facts| facts.is_known = is_known);
        let Ok(layers) = Layered::open(&self.shared.config.layers, &client) else {
            // Its layers have panicked.
            self.shared.host.dismiss(client.id);
            return;
        };
        let session = Session::new(client, is_known);
        self.connections.insert(id, Connection::new(stream, session, layers));
    }

    /// Gives a connection its turn.
    fn serve(&mut self, id: usize) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        match connection.turn(&mut self.room, &self.shared) {
            Next::End => return self.end(id),
            Next::Again if !std::mem::replace(&mut connection.is_due, true) => self.again.push(id),
            Next::Again | Next::Wait => {}
        }
        if let Some(due) = connection.session.due() {
            self.waits.insert((due, id));
        }
        self.end_turn(id);
    }

    /// Sends what a connection is answered, or has it wait for the disk.
    fn end_turn(&mut self, id: usize) {
        if self.shared.db.waits() {
            return self.unsettled.push(id);
        }
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.settle();
        let registry = self.poll.registry();
        if send_of(connection, id, (&mut self.room, &self.shared), registry) == Next::End {
            self.end(id);
        }
    }

    fn serve_due(&mut self, id: usize) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.is_due = false;
            self.serve(id);
        }
    }

    /// Waits for the disk, once for all, and sends what waited.
    fn settle(&mut self) {
        if self.unsettled.is_empty() {
            return;
        }
        let appended = take_appended();
        let log = self.shared.db.engine().disk().filter(|_| self.shared.db.waits());
        let settled = log.map_or(Ok(()), |log| log.wait(appended));
        for id in std::mem::take(&mut self.unsettled) {
            let Some(connection) = self.connections.get_mut(&id) else { continue };
            match &settled {
                Ok(()) => connection.settle(),
                Err(error) => connection.unsettle(error),
            }
            self.send(id);
        }
    }

    /// Sends answers of a connection.
    fn send(&mut self, id: usize) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let registry = self.poll.registry();
        if send_of(connection, id, (&mut self.room, &self.shared), registry) == Next::End {
            self.end(id);
        }
    }

    fn end(&mut self, id: usize) {
        let Some(mut connection) = self.connections.remove(&id) else { return };
        connection.session.leave(self.shared.db.engine(), &self.shared.host);
        self.shared.host.dismiss(connection.session.client.id);
        // The socket is closed in any case.
        drop(self.poll.registry().deregister(&mut connection.stream));
    }

    /// Ends what takes too long.
    fn tick(&mut self) {
        let now = self.shared.host.now();
        if now.saturating_sub(self.ticked) < TICK {
            return;
        }
        self.ticked = now;
        self.shared.host.tick(now);
        let mut late = Vec::new();
        for (id, connection) in &self.connections {
            connection.note_buffers();
            if connection.is_late(&self.shared, now) {
                late.push(*id);
            }
        }
        late.into_iter().for_each(|id| self.end(id));
    }

    /// Accepts nobody more, and ends every connection when what it has sent so far is answered.
    fn stop(&mut self) {
        self.listeners.clear();
        self.stopping = Some(Stopwatch::start());
        let ids: Vec<usize> = self.connections.keys().copied().collect();
        for id in ids {
            self.drain(id);
        }
    }

    /// Answers everything that a connection has sent so far. What layers take their time for is waited
    /// for; they tell when it has come.
    fn drain(&mut self, id: usize) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.note_readable(false);
        loop {
            match connection.turn(&mut self.room, &self.shared) {
                Next::Again => {}
                Next::Wait => break,
                Next::End => return self.end(id),
            }
        }
        connection.session.is_closing |= !connection.is_in_layers();
        self.unsettled.push(id);
    }
}

/// Sends answers of a connection; if some are left, the socket tells when it takes more.
fn send_of(
    connection: &mut Connection,
    id: usize,
    (room, shared): (&mut Room, &Shared),
    registry: &Registry,
) -> Next {
    if connection.send(room, shared) == Next::End {
        return Next::End;
    }
    let watches = connection.has_unsent();
    if watches != connection.watches_writing {
        let both = Interest::READABLE | Interest::WRITABLE;
        let interest = if watches { both } else { Interest::READABLE };
        connection.watches_writing = watches;
        connection.note_buffers();
        if registry.reregister(&mut connection.stream, Token(id), interest).is_err() {
            return Next::End;
        }
    }
    Next::Wait
}

/// The token of a listener: they count down, connections count up.
fn listener_token(at: usize) -> Token {
    Token(WAKER.0 - 1 - at)
}

fn listener_of(Token(token): Token, listeners: usize) -> Option<usize> {
    let at = WAKER.0.checked_sub(1)?.checked_sub(token)?;
    (at < listeners).then_some(at)
}
