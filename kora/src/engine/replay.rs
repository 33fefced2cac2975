//! Recorded effects, done again, for tests; `recovery/` does it when a database is opened.
//!
//! Records are applied one by one through the write door, each on the stripe of its key, so a
//! database that replays records them again. Nothing expires meanwhile: what had expired was
//! removed by a record.

use crate::engine::{Engine, catch};
use crate::error::{Error, Result};
use crate::keyspace::effect::{Effect, Record};
use crate::keyspace::{Job, Key};

impl Engine {
    /// Applies records in order; how many there were.
    ///
    /// # Errors
    /// [`Error::CorruptRecord`]; the records before it were applied.
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
        match record.effect {
            Effect::Clear | Effect::Swap(_) => self.redo_everywhere(record),
            Effect::PutDocument { collection, .. } | Effect::RemoveDocument { collection } => {
                self.redo_document(collection, record)
            }
            Effect::Collection { collection, change } => self.redo_collection(collection, change),
            Effect::Remove | Effect::Deadline(_) | Effect::Store { .. } | Effect::Edit { .. } => {
                self.redo_on_key(record)
            }
        }
    }

    fn redo_on_key(&self, record: &Record<'_>) -> Result<Option<()>> {
        let key = Key::new(record.key);
        let at = key.stripe();
        let mut stripe = self.stripes[at].0.lock();
        let job = Job::repeating(&self.shared);
        let done = catch(|| Ok(stripe.replay(record, &key, &job)));
        let logged = self.leave(job, stripe, at);
        done.and_then(|done| logged.map(|()| done))
    }

    fn redo_everywhere(&self, record: &Record<'_>) -> Result<Option<()>> {
        let none = Key::new(b"");
        self.everywhere(record.database, |transaction| {
            let done = transaction
                .stripes()
                .try_for_each(|(stripe, job)| stripe.replay(record, &none, job));
            self.happened(record.database, record.effect, transaction);
            Ok(done)
        })
    }

    fn has_databases_of(&self, record: &Record<'_>) -> bool {
        record.numbers().all(|number| usize::from(number) < self.database_count)
    }
}
