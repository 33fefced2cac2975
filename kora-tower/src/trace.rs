//! A span for each command: what it does, and with what.
//!
//! Values, and keys beyond their family, are in no span: they are the user's data. A span that
//! nobody has subscribed to costs a look at whether somebody has.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use kora::{Command, Subject};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;
use tracing::field::{Empty, display};
use tracing::{Span, debug_span};

/// Makes a span of each command: `kora.command`, of level DEBUG and target `kora`.
///
/// Its fields are named as OpenTelemetry names them: `db.system.name` is `kora`,
/// `db.operation.name` the command, `db.collection.name` the collection or the family of the key
/// (see [`Subject::family`]), and `error.type` says why it failed.
///
/// ```
/// use kora::{Database, cmd};
/// use kora_tower::{KoraService, TraceCommandsLayer};
/// use tower::{Service, ServiceBuilder};
///
/// let mut engine = ServiceBuilder::new()
///     .layer(TraceCommandsLayer::new())
///     .service(KoraService::new(Database::in_memory()));
/// let reply = engine.call(cmd!("HSET", "cart:17", "pen", 2)); // db.collection.name = "cart"
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceCommandsLayer {
    _private: (),
}

/// A service of commands that makes a span of each; see [`TraceCommandsLayer`].
#[derive(Clone, Copy, Debug)]
pub struct TraceCommands<S> {
    inner: S,
}

impl TraceCommandsLayer {
    /// A layer that makes spans.
    pub fn new() -> TraceCommandsLayer {
        TraceCommandsLayer::default()
    }
}

impl<S> Layer<S> for TraceCommandsLayer {
    type Service = TraceCommands<S>;

    fn layer(&self, inner: S) -> TraceCommands<S> {
        TraceCommands { inner }
    }
}

impl<S> TraceCommands<S> {
    /// The service within.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The service within.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The service within, alone.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S> Service<Command> for TraceCommands<S>
where
    S: Service<Command>,
    S::Error: fmt::Display,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = TracedCommand<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, command: Command) -> TracedCommand<S::Future> {
        let span = span_of(&command);
        let future = span.in_scope(|| self.inner.call(command));
        TracedCommand { future, span }
    }
}

fn span_of(command: &Command) -> Span {
    let span = debug_span!(
        target: "kora",
        "kora.command",
        db.system.name = "kora",
        db.operation.name = Empty,
        db.collection.name = Empty,
        error.r#type = Empty,
    );
    if span.is_disabled() {
        return span;
    }
    if let Ok(facts) = command.facts() {
        span.record("db.operation.name", facts.name);
        if let Some(family) = facts.subject.as_ref().and_then(Subject::family) {
            span.record("db.collection.name", family);
        }
    }
    span
}

pin_project! {
    /// A command under way, in its span; see [`TraceCommandsLayer`].
    #[derive(Debug)]
    pub struct TracedCommand<F> {
        #[pin]
        future: F,
        span: Span,
    }
}

impl<F, R, E> Future for TracedCommand<F>
where
    F: Future<Output = Result<R, E>>,
    E: fmt::Display,
{
    type Output = Result<R, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R, E>> {
        let this = self.project();
        let _entered = this.span.enter();
        let result = ready!(this.future.poll(context));
        if let Err(error) = &result {
            this.span.record("error.type", display(error));
        }
        Poll::Ready(result)
    }
}
