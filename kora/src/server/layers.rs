//! Layers between connections and the engine: what a program puts there, and what it is given.
//!
//! Kora asks for one small trait, [`CommandService`]; `kora-tower` makes one of any layer of Tower.
//! What a layer lets through comes back to the connection's own thread ([`Desk`]), whichever thread
//! asks: so a command runs as it does without layers, in its session, and a session needs no lock.
//!
//! Invariant: a command that is given up before it has run is never run.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::command::command::Command;
use crate::command::response::CommandResponse;
use crate::error::{ConnectionError, Result};
use crate::session::client::Client;

/// What makes the service of a new connection.
type Open = dyn Fn(ClientSession) -> Box<dyn CommandService> + Send + Sync;

/// What stands between the connections of a server and the engine: nothing by default, and then it
/// costs nothing.
///
/// For layers of Tower there is `kora_tower::LayerCommands`, by which
/// `ServerConfig::default().layer(..)` is all there is to say, and which says what holds of layers.
/// This is what it stands on:
///
/// ```
/// use std::future::Future;
/// use std::pin::Pin;
/// use std::task::{Context, Poll};
///
/// use kora::{
///     ClientExecution, ClientSession, Command, CommandLayers, CommandResponse, CommandService,
///     Database, Error, Result, ServerConfig,
/// };
///
/// /// Lets clients read, and change nothing.
/// struct Reader(ClientSession, Option<Result<Pin<Box<ClientExecution>>>>);
///
/// impl CommandService for Reader {
///     fn start(&mut self, command: Command) {
///         let is_write = command.facts().is_ok_and(|facts| facts.is_write);
///         let refused = || Error::refused("NOPERM", "clients only read");
///         self.1 = Some(if is_write { Err(refused()) } else { Ok(Box::pin(self.0.execute(command))) });
///     }
///
///     fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<CommandResponse>> {
///         match self.1.as_mut().expect("a command was started") {
///             Ok(execution) => execution.as_mut().poll(context),
///             Err(refused) => Poll::Ready(Err(refused.clone())),
///         }
///     }
/// }
///
/// let config = ServerConfig {
///     addresses: vec!["127.0.0.1:0".parse()?],
///     layers: CommandLayers::new(|session| Box::new(Reader(session, None))),
///     ..ServerConfig::default()
/// };
/// let server = Database::in_memory().server(config)?;
/// # use std::io::{Read, Write};
/// # let mut client = std::net::TcpStream::connect(server.local_addr().unwrap())?;
/// # client.write_all(b"SET a 1\r\nGET a\r\nQUIT\r\n")?;
/// # let mut told = String::new();
/// # client.read_to_string(&mut told)?;
/// # assert_eq!(told, "-NOPERM clients only read\r\n$-1\r\n+OK\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct CommandLayers(Option<Arc<Open>>);

impl CommandLayers {
    /// Layers that `open` makes of each new connection, which is asked for it once, on the thread
    /// that serves the connection. What all connections share belongs to `open`.
    pub fn new(
        open: impl Fn(ClientSession) -> Box<dyn CommandService> + Send + Sync + 'static,
    ) -> CommandLayers {
        CommandLayers(Some(Arc::new(open)))
    }

    /// Whether there is anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn open(
        &self,
        session: impl FnOnce() -> ClientSession,
    ) -> Option<Box<dyn CommandService>> {
        self.0.as_ref().map(|open| open(session()))
    }
}

impl fmt::Debug for CommandLayers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CommandLayers").field(&!self.is_empty()).finish()
    }
}

/// The commands of one connection on their way: one at a time, each answered before the next comes.
///
/// It is called by the thread that serves the connection and many others, so it must not block; and
/// it is dropped when the connection ends, in the middle of a command perhaps.
pub trait CommandService: Send {
    /// Takes a command in. The one before has been answered.
    fn start(&mut self, command: Command);

    /// The answer, when there is one; and if not, the context's waker is woken when it is worth
    /// asking again.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<CommandResponse>>;
}

/// The connection behind the layers: commands given to it are run as the client's own, in its
/// numbered database, its transaction, its protocol.
///
/// Commands run in the order in which their futures are first polled. One that comes after the
/// client's command was answered runs all the same.
#[derive(Clone)]
pub struct ClientSession(Arc<Desk>);

impl ClientSession {
    pub(super) fn new(desk: &Arc<Desk>) -> ClientSession {
        ClientSession(Arc::clone(desk))
    }

    /// Runs a command on the connection.
    ///
    /// It runs when the future is first polled, on the connection's own thread, wherever that is
    /// polled. Dropped before it has run it never runs; dropped while it waits for keys, it waits no
    /// longer.
    ///
    /// # Errors
    /// What the client would be answered as an error; [`ConnectionError::Ended`] when it has gone.
    pub fn execute(&self, command: Command) -> ClientExecution {
        ClientExecution { desk: Arc::clone(&self.0), state: State::Unpolled(command) }
    }
}

impl fmt::Debug for ClientSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSession").field("client", &self.0.client.id).finish()
    }
}

/// A command under way on a connection; see [`ClientSession::execute`].
#[must_use = "a command does nothing until it is awaited"]
pub struct ClientExecution {
    desk: Arc<Desk>,
    state: State,
}

enum State {
    Unpolled(Command),
    Asked(u64),
    Ended,
}

impl Future for ClientExecution {
    type Output = Result<CommandResponse>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Unpolled(command) => match self.desk.ask(command, context.waker()) {
                Some(ticket) => self.state = State::Asked(ticket),
                None => return Poll::Ready(Err(ConnectionError::Ended.into())),
            },
            State::Asked(ticket) => match self.desk.take(ticket, context.waker()) {
                Some(result) => return Poll::Ready(result),
                None => self.state = State::Asked(ticket),
            },
            State::Ended => panic!("polled after it was ready"),
        }
        Poll::Pending
    }
}

impl Drop for ClientExecution {
    fn drop(&mut self) {
        if let State::Asked(ticket) = self.state {
            self.desk.give_up(ticket);
        }
    }
}

impl fmt::Debug for ClientExecution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Unpolled(_) => "unpolled",
            State::Asked(_) => "asked",
            State::Ended => "ended",
        };
        f.debug_struct("ClientExecution").field("state", &state).finish_non_exhaustive()
    }
}

/// Where commands that layers have let through wait for the thread of their connection, and answers
/// for whoever has asked.
#[derive(Debug)]
pub(super) struct Desk {
    client: Arc<Client>,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    /// In the order in which they came: nearly always one.
    entries: Vec<Entry>,
    next_ticket: u64,
    /// Whether the connection's thread will look here without being told.
    is_attended: bool,
    /// Whether the connection has ended.
    is_closed: bool,
}

impl Book {
    /// A command runs no more; who is to be told. What was given up is forgotten.
    fn end(&mut self, ticket: u64, stage: Stage) -> Option<Waker> {
        let at = self.entries.iter().position(|entry| entry.ticket == ticket)?;
        if let Stage::GivenUp = self.entries[at].stage {
            self.entries.remove(at);
            return None;
        }
        self.entries[at].stage = stage;
        Some(self.entries[at].waker.clone())
    }
}

#[derive(Debug)]
struct Entry {
    ticket: u64,
    stage: Stage,
    waker: Waker,
}

#[derive(Debug)]
enum Stage {
    Asked(Command),
    /// It waits for keys.
    Running,
    /// Nobody waits for its answer any more, and it is to wait for keys no longer.
    GivenUp,
    Answered(Result<CommandResponse>),
}

/// What the connection's thread is to do next.
#[derive(Debug)]
pub(super) enum Task {
    Run(u64, Command),
    EndWait,
    Nothing,
}

impl Desk {
    pub(super) fn new(client: Arc<Client>) -> Desk {
        Desk { client, book: Mutex::default() }
    }

    fn ask(&self, command: Command, waker: &Waker) -> Option<u64> {
        let (ticket, is_attended) = {
            let mut book = self.book.lock();
            if book.is_closed {
                return None;
            }
            let ticket = book.next_ticket;
            book.next_ticket += 1;
            let waker = waker.clone();
            book.entries.push(Entry { ticket, stage: Stage::Asked(command), waker });
            (ticket, book.is_attended)
        };
        if !is_attended {
            self.client.notice();
        }
        Some(ticket)
    }

    fn take(&self, ticket: u64, waker: &Waker) -> Option<Result<CommandResponse>> {
        let mut book = self.book.lock();
        let at = book.entries.iter().position(|entry| entry.ticket == ticket)?;
        let entry = &mut book.entries[at];
        if let Stage::Answered(_) = entry.stage {
            let Stage::Answered(result) = book.entries.remove(at).stage else { return None };
            return Some(result);
        }
        entry.waker.clone_from(waker);
        None
    }

    fn give_up(&self, ticket: u64) {
        let is_running = {
            let mut book = self.book.lock();
            let at = book.entries.iter().position(|entry| entry.ticket == ticket);
            let Some(at) = at else { return };
            if let Stage::Running = book.entries[at].stage {
                book.entries[at].stage = Stage::GivenUp;
                !book.is_attended
            } else {
                book.entries.remove(at);
                false
            }
        };
        if is_running {
            self.client.notice();
        }
    }

    /// From here on the connection's thread looks for tasks.
    pub(super) fn attend(&self) {
        self.book.lock().is_attended = true;
    }

    /// The next task; a command only when the connection does not wait for others. When there is
    /// nothing, whoever asks next has to tell the thread.
    pub(super) fn next(&self, waits: bool) -> Task {
        let mut book = self.book.lock();
        let given_up = |entry: &Entry| matches!(entry.stage, Stage::GivenUp);
        if let Some(at) = book.entries.iter().position(given_up) {
            book.entries.remove(at);
            return Task::EndWait;
        }
        let asked = |entry: &&mut Entry| matches!(entry.stage, Stage::Asked(_));
        let entry = if waits { None } else { book.entries.iter_mut().find(asked) };
        if let Some(entry) = entry {
            if let Stage::Asked(command) = std::mem::replace(&mut entry.stage, Stage::Running) {
                return Task::Run(entry.ticket, command);
            }
        }
        book.is_attended = false;
        Task::Nothing
    }

    /// Takes back a command that cannot be run yet.
    pub(super) fn put_back(&self, ticket: u64, command: Command) {
        self.book.lock().end(ticket, Stage::Asked(command));
    }

    /// Answers a command. `own` is woken by nobody: it looks by itself.
    pub(super) fn answer(&self, ticket: u64, result: Result<CommandResponse>, own: &Waker) {
        let waker = self.book.lock().end(ticket, Stage::Answered(result));
        waker.into_iter().filter(|waker| !waker.will_wake(own)).for_each(Waker::wake);
    }

    /// The connection has ended: nothing is run any more, and nobody waits.
    pub(super) fn close(&self) {
        let entries = {
            let mut book = self.book.lock();
            book.is_closed = true;
            for entry in &mut book.entries {
                entry.stage = Stage::Answered(Err(ConnectionError::Ended.into()));
            }
            book.entries.iter().map(|entry| entry.waker.clone()).collect::<Vec<_>>()
        };
        entries.into_iter().for_each(Waker::wake);
    }
}
