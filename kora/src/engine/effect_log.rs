//! Where the records of effects go: the place that the commit log attaches to.
//!
//! In memory nothing is kept, unless a test asks for it. An append happens while the job's
//! leases are held, so the order here is the order in which the effects were applied.

use parking_lot::Mutex;

use crate::config::Config;

/// The records of all jobs, in order.
#[derive(Debug)]
pub(crate) struct EffectLog(Option<Mutex<Vec<u8>>>);

impl EffectLog {
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn new(config: &Config) -> EffectLog {
        EffectLog(config.record_effects.then(Mutex::default))
    }

    #[cfg(not(any(test, feature = "testing")))]
    pub(crate) fn new(_: &Config) -> EffectLog {
        EffectLog(None)
    }

    /// Whether anyone keeps records.
    pub(crate) fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// Appends the records of one job.
    pub(crate) fn append(&self, records: &[u8]) {
        if let Some(log) = &self.0 {
            log.lock().extend_from_slice(records);
        }
    }

    /// All records so far.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn records(&self) -> Vec<u8> {
        self.0.as_ref().map(|log| log.lock().clone()).unwrap_or_default()
    }
}
