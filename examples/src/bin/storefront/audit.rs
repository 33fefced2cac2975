//! Who has changed what over the Redis port: a layer around the commands of clients.
//!
//! Every command that has changed something leaves a line in the list `audit`, the newest first: where it
//! came from, what it is, and what it is about. No values: they are the customers'.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use kora::{Command, CommandResponse, Error, Subject};
use kora_tower::Kora;
use tower::{Layer, Service};

/// Lines that are kept.
const LINES_MAX: i64 = 1000;

/// Keeps a list of what clients have changed.
#[derive(Clone)]
pub(crate) struct Audit {
    pub(crate) kora: Kora,
}

/// Commands on their way, some of which are to be put down.
pub(crate) struct Audited<S> {
    inner: S,
    kora: Kora,
}

impl<S> Layer<S> for Audit {
    type Service = Audited<S>;

    fn layer(&self, inner: S) -> Audited<S> {
        Audited { inner, kora: self.kora.clone() }
    }
}

impl<S> Service<Command> for Audited<S>
where
    S: Service<Command, Response = CommandResponse, Error = Error>,
    S::Future: Send + 'static,
{
    type Response = CommandResponse;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<CommandResponse, Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, command: Command) -> Self::Future {
        let Some(line) = line_of(&command) else { return Box::pin(self.inner.call(command)) };
        let (answer, kora) = (self.inner.call(command), self.kora.clone());
        Box::pin(async move {
            let answer = answer.await?;
            kora.lpush("audit", line).await?;
            kora.ltrim("audit", 0, LINES_MAX - 1).await?;
            Ok(answer)
        })
    }
}

/// What is put down of a command that changes something.
fn line_of(command: &Command) -> Option<String> {
    let facts = command.facts().ok().filter(|facts| facts.is_write)?;
    let about = match facts.subject {
        Some(Subject::Key(name) | Subject::Collection(name)) => String::from_utf8_lossy(name),
        None => "everything".into(),
    };
    let from = command.caller().map_or("this process", |caller| caller.address());
    Some(format!("{from} {} {about}", facts.name))
}
