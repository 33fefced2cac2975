//! The methods: publishing, and listening in this process.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use super::broker::{Family, Listener, ListenerId};
use super::queue::Queue;
use crate::arguments::{ByteArg, ByteArgs};
use crate::asynchronous::AsyncDatabase;
use crate::database::Database;
use crate::error::Result;

pub use super::queue::Message;

/// Messages that wait for a listener before the oldest goes, unless it says otherwise.
const CAPACITY: usize = 4096;

/// One who listens to channels; see [`Database::subscribe`]. It listens until it is dropped.
///
/// It holds 4096 messages that were not received, or as many as [`Subscription::holding`] says. When
/// one more comes the oldest is dropped, and [`Subscription::missed`] counts it: who publishes
/// never waits.
#[derive(Debug)]
pub struct Subscription {
    db: Database,
    id: ListenerId,
    queue: Arc<Queue>,
    listener: Arc<dyn Listener>,
    names: Vec<(Family, Box<[u8]>)>,
}

impl Subscription {
    fn new(db: &Database) -> Subscription {
        let queue = Arc::new(Queue::new(CAPACITY));
        let listener = Arc::clone(&queue) as Arc<dyn Listener>;
        let id = db.engine().broker().name();
        Subscription { db: db.clone(), id, queue, listener, names: Vec::new() }
    }

    /// Holds so many messages that were not received, at least one.
    #[must_use]
    pub fn holding(self, messages: usize) -> Subscription {
        self.queue.set_capacity(messages.max(1));
        self
    }

    /// Listens to more channels.
    pub fn subscribe(&mut self, channels: impl ByteArgs) {
        self.add(Family::Channel, &channels.borrowed());
    }

    /// Listens to all channels that a glob pattern fits.
    pub fn psubscribe(&mut self, patterns: impl ByteArgs) {
        self.add(Family::Pattern, &patterns.borrowed());
    }

    /// Listens to some channels no longer; what has come is still received.
    pub fn unsubscribe(&mut self, channels: impl ByteArgs) {
        self.remove(Family::Channel, &channels.borrowed());
    }

    /// Listens no longer for some patterns; what has come is still received.
    pub fn punsubscribe(&mut self, patterns: impl ByteArgs) {
        self.remove(Family::Pattern, &patterns.borrowed());
    }

    /// The next message; waits for it, for ever if need be.
    pub fn recv(&mut self) -> Message {
        self.queue.wait()
    }

    /// The next message, if one comes within a time.
    pub fn recv_timeout(&mut self, time: Duration) -> Option<Message> {
        self.queue.wait_for(time)
    }

    /// The next message, if it has come.
    pub fn try_recv(&mut self) -> Option<Message> {
        self.queue.take()
    }

    /// How many messages were dropped since this was last asked, because they were not received in
    /// time.
    pub fn missed(&mut self) -> u64 {
        self.queue.take_missed()
    }

    fn add(&mut self, family: Family, names: &[&[u8]]) {
        for name in names {
            if self.db.engine().broker().subscribe(family, name, self.id, &self.listener) {
                self.names.push((family, (*name).into()));
            }
        }
    }

    fn remove(&mut self, family: Family, names: &[&[u8]]) {
        for name in names {
            self.db.engine().broker().unsubscribe(family, name, self.id);
        }
        self.names.retain(|(of, name)| *of != family || !names.contains(&&**name));
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        for (family, name) in &self.names {
            self.db.engine().broker().unsubscribe(*family, name, self.id);
        }
    }
}

/// A [`Subscription`] whose messages are awaited. No runtime is needed.
///
/// ```
/// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
/// # fn block_on<F: Future>(f: F) -> F::Output {
/// #     let mut f = pin!(f);
/// #     loop { if let Poll::Ready(v) = f.as_mut().poll(&mut Context::from_waker(Waker::noop())) { return v } }
/// # }
/// # block_on(async {
/// let db = kora::Database::in_memory().asynchronous();
/// let mut orders = db.subscribe("orders").await?;
/// db.publish("orders", "17").await?;
/// assert_eq!(orders.recv().await.payload, "17");
/// # Ok::<(), kora::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct AsyncSubscription(Subscription);

impl AsyncSubscription {
    /// As [`Subscription::holding`].
    #[must_use]
    pub fn holding(self, messages: usize) -> AsyncSubscription {
        AsyncSubscription(self.0.holding(messages))
    }

    /// The same, for who does not await: to listen to more, or to less, and to know what was missed.
    pub fn synchronous(&mut self) -> &mut Subscription {
        &mut self.0
    }

    /// The next message. A future that is dropped before it is ready has taken none.
    pub async fn recv(&mut self) -> Message {
        let queue = &self.0.queue;
        poll_fn(|context| queue.poll(context.waker())).await
    }
}

impl Database {
    /// Gives a message to all who listen to a channel just now, in this process and over
    /// connections; how many they are. O(listeners + patterns that anybody listens for).
    ///
    /// ```
    /// let db = kora::Database::in_memory();
    /// assert_eq!(db.publish("news", "unheard")?, 0);
    /// let mut news = db.subscribe("news")?;
    /// assert_eq!(db.publish("news", "heard")?, 1);
    /// assert_eq!(news.try_recv().map(|message| message.payload), Some("heard".into()));
    /// # Ok::<(), kora::Error>(())
    /// ```
    ///
    /// # Errors
    /// None so far.
    pub fn publish(&self, channel: impl ByteArg, message: impl ByteArg) -> Result<usize> {
        Ok(self.engine().broker().publish(channel.as_bytes(), message.as_bytes()))
    }

    /// Listens to channels. All numbered databases share them.
    ///
    /// # Errors
    /// None so far.
    pub fn subscribe(&self, channels: impl ByteArgs) -> Result<Subscription> {
        let mut subscription = Subscription::new(self);
        subscription.subscribe(channels);
        Ok(subscription)
    }

    /// Listens to all channels that a glob pattern fits, one of them or more.
    ///
    /// # Errors
    /// None so far.
    pub fn psubscribe(&self, patterns: impl ByteArgs) -> Result<Subscription> {
        let mut subscription = Subscription::new(self);
        subscription.psubscribe(patterns);
        Ok(subscription)
    }
}

impl AsyncDatabase {
    /// As [`Database::publish`].
    ///
    /// # Errors
    /// None so far.
    pub async fn publish(&self, channel: impl ByteArg, message: impl ByteArg) -> Result<usize> {
        self.synchronous().publish(channel, message)
    }

    /// As [`Database::subscribe`].
    ///
    /// # Errors
    /// None so far.
    pub async fn subscribe(&self, channels: impl ByteArgs) -> Result<AsyncSubscription> {
        self.synchronous().subscribe(channels).map(AsyncSubscription)
    }

    /// As [`Database::psubscribe`].
    ///
    /// # Errors
    /// None so far.
    pub async fn psubscribe(&self, patterns: impl ByteArgs) -> Result<AsyncSubscription> {
        self.synchronous().psubscribe(patterns).map(AsyncSubscription)
    }
}
