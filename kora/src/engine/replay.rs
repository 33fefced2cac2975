//! Recorded effects, done again: what recovery from a log will do, and what tests do now.
//!
//! Records are applied one by one through the write door, each on the stripe of its key, so a
//! database that replays records them again. Nothing expires meanwhile: what had expired was
//! removed by a record.

use crate::engine::{Engine, catch};
use crate::error::{Error, Result};
use crate::keyspace::effect::{Effect, Record};
use crate::keyspace::{Job, Key, Stripe};

impl Engine {
    /// Applies records in order; how many there were.
    ///
    /// # Errors
    /// [`Error::CorruptRecord`]; the records before it were applied.
    #[cfg_attr(
        not(any(test, feature = "testing")),
        expect(dead_code, reason = "while nothing is kept on disk, only tests replay")
    )]
    pub(crate) fn replay(&self, records: &[u8]) -> Result<usize> {
        let (mut rest, mut count) = (records, 0);
        while !rest.is_empty() {
            let corrupt = Error::CorruptRecord { at: records.len() - rest.len() };
            let Some((record, after)) = Record::decode(rest) else { return Err(corrupt) };
            self.redo(&record)?.ok_or(corrupt)?;
            (rest, count) = (after, count + 1);
        }
        Ok(count)
    }

    /// Applies one record; `None` when it does not fit the data.
    fn redo(&self, record: &Record<'_>) -> Result<Option<()>> {
        if !self.has_databases_of(record) {
            return Ok(None);
        }
        if record.effect.is_on_database() {
            return self.redo_everywhere(record);
        }
        let at = Key::new(record.key).stripe();
        let mut stripe = self.stripes[at].0.lock();
        let job = Job::replaying(&self.shared);
        let done = catch(|| Ok(stripe.replay(record, &job)));
        let garbage = self.end(job, &mut stripe, at);
        drop(stripe);
        self.free(garbage, at);
        done
    }

    fn redo_everywhere(&self, record: &Record<'_>) -> Result<Option<()>> {
        self.everywhere(record.database, |transaction| {
            let done =
                transaction.stripes().try_for_each(|(stripe, job)| stripe.replay(record, job));
            Stripe::record(record.database, record.effect, transaction.job());
            Ok(done)
        })
    }

    fn has_databases_of(&self, record: &Record<'_>) -> bool {
        let has = |number: u8| usize::from(number) < self.database_count;
        let other = match record.effect {
            Effect::Swap(with) => has(with),
            Effect::Remove
            | Effect::Deadline(_)
            | Effect::Store { .. }
            | Effect::Clear
            | Effect::Edit { .. } => true,
        };
        has(record.database) && other
    }
}
