//! Who is given what, in which order, and what a queue without room does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::broker::{Asked, Broker, Delivery, Family, Listener};
use super::queue::Queue;
use crate::database::Database;

/// A listener that keeps everything.
fn listener() -> (Arc<Queue>, Arc<dyn Listener>) {
    let queue = Arc::new(Queue::new(usize::MAX));
    (Arc::clone(&queue), queue)
}

fn payloads(queue: &Queue) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    std::iter::from_fn(|| queue.take()).map(|message| text(&message.payload)).collect()
}

#[test]
fn each_name_counts_once_for_each_listener() {
    let (broker, (queue, listener)) = (Broker::default(), listener());
    let id = broker.name();
    assert!(broker.subscribe(Family::Channel, b"news", id, &listener));
    assert!(!broker.subscribe(Family::Channel, b"news", id, &listener));
    assert!(broker.subscribe(Family::Pattern, b"n*", id, &listener));
    assert!(broker.subscribe(Family::Pattern, b"*s", id, &listener));
    assert_eq!(broker.publish(b"news", b"one"), 3);
    assert_eq!(payloads(&queue), ["one"; 3]);
    assert!(broker.unsubscribe(Family::Pattern, b"n*", id));
    assert!(!broker.unsubscribe(Family::Pattern, b"n*", id));
    assert_eq!(broker.publish(b"news", b"two"), 2);
    assert!(broker.unsubscribe(Family::Pattern, b"*s", id));
    assert!(broker.unsubscribe(Family::Channel, b"news", id));
    assert!(broker.is_empty() && broker.names(Family::Channel, None).is_empty());
    assert_eq!(broker.publish(b"news", b"three"), 0);
}

#[test]
fn families_do_not_meet() {
    let (broker, (queue, listener)) = (Broker::default(), listener());
    let id = broker.name();
    broker.subscribe(Family::Shard, b"news", id, &listener);
    assert_eq!(broker.publish(b"news", b"for channels"), 0);
    assert_eq!(broker.publish_to_shard(b"news", b"for shards"), 1);
    assert_eq!(payloads(&queue), ["for shards"]);
    assert_eq!(broker.listener_count(Family::Channel, b"news"), 0);
    assert_eq!(broker.listener_count(Family::Shard, b"news"), 1);
}

#[test]
fn who_listens_too_slowly_keeps_the_newest_and_is_told() {
    let db = Database::in_memory();
    let mut slow = db.subscribe("news").expect("it listens").holding(3);
    for number in 0..10 {
        assert_eq!(db.publish("news", number.to_string()), Ok(1));
    }
    let payloads: Vec<_> = std::iter::from_fn(|| slow.try_recv()).map(|m| m.payload).collect();
    assert_eq!(payloads, ["7", "8", "9"]);
    assert_eq!((slow.missed(), slow.missed()), (7, 0));
    let fewer = slow.holding(0);
    db.publish("news", "a").expect("it is published");
    db.publish("news", "b").expect("it is published");
    let mut fewer = fewer.holding(5);
    assert_eq!(fewer.recv().payload, "b");
    assert_eq!(fewer.recv_timeout(Duration::ZERO), None);
}

/// Counts how often it wakes.
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn who_awaits_is_woken_once() {
    let queue = Queue::new(10);
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&count));
    let context = Context::from_waker(&waker);
    assert_eq!(queue.poll(context.waker()), Poll::Pending);
    let delivery = Delivery { asked: Asked::Channel, channel: b"c", message: b"m" };
    queue.deliver(&delivery);
    queue.deliver(&delivery);
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert!(queue.poll(context.waker()).is_ready() && queue.poll(context.waker()).is_ready());
}

#[test]
fn a_subscription_that_is_dropped_listens_no_longer() {
    let db = Database::in_memory();
    let mut listener = db.subscribe(["a", "b"]).expect("it listens");
    listener.psubscribe("c*");
    listener.unsubscribe("b");
    assert_eq!(
        [db.publish("a", "1"), db.publish("b", "2"), db.publish("c1", "3")],
        [Ok(1), Ok(0), Ok(1)]
    );
    assert_eq!(listener.recv().channel, "a");
    assert_eq!(listener.recv().pattern.as_deref(), Some(&b"c*"[..]));
    drop(listener);
    assert!(db.engine().broker().is_empty());
}

#[test]
fn events_are_published_for_every_door() {
    let config = crate::config::Config {
        keyspace_events: "KA".parse().expect("letters"),
        ..crate::config::Config::default()
    };
    let db = Database::open(config).expect("the configuration is valid");
    let mut events = db.psubscribe("__keyspace@*__:*").expect("it listens");
    db.set("k", "1").expect("there is memory");
    db.pipeline().push(crate::cmd!("INCR", "k")).push(crate::cmd!("GET", "k")).run();
    db.transaction(|tx| {
        tx.rpush("l", ["a", "b"])?;
        tx.rpush("l", ["c"])
    })
    .expect("nobody is faster");
    db.select(3).expect("it is there").hset("h", "f", "v").expect("there is memory");
    let told: Vec<(String, String)> = std::iter::from_fn(|| events.try_recv())
        .map(|event| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (text(&event.channel), text(&event.payload))
        })
        .collect();
    let expected = [
        ("__keyspace@0__:k", "set"),
        ("__keyspace@0__:k", "incrby"),
        ("__keyspace@0__:l", "rpush"),
        ("__keyspace@0__:l", "rpush"),
        ("__keyspace@3__:h", "hset"),
    ];
    let expected = expected.map(|(channel, event)| (channel.to_owned(), event.to_owned()));
    assert_eq!(told, expected);
}
