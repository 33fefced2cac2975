//! How the log calls the thread that keeps it.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Rung when there is something to do.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_rung: bool,
    is_stopping: bool,
}

impl Bell {
    /// There is something to do.
    pub(crate) fn ring(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_rung = true;
        self.rung.notify_one();
    }

    /// There will be nothing more to do.
    pub(crate) fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_stopping = true;
        self.rung.notify_one();
    }

    /// Waits until it rings, at most this long; whether there is nothing more to do.
    pub(crate) fn wait(&self, most: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |state: &mut State| !state.is_rung && !state.is_stopping;
        let (mut state, _) = self
            .rung
            .wait_timeout_while(state, most, waits)
            .unwrap_or_else(PoisonError::into_inner);
        state.is_rung = false;
        state.is_stopping
    }
}
