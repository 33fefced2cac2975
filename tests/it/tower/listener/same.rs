//! Layers that do nothing change nothing: replies, their bytes and their order are those of a server
//! without layers, and of a real Redis, however the layers' futures are polled.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use kora::{Command, ServerConfig};
use kora_tower::LayerCommands;
use tower::layer::layer_fn;
use tower::layer::util::Identity;
use tower::{Service, ServiceBuilder};

use super::served;
use crate::server;
use crate::support::awaiting::block_on;
use crate::support::redis::Redis;
use crate::support::served::ServedTarget;

/// Takes its time: it is ready, and answers, when it is asked a second time.
struct Slow<S> {
    inner: S,
    is_ready: bool,
}

impl<S: Service<Command>> Service<Command> for Slow<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = SlowAnswer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        if !std::mem::replace(&mut self.is_ready, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.inner.poll_ready(context)
    }

    fn call(&mut self, command: Command) -> SlowAnswer<S::Future> {
        self.is_ready = false;
        SlowAnswer { inner: Box::pin(self.inner.call(command)), is_asked: false }
    }
}

struct SlowAnswer<F> {
    inner: Pin<Box<F>>,
    is_asked: bool,
}

impl<F: Future> Future for SlowAnswer<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if !std::mem::replace(&mut self.is_asked, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.inner.as_mut().poll(context)
    }
}

/// One layer that answers in place, one that takes its time, and one whose futures run elsewhere.
fn all() -> [fn() -> ServerConfig; 3] {
    let at_once = || ServerConfig::default().layer(Identity::new());
    let slow = || {
        let layer = layer_fn(|inner| Slow { inner, is_ready: false });
        ServerConfig::default().layer(layer)
    };
    let elsewhere = || {
        let layer = ServiceBuilder::new().map_future(|answer| async {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            thread::spawn(move || sender.send(block_on(answer)));
            receiver.await.expect("the thread answers")
        });
        ServerConfig::default().layer(layer)
    };
    [at_once, slow, elsewhere]
}

#[test]
fn every_script_is_true_through_layers() {
    for start in all() {
        server::check_scripts(&|| ServedTarget::of(served(start())));
    }
}

#[test]
fn talks_go_as_with_redis_through_layers() {
    let Some(redis) = Redis::start() else { return };
    all().into_iter().for_each(|start| server::talks::check(&redis, &served(start())));
}

#[test]
fn replies_are_the_bytes_of_redis_through_layers() {
    let Some(redis) = Redis::start() else { return };
    all().into_iter().for_each(|start| server::bytes::check(&redis, &served(start())));
}

#[test]
fn nothing_that_is_sent_breaks_a_server_with_layers() {
    all().into_iter().for_each(|start| server::fuzz::check_server(&server::fuzz::small(start())));
}
