//! One attempt at a transaction: reads are remembered, writes are kept apart, and at the end all
//! of it happens in one step or nothing does.
//!
//! A key that is touched is copied into a stripe of the attempt's own, where every operation works
//! as it does elsewhere; what it records there is what the commit will do. The commit takes all
//! leases, those of stripes and then those of partitions, and looks whether everything that was
//! read is still as it was: by value, so a change that was taken back is none. Then the records
//! go to the log as one frame, and are applied.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;

use crate::document::collection::schema::Schema;
use crate::engine::collections::{Answer, Collection, DocumentWrite, Locked, Query, Scan};
use crate::engine::transaction::{Leases, Transaction};
use crate::engine::{Engine, catch};
use crate::error::Result;
use crate::keyspace::effect::{Effect, Record};
use crate::keyspace::event::{Event, Named};
use crate::keyspace::job::Outcome;
use crate::keyspace::memory::Memory;
use crate::keyspace::{Job, Key, Keyspace, Shared, Stripe, read};

/// Everything that an attempt has seen and wants to change.
#[derive(Debug)]
pub(crate) struct Attempt<'e> {
    engine: &'e Engine,
    number: u8,
    /// The keys that were touched, as they were found and as they have become.
    stripe: Mutex<Stripe>,
    shared: Shared,
    /// What operations recorded, and what some of it is called.
    journal: Vec<u8>,
    named: Named,
    /// Each key as it was found: the records that make it, of every numbered database.
    keys: BTreeMap<Box<[u8]>, Vec<u8>>,
    documents: BTreeMap<(u32, Box<[u8]>), Seen>,
    scans: Vec<Scan>,
}

/// Attempts before a transaction is given up: whoever is faster each time would have to be lucky.
pub(crate) const TRIES: usize = 64;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All of it has happened.
    Done,
    /// Nothing has: others changed what it had read.
    Outrun,
    /// Nothing has: what was asked for did not hold.
    Refused,
}

/// A document as it was found and as it has become.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) collection: Arc<Collection>,
    /// What was declared of the collection's documents when it was found.
    pub(crate) schema: Option<Arc<Schema>>,
    pub(crate) found: Option<Version>,
    pub(crate) now: Option<Version>,
}

/// A document's form and deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) form: Box<[u8]>,
    pub(crate) deadline: Option<i64>,
}

impl<'e> Attempt<'e> {
    pub(crate) fn new(engine: &'e Engine, number: u8) -> Attempt<'e> {
        Attempt {
            engine,
            number,
            stripe: Mutex::default(),
            shared: engine.shared.apart(Memory::new(None, crate::config::Eviction::None)),
            journal: Vec::new(),
            named: Named::default(),
            keys: BTreeMap::new(),
            documents: BTreeMap::new(),
            scans: Vec::new(),
        }
    }

    /// The engine that the attempt is made on.
    pub(crate) fn engine(&self) -> &'e Engine {
        self.engine
    }

    /// The number of the database that the attempt works on.
    pub(crate) fn number(&self) -> u8 {
        self.number
    }

    /// Works on another numbered database from here on.
    #[cfg(feature = "server")]
    pub(crate) fn select(&mut self, number: u8) {
        self.number = number;
    }

    /// Copies a key, as it is in all numbered databases, unless it was copied before.
    fn load(&mut self, key: &Key<'_>) -> Result<()> {
        key.check_len()?;
        if self.keys.contains_key(key.bytes()) {
            return Ok(());
        }
        let found = self.engine.records_of(key);
        let mut rest = &found[..];
        let mut stripe = self.stripe.lock();
        while let Some((record, after)) = Record::decode(rest) {
            let job = Job::recovering(&self.shared);
            let fits = stripe.replay(&record, key, &job);
            debug_assert!(fits.is_some(), "a value's own record fits an empty place");
            drop(job.finish());
            rest = after;
        }
        drop(stripe);
        self.keys.insert(key.bytes().into(), found);
        Ok(())
    }

    /// Does a job on one key.
    pub(crate) fn on<R>(
        &mut self,
        key: &Key<'_>,
        work: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Result<R> {
        self.load(key)?;
        let mut stripe = self.stripe.lock();
        let job = Job::new(&self.shared);
        let result = catch(|| work(&mut stripe.keyspace(self.number, &job)));
        let outcome = job.finish();
        drop(stripe);
        self.keep(outcome);
        result
    }

    /// Does a job on several keys.
    pub(crate) fn together<'k, R>(
        &mut self,
        keys: impl IntoIterator<Item = &'k Key<'k>>,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        for key in keys {
            self.load(key)?;
        }
        let leases = Leases::of_one(self.stripe.lock());
        let job = Job::new(&self.shared);
        let count = self.engine.database_count();
        let mut transaction = Transaction::new(leases, job, self.number, count);
        let result = catch(|| work(&mut transaction));
        let outcome = transaction.into_job().finish();
        self.keep(outcome);
        result
    }

    /// Keeps what a job recorded.
    fn keep(&mut self, outcome: Outcome) {
        self.named.append(self.journal.len(), outcome.named);
        self.journal.extend_from_slice(&outcome.journal);
    }

    /// A document as it is in this attempt.
    pub(crate) fn document(
        &mut self,
        collection: &Arc<Collection>,
        id: &[u8],
    ) -> Result<&mut Seen> {
        let place = (collection.id(), Box::from(id));
        if !self.documents.contains_key(&place) {
            let found = self.engine.read_document(collection, id, |current| {
                Ok(current.map(|current| Version {
                    form: current.form.into(),
                    deadline: current.deadline,
                }))
            })?;
            let (collection, schema) = (Arc::clone(collection), collection.schema());
            let seen = Seen { collection, schema, now: found.clone(), found };
            self.documents.insert(place.clone(), seen);
        }
        Ok(self.documents.get_mut(&place).expect("it was put there"))
    }

    /// Runs a query; what the attempt has written counts.
    pub(crate) fn find(&mut self, collection: &Arc<Collection>, query: &Query) -> Result<Answer> {
        self.scans.push(collection.scan());
        let now_ms = self.engine.now_ms();
        let now = |seen: &Seen| seen.now.clone().filter(|version| version.lives(now_ms));
        let written: Vec<_> =
            self.written(collection).map(|(id, seen)| (id.into(), now(seen))).collect();
        self.engine.find_with(collection, query, &written)
    }

    /// Counts the documents that satisfy a condition; what the attempt has written counts.
    pub(crate) fn count(&mut self, collection: &Arc<Collection>, query: &Query) -> Result<u64> {
        self.scans.push(collection.scan());
        let now_ms = self.engine.now_ms();
        let counts = |version: &Version| version.lives(now_ms) && version.satisfies(query);
        let fits = |version: &Option<Version>| u64::from(version.as_ref().is_some_and(counts));
        let (mut gone, mut come) = (0, 0);
        for (_, seen) in self.written(collection) {
            gone += fits(&seen.found);
            come += fits(&seen.now);
        }
        // Fewer than have gone only when others change them too: then the attempt fails.
        Ok(self.engine.count(collection, query)?.saturating_sub(gone) + come)
    }

    /// The documents of a collection that the attempt has written.
    fn written(&self, collection: &Collection) -> impl Iterator<Item = (&[u8], &Seen)> {
        let of = collection.id();
        let all = self.documents.iter().filter(move |((id, _), _)| *id == of);
        let all = all.map(|((_, id), seen)| (&**id, seen));
        all.filter(|(_, seen)| seen.found != seen.now)
    }

    /// Makes it all happen; false when something that was read has changed.
    pub(crate) fn commit(self) -> Result<bool> {
        self.commit_if(&[], |_| true).map(|end| end == End::Done)
    }

    /// Makes it all happen if something holds of some more keys, under their leases and all others.
    pub(crate) fn commit_if(
        self,
        more: &[Key<'_>],
        holds: impl FnOnce(&Transaction<'_>) -> bool,
    ) -> Result<End> {
        let Attempt { engine, number, shared, journal, named, keys, documents, scans, .. } = self;
        let writes: Vec<DocumentWrite<'_>> = documents
            .iter()
            .filter(|(_, seen)| seen.found != seen.now)
            .map(|((_, id), seen)| DocumentWrite { id, seen })
            .collect();
        let is_writing = !journal.is_empty() || !writes.is_empty();
        if is_writing {
            engine.prepare_write()?;
        }
        let touched = keys.keys().map(|key| Key::new(key)).collect::<Vec<_>>();
        let leases = engine.lease(touched.iter().chain(more))?;
        let asked = Transaction::new(leases, Job::new(&engine.shared), number, 0);
        if !holds(&asked) {
            return Ok(End::Refused);
        }
        let mut leases = asked.into_leases();
        let mut locked = Locked::take(documents.values().map(|seen| &seen.collection), &scans);
        if !engine.are_as_found(&leases, &keys) || !locked.are_as_found(engine, &documents, &scans)
        {
            return Ok(End::Outrun);
        }
        if !is_writing {
            return Ok(End::Done);
        }
        let changes = locked.prepare(&writes, engine.now_ms())?;
        let (mut frame, mut names, mut expired) = engine.removals(&leases, &keys);
        // Keys that the attempt has made, and that have expired in it.
        expired += shared.expired.load(Ordering::Relaxed);
        names.append(frame.len(), named);
        frame.extend_from_slice(&journal);
        let key_bytes = frame.len();
        locked.record(&writes, &mut frame);
        // Nothing has changed yet: what cannot be recorded does not happen.
        engine.append_records(&frame)?;
        engine.apply_records(&mut leases, &frame[..key_bytes]);
        engine.shared.expired.fetch_add(expired, Ordering::Relaxed);
        for DocumentWrite { id, seen } in &writes {
            if seen.now.as_ref().is_some_and(|new| new.deadline.is_some()) {
                engine.watch_deadlines_of(seen.collection.partition_of_id(id));
            }
        }
        let grown = locked.apply(writes, changes);
        let ready = engine.tell(&frame[..key_bytes], &names);
        drop((locked, leases));
        engine.shared.memory.settle(grown);
        engine.serve(ready);
        Ok(End::Done)
    }
}

impl Engine {
    /// The records that make a key, of every numbered database that has it.
    fn records_of(&self, key: &Key<'_>) -> Vec<u8> {
        let stripe = self.stripes[key.stripe()].0.lock();
        let job = Job::new(&self.shared);
        records_in(&stripe, &job, key)
    }

    /// Whether keys are as an attempt found them.
    fn are_as_found(&self, leases: &Leases<'_>, keys: &BTreeMap<Box<[u8]>, Vec<u8>>) -> bool {
        let job = Job::new(&self.shared);
        keys.iter().all(|(key, found)| {
            let key = Key::new(key);
            records_in(leases.stripe(&key), &job, &key) == *found
        })
    }

    /// The records that remove what has expired of some keys, and how many there are: to the attempt
    /// it was not there.
    fn removals(
        &self,
        leases: &Leases<'_>,
        keys: &BTreeMap<Box<[u8]>, Vec<u8>>,
    ) -> (Vec<u8>, Named, u64) {
        let (job, mut records) = (Job::new(&self.shared), Vec::new());
        let (mut names, mut count) = (Named::default(), 0);
        for key in keys.keys().map(|key| Key::new(key)) {
            let stripe = leases.stripe(&key);
            for number in stripe.numbers() {
                let reader = stripe.reader(number, &job);
                if reader.is_some_and(|reader| reader.has_expired(&key)) {
                    let effect = Effect::Remove;
                    names.push(records.len(), Event::EXPIRED);
                    let record = Record { database: number, key: key.bytes(), effect };
                    record.encode_with(&mut records, |_| {});
                    count += 1;
                }
            }
        }
        (records, names, count)
    }

    /// Hands records of one step that is to be made to whoever keeps them.
    pub(super) fn append_records(&self, records: &[u8]) -> Result<()> {
        if self.shared.records && !records.is_empty() {
            self.log.append_ahead(records)
        } else {
            Ok(())
        }
    }

    /// Applies what an attempt recorded to keys that are as it found them.
    fn apply_records(&self, leases: &mut Leases<'_>, records: &[u8]) {
        let mut rest = records;
        while let Some((record, after)) = Record::decode(rest) {
            let key = Key::new(record.key);
            let job = Job::recovering(&self.shared);
            let stripe = leases.stripe_mut(&key);
            let fits = stripe.replay(&record, &key, &job);
            debug_assert!(fits.is_some(), "what fitted the copy fits the key");
            if job.sets_deadlines() {
                self.watch_deadlines(key.stripe());
            }
            stripe.unsettled += job.finish().grown;
            rest = after;
        }
    }
}

fn records_in(stripe: &Stripe, job: &Job<'_>, key: &Key<'_>) -> Vec<u8> {
    let mut records = Vec::new();
    for number in stripe.numbers() {
        let entry = stripe.reader(number, job).and_then(|reader| reader.peek(key));
        if let Some(entry) = entry {
            read::write_record(entry, number, &mut records);
        }
    }
    records
}
