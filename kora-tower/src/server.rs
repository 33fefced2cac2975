//! Layers over the commands of Redis clients: the same that wrap [`KoraService`](crate::KoraService)
//! stand between the connections of a server and the engine.
//!
//! A connection has a stack of its own, made when it comes and dropped when it ends. Its future lies
//! in one place that all of its commands use in turn, so a command costs no box.
//!
//! Invariant: a service is called when it is ready, and dropped when it has failed to become so.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use kora::{
    ClientExecution, ClientSession, Command, CommandLayers, CommandResponse, CommandService, Error,
    ServerConfig,
};
use pin_project_lite::pin_project;
use tokio::runtime::Handle;
use tower::BoxError;
use tower::load_shed::error::Overloaded;
use tower::timeout::error::Elapsed;
use tower_layer::Layer;
use tower_service::Service;

/// Puts layers of Tower between the connections of a server and the engine: to see commands, to
/// change them, to refuse them, to delay them. A server without layers pays nothing for that.
///
/// Layers that are written for [`KoraService`](crate::KoraService) fit here as they are, and all of
/// Tower's do. Who has sent a command is told by [`Command::caller`].
///
/// ```
/// use std::time::Duration;
///
/// use kora::{Command, Database, Error, ServerConfig, Subject};
/// use kora_tower::{LayerCommands, TraceCommandsLayer};
/// use tower::ServiceBuilder;
///
/// /// Keeps clients to the keys of one tenant, which they know without their prefix.
/// fn of_acme(command: Command) -> kora::Result<Command> {
///     let facts = command.facts()?;
///     match (facts.name, facts.subject) {
///         // Its patterns name keys of anybody's.
///         ("SORT" | "SORT_RO", _) => Err(Error::refused("NOPERM", "tenants do not sort")),
///         (_, Some(Subject::Key(_))) => command.map_keys(|key| [b"acme:", key].concat()),
///         ("AUTH" | "HELLO" | "PING" | "MULTI" | "EXEC" | "DISCARD" | "UNWATCH" | "QUIT", _) => Ok(command),
///         _ => Err(Error::refused("NOPERM", "not for tenants")),
///     }
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// # let _within = runtime.enter();
/// let db = Database::in_memory();
/// let layers = ServiceBuilder::new()
///     .layer(TraceCommandsLayer::new())
///     .rate_limit(1000, Duration::from_secs(1))
///     .filter(of_acme);
/// let config = ServerConfig { addresses: vec!["127.0.0.1:0".parse()?], ..ServerConfig::default() };
/// let server = db.server(config.layer(layers))?;
/// # use std::io::{Read, Write};
/// # let mut client = std::net::TcpStream::connect(server.local_addr().unwrap())?;
/// # client.write_all(b"SET a 1\r\nKEYS *\r\nMULTI\r\nINCR a\r\nEXEC\r\nQUIT\r\n")?;
/// # let mut told = String::new();
/// # client.read_to_string(&mut told)?;
/// # assert_eq!(told, "+OK\r\n-NOPERM not for tenants\r\n+OK\r\n+QUEUED\r\n*1\r\n:2\r\n+OK\r\n");
/// # assert_eq!(db.get("acme:a")?.as_deref(), Some(&b"2"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What holds
///
/// **Commands** of a connection go through one at a time, and their answers are in order; what the
/// client has sent behind one that is delayed waits, and other connections go on. Everything that a
/// client sends comes, also what is no command: a layer may have commands of its own. Answers are
/// those of the command, byte for byte, unless a layer has made others of them.
///
/// **A stack for each connection** is made by [`Layer::layer`] when the connection comes. So
/// `RateLimit` is a limit for each client, and what all clients share lies in the layer, as that of
/// `GlobalConcurrencyLimitLayer` does. A service that fails to become ready is discarded, and the next
/// command meets a new one. A layer that panics ends its connection.
///
/// **The thread** that serves the connection polls its futures, and must not be kept waiting by them.
/// Timers and tasks of tokio find the runtime in which [`LayerCommands::layer`] was called; a runtime
/// of the flavour `current_thread` has to be running for them.
///
/// **Transactions.** MULTI, WATCH, EXEC and DISCARD come as commands, and so does each command between
/// them, which is answered `QUEUED` ([`Caller::is_in_transaction`](kora::Caller::is_in_transaction));
/// EXEC runs them as layers have let them through. A command that a layer fails after MULTI spoils
/// the transaction; if that is EXEC itself, nothing is run and the transaction is over. A layer that
/// refuses MULTI has the commands behind it run by themselves, as a Redis that refuses it does.
///
/// **Commands that wait** (BLPOP) are under way as long as they do. Given up by a layer, by a time
/// limit perhaps, they wait no longer.
///
/// **Channels.** SUBSCRIBE is a command, and answered by
/// [`CommandResponse::Messages`]. The messages that come later are no answers and come to no layer. The
/// names of channels and collections are no keys: [`Command::map_keys`] leaves them.
///
/// **Connections.** AUTH, HELLO, CLIENT and QUIT come as well; whether there is a password among the
/// words says [`CommandFacts::has_secret`](kora::CommandFacts::has_secret). Who has not said who it is
/// reaches a layer with what it may say, and with nothing else.
///
/// **Errors** become replies: one of Kora's as it is ([`Error::refused`] makes one), Tower's `Elapsed`
/// as `-TIMEOUT`, its `Overloaded` as `-BUSY`, any other as `-ERR` with its text.
///
/// **The end.** A client that goes takes its command along: its futures are dropped. A server that is
/// shut down answers what has come, and waits for layers a few seconds.
///
/// **The disk.** Where writes wait for the disk, a layer sees the answer before, and the client after.
pub trait LayerCommands: Sized {
    /// Has every command of every connection go through a layer, or a whole
    /// `tower::ServiceBuilder` of them. Called again, the last counts.
    #[must_use]
    fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<SessionService> + Send + Sync + 'static,
        L::Service: Service<Command, Response = CommandResponse, Future: Send> + Send + 'static,
        <L::Service as Service<Command>>::Error: Into<BoxError>;
}

impl LayerCommands for ServerConfig {
    fn layer<L>(self, layer: L) -> ServerConfig
    where
        L: Layer<SessionService> + Send + Sync + 'static,
        L::Service: Service<Command, Response = CommandResponse, Future: Send> + Send + 'static,
        <L::Service as Service<Command>>::Error: Into<BoxError>,
    {
        let (layer, runtime) = (Arc::new(layer), Handle::try_current().ok());
        let open = move |session| -> Box<dyn CommandService> {
            let session = SessionService { session };
            let layer = Arc::clone(&layer);
            let stack = within(runtime.as_ref(), || Stack::new(layer, session));
            Box::new(Connection { runtime: runtime.clone(), stack })
        };
        ServerConfig { layers: CommandLayers::new(open), ..self }
    }
}

/// The engine behind the layers of one connection, as a service: what comes through is run as the
/// client's own command.
///
/// It is always ready, and a command runs when its future is first polled.
#[derive(Clone, Debug)]
pub struct SessionService {
    session: ClientSession,
}

impl Service<Command> for SessionService {
    type Response = CommandResponse;
    type Error = Error;
    type Future = ClientExecution;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, command: Command) -> ClientExecution {
        self.session.execute(command)
    }
}

/// One connection's way through the layers.
struct Connection<L: Layer<SessionService>>
where
    L::Service: Service<Command>,
{
    /// Where timers are found, if the server was started within a runtime.
    runtime: Option<Handle>,
    stack: Stack<L>,
}

/// The layers of one connection, and what they are doing.
struct Stack<L: Layer<SessionService>>
where
    L::Service: Service<Command>,
{
    layer: Arc<L>,
    session: SessionService,
    service: L::Service,
    waiting: Option<Command>,
    under_way: Place<<L::Service as Service<Command>>::Future>,
}

/// Where the future of every command lies in turn.
type Place<F> = Pin<Box<UnderWay<F>>>;

pin_project! {
    /// The future that is under way, if one is.
    struct UnderWay<F> {
        #[pin]
        future: Option<F>,
    }
}

impl<L> Stack<L>
where
    L: Layer<SessionService>,
    L::Service: Service<Command, Response = CommandResponse>,
    <L::Service as Service<Command>>::Error: Into<BoxError>,
{
    fn new(layer: Arc<L>, session: SessionService) -> Stack<L> {
        let service = layer.layer(session.clone());
        let under_way = Box::pin(UnderWay { future: None });
        Stack { layer, session, service, waiting: None, under_way }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<CommandResponse, Error>> {
        if self.waiting.is_some() {
            if let Err(error) = ready!(self.service.poll_ready(context)) {
                self.waiting = None;
                // Tower wants it discarded; the next command meets a new one.
                self.service = self.layer.layer(self.session.clone());
                return Poll::Ready(Err(refusal(error.into())));
            }
        }
        let mut under_way = self.under_way.as_mut().project();
        if let Some(command) = self.waiting.take() {
            under_way.future.set(Some(self.service.call(command)));
        }
        let Some(future) = under_way.future.as_mut().as_pin_mut() else { return Poll::Pending };
        let result = ready!(future.poll(context));
        under_way.future.set(None);
        Poll::Ready(result.map_err(|error| refusal(error.into())))
    }
}

impl<L> CommandService for Connection<L>
where
    L: Layer<SessionService> + Send + Sync,
    L::Service: Service<Command, Response = CommandResponse, Future: Send> + Send,
    <L::Service as Service<Command>>::Error: Into<BoxError>,
{
    fn start(&mut self, command: Command) {
        self.stack.waiting = Some(command);
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<CommandResponse, Error>> {
        within(self.runtime.as_ref(), || self.stack.poll(context))
    }
}

/// Does something where timers and tasks find their runtime.
fn within<R>(runtime: Option<&Handle>, work: impl FnOnce() -> R) -> R {
    let _entered = runtime.map(Handle::enter);
    work()
}

/// The error that a client is answered with: one of Kora's as it is, of Tower's own by the word that
/// says what to do about it, and of others their text.
fn refusal(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(other) if other.is::<Elapsed>() => {
            Error::refused("TIMEOUT", "the command took longer than it may")
        }
        Err(other) if other.is::<Overloaded>() => {
            Error::refused("BUSY", "too many commands are under way, try again")
        }
        Err(other) => Error::refused("ERR", other.to_string()),
    }
}
