//! Awaiting without a runtime, and keeping a stripe busy: what the tests of the engine share.
//!
//! Nothing here tests. [`Busy`] is the one way in which a test makes a call wait: a closure of
//! `get_with` runs under the lease of its key's stripe, for as long as the test likes.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};

use kora::Database;

/// A future on the heap that any thread may poll.
pub(crate) type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Runs a future to its end; the thread sleeps until it is woken.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls a future once, and does not ask to be woken.
pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A stripe that is kept busy until it is let go.
pub(crate) struct Busy {
    let_go: Sender<()>,
    holder: JoinHandle<()>,
}

impl Busy {
    /// Holds the stripe of a key; it is held when this returns.
    pub(crate) fn new(db: &Database, key: &'static str) -> Busy {
        let db = db.clone();
        let ((held, is_held), (let_go, is_let_go)) = (channel(), channel());
        let hold = move || {
            held.send(()).expect("the test waits");
            is_let_go.recv().expect("the test lets go");
        };
        let holder = thread::spawn(move || db.get_with(key, |_| hold()).expect("it only waits"));
        is_held.recv().expect("the holder runs");
        Busy { let_go, holder }
    }

    /// Lets the stripe go; it is free, and the holder's handle dropped, when this returns.
    pub(crate) fn let_go(self) {
        self.let_go.send(()).expect("the holder waits");
        self.holder.join().expect("the holder does not panic");
    }
}
