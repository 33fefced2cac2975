//! Doing again what a record says.
//!
//! Replay goes through the write door like everything else, so it records and accounts as the
//! first time. The job must be one to which nothing has expired ([`Job::repeating`]): what
//! expired was removed by a record of its own.

use crate::keyspace::effect::{Effect, Record};
use crate::keyspace::{Job, Key, Keyspace, Stripe};
use crate::types::{Effect as _, TypedValue, with_kind};

impl Stripe {
    /// Does again what a record says of this key; `None` when it does not fit what is there.
    pub(crate) fn replay(
        &mut self,
        record: &Record<'_>,
        key: &Key<'_>,
        job: &Job<'_>,
    ) -> Option<()> {
        match record.effect {
            Effect::Clear => drop(self.keyspace(record.database, job).clear()),
            Effect::Swap(with) => self.swap(record.database, with),
            Effect::PutDocument { .. }
            | Effect::RemoveDocument { .. }
            | Effect::Collection { .. } => return None,
            Effect::Remove | Effect::Deadline(_) | Effect::Store { .. } | Effect::Edit { .. } => {
                self.keyspace(record.database, job).replay(key, record.effect)?;
            }
        }
        Some(())
    }
}

impl Keyspace<'_> {
    /// Does again what a record says of a key; `None` when it does not fit what is there.
    pub(crate) fn replay(&mut self, key: &Key<'_>, effect: Effect<'_>) -> Option<()> {
        match effect {
            // An edit that leaves nothing has removed the key already.
            Effect::Remove => drop(self.remove(key)),
            Effect::Deadline(deadline) => {
                self.space.map.find(key.hash(), key.bytes())?;
                self.set_deadline(key, deadline);
            }
            Effect::Store { kind, deadline, image } => {
                self.store_image(key, kind, deadline, image)?;
            }
            Effect::Clear
            | Effect::Swap(_)
            | Effect::PutDocument { .. }
            | Effect::RemoveDocument { .. }
            | Effect::Collection { .. } => return None,
            Effect::Edit { kind, body } => with_kind!(kind, T => {
                let effect = <T as TypedValue>::Effect::decode(body)?;
                self.open_or_new::<T>(key).ok()?.apply(&effect);
            }),
        }
        Some(())
    }
}
