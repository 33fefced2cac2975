//! Hooks for tests, behind the feature `testing`: the recorded effects, their replay, and a
//! digest of everything that is stored.
//!
//! Together they let a test ask whether every change was recorded, whether the records alone
//! lead to the same state, and whether a call that failed changed anything. Nothing of the
//! library depends on them.

use crate::database::Database;
use crate::engine::collections::Collection;
use crate::engine::snapshot::Snapshot;
use crate::error::Result;
use crate::keyspace::{EntryRef, STRIPES, read};
use crate::types::packed::Elements;
use crate::types::{TypedValue, with_kind};

pub use crate::mutation::Mutation;
pub use crate::storage::fs::simulated::{
    Call, FaultKind, Keep, Restart, Simulated as SimulatedDisk,
};

/// Has all databases that this thread works on make a mistake from here on, or none.
pub fn make_mistake(mutation: Option<Mutation>) {
    crate::mutation::make(mutation);
}

/// Lets every process hash alike from here on, and so keep keys in the same order. Without
/// effect once anything was hashed.
pub fn fix_hash(seed: u64) {
    crate::map::hash::FIXED_SEED.get_or_init(|| seed);
}

/// Lets this thread choose alike from here on: members that are popped, the ids of directories.
pub fn fix_choices(seed: u64) {
    crate::random::seed(seed);
}

impl Database {
    /// The effects of every change so far, as records of the log; empty without
    /// [`Config::record_effects`](crate::Config::record_effects).
    ///
    /// ```
    /// use kora::{Config, Database};
    ///
    /// let db = Database::open(Config { record_effects: true, ..Config::default() })?;
    /// db.set("greeting", "hello")?;
    /// db.get("greeting")?;
    ///
    /// let again = Database::in_memory();
    /// assert_eq!(again.replay(&db.effects())?, 1);
    /// assert_eq!(again.digest(), db.digest());
    /// # Ok::<(), kora::Error>(())
    /// ```
    pub fn effects(&self) -> Vec<u8> {
        self.engine().log().records()
    }

    /// One round of the thread that keeps the log, for a database that has none
    /// ([`Config::without_keeper`](crate::Config::without_keeper)): makes the next segment, and
    /// syncs.
    pub fn keep(&self) {
        self.keep_once();
    }

    /// Applies recorded effects to this database, whatever it holds; how many there were.
    ///
    /// # Errors
    /// [`Error::CorruptRecord`](crate::Error::CorruptRecord) says where the records end that
    /// could be applied.
    pub fn replay(&self, effects: &[u8]) -> Result<usize> {
        self.engine().replay(effects)
    }

    /// Removes the keys that are due, stripe by stripe, if that can be recorded; `each` is called
    /// after each commit. For a database that does nothing in the background.
    pub fn expire_due(&self, mut each: impl FnMut()) {
        if self.engine().admit_writes().is_err() {
            return;
        }
        for at in 0..STRIPES {
            while self.engine().expire_slice(at).0 {
                each();
            }
            each();
        }
        let shards = self.engine().shard_count();
        for shard in 0..shards {
            while self.engine().expire_some_documents(shard, 1).is_ok_and(|(more, _)| more) {
                each();
            }
        }
    }

    /// Takes a snapshot as [`Database::snapshot`] does, and calls `between` after each of its
    /// slices: what others may write meanwhile, at moments that a test chooses.
    ///
    /// # Errors
    /// Those of [`Database::snapshot`].
    pub fn snapshot_while(&self, mut between: impl FnMut()) -> Result<Snapshot> {
        self.engine().snapshot_while(&mut between)
    }

    /// As [`Database::digest`], but keys and documents that have expired and were not yet removed
    /// count, as collections and their indexes do: what is kept on disk, whatever the time is.
    pub fn digest_with_expired(&self) -> u64 {
        let mut digest = 0_u64;
        self.engine().each_entry(|number, entry| {
            digest = digest.wrapping_add(fingerprint(number, entry));
        });
        for collection in self.engine().all_collections() {
            digest = digest.wrapping_add(fingerprint_of(&collection, i64::MIN));
        }
        digest
    }

    /// A number that depends on every live key of every numbered database, with its type, value
    /// and deadline, on every collection with its live documents, their deadlines, its finished
    /// indexes and what was declared of it, and on nothing else: not on encodings, shards, access times or order. It is the
    /// same in every process. O(bytes stored); of one moment only while nobody writes.
    pub fn digest(&self) -> u64 {
        let mut digest = 0_u64;
        let count = self.engine().database_count();
        for number in (0..count).filter_map(|number| u8::try_from(number).ok()) {
            let add =
                |entry: EntryRef<'_>| digest = digest.wrapping_add(fingerprint(number, entry));
            self.engine().sweep(number).each(add).expect("a fingerprint does not panic");
        }
        for collection in self.engine().all_collections() {
            digest = digest.wrapping_add(fingerprint_of(&collection, self.engine().now_ms()));
        }
        digest
    }
}

/// Of a collection, its finished indexes and the documents that live at a time.
fn fingerprint_of(collection: &Collection, now: i64) -> u64 {
    let name = collection.name().as_bytes();
    let mut digest = fingerprint_of_parts(&[b"collection", name]);
    for index in collection.indexes().into_iter().filter(|index| index.progress.is_none()) {
        let mut definition = Vec::new();
        index.definition.encode(&mut definition);
        digest = digest.wrapping_add(fingerprint_of_parts(&[b"index", name, &definition]));
    }
    if let Some(schema) = collection.schema() {
        let mut bytes = Vec::new();
        schema.encode(&mut bytes);
        digest = digest.wrapping_add(fingerprint_of_parts(&[b"schema", name, &bytes]));
    }
    collection.each_document(|document| {
        if document.lives(now) {
            let deadline = document.deadline().map(i64::to_le_bytes);
            let deadline = deadline.as_ref().map_or(&[][..], |bytes| bytes);
            let parts = [b"document", name, document.id(), document.form(), deadline];
            digest = digest.wrapping_add(fingerprint_of_parts(&parts));
        }
    });
    digest
}

fn fingerprint(number: u8, entry: EntryRef<'_>) -> u64 {
    let mut hash = Fnv::new();
    hash.add(&[number, entry.kind() as u8, u8::from(entry.deadline().is_some())]);
    hash.add(&entry.deadline().unwrap_or(0).to_le_bytes());
    hash.add(&(entry.key().len() as u64).to_le_bytes());
    hash.add(entry.key());
    let mut image = Vec::new();
    read::write_image(entry, &mut image);
    match with_kind!(entry.kind(), T => T::UNORDERED) {
        None => hash.add(&image),
        Some(group) => groups(&image, group).into_iter().for_each(|group| hash.add(group)),
    }
    hash.finish()
}

/// Depends on where each part ends, too.
fn fingerprint_of_parts(parts: &[&[u8]]) -> u64 {
    let mut hash = Fnv::new();
    for part in parts {
        hash.add(&(part.len() as u64).to_le_bytes());
        hash.add(part);
    }
    hash.finish()
}

/// The elements of a packed run, so many together, in the order of their bytes.
fn groups(run: &[u8], size: usize) -> Vec<&[u8]> {
    let (mut elements, mut groups, mut start) = (Elements::new(run), Vec::new(), 0);
    while elements.nth(size - 1).is_some() {
        groups.push(&run[start..elements.offset()]);
        start = elements.offset();
    }
    groups.sort_unstable();
    groups
}

/// FNV-1a with 64 bits (Fowler, Noll and Vo), and the finalizer of MurmurHash3 (Appleby), which
/// makes sums of such hashes as good as one.
struct Fnv(u64);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(self) -> u64 {
        let mut hash = self.0;
        for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
            hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
        }
        hash ^ (hash >> 33)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::packed::encode;

    #[test]
    fn groups_stand_in_the_order_of_their_bytes() {
        let run = |texts: &[&str]| {
            let mut run = Vec::new();
            texts.iter().for_each(|text| encode(&mut run, text.as_bytes()));
            run
        };
        let (one, other) = (run(&["b", "1", "a", "2"]), run(&["a", "2", "b", "1"]));
        assert_eq!(groups(&one, 2), groups(&other, 2));
        assert_eq!(groups(&one, 2).concat(), other);
        assert_ne!(groups(&one, 2).concat(), groups(&one, 1).concat());
        assert!(groups(b"", 1).is_empty());
    }

    #[test]
    fn a_digest_depends_on_everything_of_a_collection() {
        use crate::{Index, Update};
        let db = Database::in_memory();
        let mut digests = vec![db.digest()];
        let mut note = |what: &str| {
            let digest = db.digest();
            assert!(!digests.contains(&digest), "{what}");
            digests.push(digest);
        };
        let things = db.create_collection("things").expect("a new name");
        note("a collection");
        things.insert("1", &[("a", 1)].into_iter().collect::<serde_json::Value>()).expect("new");
        note("a document");
        things.insert("2", &[("a", 1)].into_iter().collect::<serde_json::Value>()).expect("new");
        note("the same with another id");
        things.update("1", &Update::new().add("a", 1)).expect("a document");
        note("a value");
        things.expire("1", std::time::Duration::from_secs(1_000)).expect("a document");
        note("a deadline");
        things.create_index(Index::hash("a")).expect("a new index");
        note("an index");
        things.drop_index("a").expect("an index");
        things.create_index(Index::sorted("a")).expect("a new index");
        note("another index");
        db.drop_collection("things").expect("a collection");
        assert_eq!(db.digest(), digests[0]);
    }

    #[test]
    fn hashes_are_those_of_every_process() {
        let hash = |bytes: &[u8]| {
            let mut hash = Fnv::new();
            hash.add(bytes);
            hash
        };
        // FNV-1a of "a" and "foobar", as its authors publish them.
        assert_eq!(hash(b"a").0, 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash(b"foobar").0, 0x85944171f73967e8);
    }
}
