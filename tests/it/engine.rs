//! The engine from outside: panics stay with their caller, busy stripes make nobody else wait,
//! memory has a limit, and an end is clean.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::mpsc::{Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use kora::{AsyncDatabase, Bytes, Clock, Config, Database, Error, Eviction, Result};

use crate::support::awaiting::{Boxed, Busy, block_on, poll_once};

/// Calls that wait at once in these tests.
const CALLS: usize = 5_000;

fn memory(shard_count: usize) -> Database {
    Database::open(Config { shard_count, ..Config::default() }).expect("a valid configuration")
}

#[test]
fn a_panic_reaches_its_caller_as_an_error() {
    let db = memory(2);
    db.set("k", "v").expect("there is room");
    let panicked = |message: &str| Err(Error::Panicked { message: message.into() });
    assert_eq!(db.get_with("k", |_| -> usize { panic!("at the word") }), panicked("at the word"));
    let formatted =
        db.get_with("k", |value| -> usize { panic!("{}", value.map_or(0, <[u8]>::len)) });
    assert_eq!(formatted, panicked("1"));
    let wordless = db.get_with("k", |_| -> usize { std::panic::panic_any(7) });
    assert!(matches!(wordless, Err(Error::Panicked { .. })));
}

#[test]
fn a_panic_harms_nobody_else() {
    let db = memory(1);
    db.set("k", "v").expect("there is room");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    let answer = db.get_with("k", |_| -> () { panic!("again") });
                    assert!(matches!(answer, Err(Error::Panicked { .. })));
                    db.incr("others").expect("an integer");
                }
            });
        }
    });
    assert_eq!(db.get("k"), Ok(Some(Bytes::from_static(b"v"))));
    assert_eq!(db.incr("others"), Ok(401));
    assert_eq!(block_on(db.asynchronous().append("k", "w")), Ok(2));
}

/// Starts calls of `incr` on a busy key; all wait.
fn waiting_calls(db: &AsyncDatabase, count: usize) -> Vec<Boxed<Result<i64>>> {
    let start = |_| {
        let db = db.clone();
        let mut call: Boxed<Result<i64>> = Box::pin(async move { db.incr("busy").await });
        assert!(poll_once(call.as_mut()).is_pending(), "its stripe is busy");
        call
    };
    (0..count).map(start).collect()
}

fn counted(calls: Vec<Boxed<Result<i64>>>) -> Vec<i64> {
    calls.into_iter().map(|call| block_on(call).expect("an integer")).collect()
}

#[test]
fn thousands_of_calls_wait_for_a_busy_stripe_and_are_answered_in_order() {
    for shards in [1, 3] {
        let db = memory(shards);
        let busy = Busy::new(&db, "busy");
        let calls = waiting_calls(&db.asynchronous(), CALLS);
        busy.let_go();
        assert!(counted(calls).into_iter().eq(1..=5_000), "first come, first served");
    }
}

#[test]
fn a_busy_stripe_makes_no_other_key_wait() {
    let db = memory(4);
    let others = db.asynchronous();
    let busy = Busy::new(&db, "busy");
    let waits = (0..1_000).filter(|n| {
        let mut call = Box::pin(others.set(format!("other:{n}"), "v"));
        poll_once(call.as_mut()).is_pending()
    });
    // Of 1024 stripes one is held: ten of a thousand keys in it would be a strange day.
    let waits = waits.count();
    busy.let_go();
    assert!(waits < 10, "{waits} keys had to wait");
}

#[test]
fn threads_that_wait_for_a_busy_stripe_all_get_it() {
    let db = memory(2);
    let busy = Busy::new(&db, "busy");
    let (sender, answers) = channel();
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let (db, sender) = (db.clone(), sender.clone());
            thread::spawn(move || sender.send(db.incr("busy")).expect("the test waits"))
        })
        .collect();
    assert_eq!(answers.try_recv(), Err(TryRecvError::Empty), "nobody passes the holder");
    busy.let_go();
    callers.into_iter().for_each(|caller| caller.join().expect("a caller"));
    drop(sender);
    let mut answers: Vec<i64> = answers.iter().map(|answer| answer.expect("an integer")).collect();
    answers.sort_unstable();
    assert_eq!(answers, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn queued_calls_are_answered_after_the_other_handles_are_gone() {
    let db = memory(1);
    let busy = Busy::new(&db, "busy");
    let calls = waiting_calls(&db.asynchronous(), CALLS);
    drop(db);
    busy.let_go();
    assert!(counted(calls).into_iter().eq(1..=5_000));
}

/// Tells when it is dropped.
struct Farewell(Sender<()>);

impl Drop for Farewell {
    fn drop(&mut self) {
        // Nobody may be listening any more.
        self.0.send(()).unwrap_or_default();
    }
}

thread_local! {
    /// What a thread drops when it ends.
    static AT_THE_END: RefCell<Option<Farewell>> = const { RefCell::new(None) };
}

/// A waker that does something on the thread that wakes it: a shard's.
struct OnWake<F: FnOnce() + Send>(Mutex<Option<F>>);

impl<F: FnOnce() + Send> Wake for OnWake<F> {
    fn wake(self: Arc<Self>) {
        let act = self.0.lock().expect("nothing panics under it").take();
        act.into_iter().for_each(|act| act());
    }
}

/// Queues a call behind a busy stripe, and has the shard's thread do something when it answers.
fn on_the_shards_thread(db: &Database, act: impl FnOnce() + Send + 'static) {
    let busy = Busy::new(db, "busy");
    let others = db.asynchronous();
    let mut call: Boxed<Result<i64>> = Box::pin(async move { others.incr("busy").await });
    let waker = Waker::from(Arc::new(OnWake(Mutex::new(Some(act)))));
    assert!(Pin::new(&mut call).poll(&mut Context::from_waker(&waker)).is_pending());
    busy.let_go();
}

#[test]
fn dropping_the_last_handle_ends_the_threads() {
    let db = memory(1);
    let (sender, ends) = channel();
    let (is_set, set) = channel();
    on_the_shards_thread(&db, move || {
        AT_THE_END.set(Some(Farewell(sender)));
        is_set.send(()).expect("the test waits");
    });
    set.recv().expect("the shard's thread acts");
    assert_eq!(ends.try_recv(), Err(TryRecvError::Empty), "the thread lives");
    drop(db);
    assert_eq!(ends.try_recv(), Ok(()), "the thread has ended when the drop returns");
}

#[test]
fn a_shards_thread_may_drop_the_last_handle() {
    let db = memory(3);
    let (sender, ends) = channel();
    let (give, given) = channel::<Database>();
    on_the_shards_thread(&db, move || {
        AT_THE_END.set(Some(Farewell(sender)));
        drop(given.recv().expect("the test gives its handle"));
    });
    give.send(db).expect("the shard's thread waits");
    ends.recv().expect("the thread ends by itself");
}

#[test]
fn a_call_that_is_given_up_is_still_done() {
    let db = memory(1);
    let busy = Busy::new(&db, "busy");
    drop(waiting_calls(&db.asynchronous(), 10));
    let last = waiting_calls(&db.asynchronous(), 1);
    busy.let_go();
    assert_eq!(counted(last), [11]);
}

fn limited(max_memory: usize, eviction: Eviction) -> Database {
    let config = Config { max_memory: Some(max_memory), eviction, ..Config::default() };
    Database::open(config).expect("a valid configuration")
}

const MIB: usize = 1 << 20;

#[test]
fn without_eviction_a_full_memory_refuses_and_frees() {
    let db = limited(MIB, Eviction::None);
    db.set("large", vec![b'x'; 2 * MIB]).expect("there was room before");
    assert!(db.used_memory() > 2 * MIB);
    assert_eq!(db.set("k", "v"), Err(Error::OutOfMemory));
    assert_eq!(db.append("large", "v"), Err(Error::OutOfMemory));
    assert_eq!(db.mset([("a", "1"), ("b", "2")]), Err(Error::OutOfMemory));
    assert_eq!(db.strlen("large"), Ok(2 * MIB));
    db.getdel("large").expect("removing needs no memory");
    assert!(db.used_memory() < MIB);
    assert_eq!(db.set("k", "v"), Ok(()));
}

/// Values much larger than what is there make many small keys leave for each.
#[test]
fn writers_are_not_refused_while_there_is_something_to_evict() {
    for policy in [Eviction::AllKeysLru, Eviction::AllKeysLfu, Eviction::AllKeysRandom] {
        let db = limited(4 * MIB, policy);
        for n in 0..40_000 {
            assert_eq!(db.set(format!("small:{n}"), "value"), Ok(()), "{policy:?}");
        }
        for n in 0..20 {
            assert_eq!(db.set(format!("large:{n}"), vec![b'x'; MIB / 2]), Ok(()), "{policy:?}");
        }
        let used = db.used_memory();
        assert!(used < 5 * MIB, "{policy:?}: {used} bytes");
    }
}

/// Volatile policies find the few keys that expire among many that do not, and refuse when
/// there are none.
#[test]
fn volatile_policies_spare_keys_that_do_not_expire() {
    let later = std::time::Duration::from_secs(1_000);
    let policies = [Eviction::VolatileLru, Eviction::VolatileRandom, Eviction::VolatileTtl];
    for policy in policies {
        let db = limited(4 * MIB, policy);
        for n in 0..10_000 {
            db.set(format!("stays:{n}"), "v").expect("there is room");
        }
        for n in 0..6 {
            let answer = db.setex(format!("goes:{n}"), later, vec![b'x'; MIB]);
            assert_eq!(answer, Ok(()), "{policy:?}");
        }
        db.set("large", vec![b'x'; 4 * MIB]).expect("keys that expire can leave");
        assert_eq!(db.set("more", "v"), Err(Error::OutOfMemory), "{policy:?}");
        for n in 0..10_000 {
            assert_eq!(db.strlen(format!("stays:{n}")), Ok(1), "{policy:?}");
        }
    }
}

#[test]
fn options_have_their_ranges() {
    let open = |config| Database::open(config).map(drop);
    let base = || Config { shard_count: 1, ..Config::default() };
    for shard_count in [1, 64] {
        assert_eq!(open(Config { shard_count, ..base() }), Ok(()));
    }
    for database_count in [1, 256] {
        assert_eq!(open(Config { database_count, ..base() }), Ok(()));
    }
    for wrong in [
        Config { shard_count: 0, ..base() },
        Config { shard_count: 1025, ..base() },
        Config { database_count: 0, ..base() },
        Config { database_count: 257, ..base() },
        Config { max_memory: Some(0), ..base() },
    ] {
        assert!(matches!(open(wrong), Err(Error::InvalidConfig { .. })));
    }
}

#[test]
fn keys_die_when_the_clock_says_so() {
    let clock = Clock::manual(1_000);
    let config = Config { clock: clock.clone(), shard_count: 2, ..Config::default() };
    let db = Database::open(config).expect("a valid configuration");
    db.setex("k", std::time::Duration::from_millis(500), "v").expect("there is room");
    clock.advance(std::time::Duration::from_millis(499));
    assert_eq!(db.strlen("k"), Ok(1));
    clock.advance(std::time::Duration::from_millis(1));
    assert_eq!(db.strlen("k"), Ok(0));
    assert_eq!(db.setnx("k", "w"), Ok(true));
}

/// The first poll of a call whose stripe is free is also its last.
#[test]
fn a_call_on_a_free_stripe_is_ready_at_once() {
    let db = memory(2).asynchronous();
    let mut call = std::pin::pin!(db.incr("free"));
    assert_eq!(poll_once(call.as_mut()), Poll::Ready(Ok(1)));
}
