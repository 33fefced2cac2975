//! Typed documents in transactions: mixed with keys, held to what is declared, all or nothing.

use std::thread;
use std::time::Duration;

use kora::repository::Change;
use kora::{
    Clock, Config, Database, DocumentError, Error, KoraDocument, Transaction,
    TransactionCollection, Update,
};
use serde::{Deserialize, Serialize};

use super::{Note, START, document_error, note};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "accounts")]
struct Account {
    #[kora(id)]
    id: u32,
    #[kora(index)]
    balance: i64,
    #[kora(version)]
    version: u64,
}

#[test]
fn documents_of_two_types_and_keys_change_together() {
    let clock = Clock::manual(START);
    let db = Database::open(Config { clock, ..Config::default() }).expect("in memory");
    let notes = db.repository::<Note>().expect("a new collection");
    let accounts = db.repository::<Account>().expect("a new collection");
    let (f, g) = (Note::fields(), Account::fields());
    let mut first = note("", "first");
    db.transaction(|tx| {
        let (notes, accounts) = (tx.repository::<Note>()?, tx.repository::<Account>()?);
        notes.insert(&mut first)?;
        assert_eq!((first.version, first.created_at, first.id.len()), (1, START, 26));
        accounts.insert(&Account { id: 1, balance: 5, version: 0 })?;
        tx.rpush("log", ["one"])?;
        // What was written is there for the steps that follow, and for queries.
        notes.update(&first.id).set(f.text, "text").apply()?;
        assert_eq!(notes.require(&first.id)?.version, 2);
        assert!(notes.save(&first).is_err(), "the first version is over");
        assert_eq!(accounts.find(g.balance.ge(5)).ids()?, [1]);
        assert_eq!(notes.ttl(&first.id)?, Some(Duration::from_secs(3600)));
        assert_eq!(accounts.find(g.balance.lt(5)).count()?, 0);
        assert_eq!(accounts.pluck(1, g.balance)?, Some(5));
        Ok(())
    })
    .expect("nobody else is there");
    assert_eq!(notes.find(f.slug.eq("first")).one().map(|note| note.version), Ok(2));
    assert_eq!(accounts.get(1).expect("an account").map(|it| it.version), Some(1));
    assert_eq!(db.llen("log"), Ok(1));

    let failed = db.transaction(|tx| {
        let accounts = tx.repository::<Account>()?;
        accounts.all().update_all(&Change::new().add(g.balance, 1))?;
        accounts.insert(&Account { id: 2, balance: 0, version: 0 })?;
        accounts.take(1)?;
        tx.incr("log")
    });
    assert_eq!(failed, Err(Error::WrongType));
    assert_eq!(accounts.get(1).expect("an account").map(|it| it.balance), Some(5));
    assert_eq!(accounts.exists(2), Ok(false));
}

#[test]
fn raw_writes_of_a_transaction_are_held_to_what_is_declared() {
    let (clock, notes) = super::notes();
    notes.insert(&note("a", "a")).expect("a new note");
    clock.advance(Duration::from_secs(1));
    let db = notes.database();
    let set = |name: &str, value: &str| Update::new().set(name, value).expect("a text");
    db.transaction(|tx| {
        let mut raw = tx.collection("notes")?;
        raw.update("a", &set("text", "raw"))?;
        raw.update("a", &set("text", "again"))?;
        Ok(())
    })
    .expect("nobody else is there");
    let stored = notes.require("a").expect("a note");
    assert_eq!((stored.version, stored.created_at, stored.updated_at), (3, START, START + 1000));
    let forged = db.transaction(|tx| tx.collection("notes")?.update("a", &set("version", "9")));
    assert!(forged.is_err(), "a version has no setter");
    let taken = db.transaction(|tx| tx.repository::<Note>()?.insert(&note("b", "a")));
    assert!(matches!(document_error(taken), DocumentError::NotUnique(_)));
    let expired = db.transaction(|tx| {
        let notes = tx.repository::<Note>()?;
        notes.insert_with_ttl(&note("c", "c"), Duration::from_millis(5))?;
        notes.expire("a", Duration::from_secs(7))
    });
    assert_eq!(expired, Ok(true));
    assert_eq!(notes.ttl("a"), Ok(Some(Duration::from_secs(7))));
    clock.advance(Duration::from_millis(5));
    assert_eq!(notes.exists("c"), Ok(false));
}

#[test]
fn sums_stay_what_they_are_while_many_move_parts() {
    let db = Database::open(Config { shard_count: 4, ..Config::default() }).expect("in memory");
    let accounts = db.repository::<Account>().expect("a new collection");
    for id in 0..5 {
        accounts.insert(&Account { id, balance: 20, version: 0 }).expect("a new id");
    }
    let f = Account::fields();
    thread::scope(|scope| {
        for worker in 0..4_u32 {
            let db = &db;
            scope.spawn(move || {
                for step in 0..60 {
                    let (from, to) = ((worker + step) % 5, (worker * 3 + step * 2 + 1) % 5);
                    let moved = db.transaction(|tx| {
                        let accounts = tx.repository::<Account>()?;
                        let enough = accounts.update(from).only_if(f.balance.ge(3));
                        if enough.add(f.balance, -3).apply()? {
                            accounts.update(to).add(f.balance, 3).apply()?;
                            tx.incr("moves")?;
                        }
                        Ok(())
                    });
                    assert!(matches!(moved, Ok(()) | Err(Error::Conflict)), "{moved:?}");
                }
            });
        }
    });
    let all = accounts.all().all().expect("accounts");
    assert_eq!(all.iter().map(|account| account.balance).sum::<i64>(), 100);
    // Each account counts its changes: two a move, but where a move led from one to itself.
    let changes: u64 = all.iter().map(|account| account.version - 1).sum();
    let moves: u64 = db
        .get("moves")
        .expect("a key")
        .map_or(0, |text| std::str::from_utf8(&text).expect("digits").parse().expect("a number"));
    assert_eq!(changes, 2 * moves);
}

#[test]
fn a_transaction_may_go_to_other_threads() {
    fn is_sendable<T: Send>() {}
    is_sendable::<Transaction<'_>>();
    is_sendable::<TransactionCollection<'_>>();
    is_sendable::<kora::repository::TransactionRepository<'_, Account>>();

    let db = Database::in_memory();
    let accounts = db.repository::<Account>().expect("a new collection");
    db.transaction(|tx| {
        let typed = tx.repository::<Account>()?;
        let insert = |id| typed.insert(&Account { id, balance: 1, version: 0 });
        let all = thread::scope(|scope| {
            let threads = [1, 2, 3].map(|id| scope.spawn(move || insert(id)));
            threads.map(|thread| thread.join().expect("no panic"))
        });
        assert_eq!(all, [Ok(1), Ok(2), Ok(3)]);
        thread::scope(|scope| scope.spawn(|| tx.incr("made")).join().expect("no panic"))
    })
    .expect("nobody else is there");
    assert_eq!((accounts.count(), db.get("made")), (Ok(3), Ok(Some("1".into()))));
}

#[test]
fn a_transaction_changes_no_schema() {
    #[derive(Debug, Serialize, Deserialize, KoraDocument)]
    #[kora(collection = "accounts")]
    struct Other {
        #[kora(id)]
        id: u32,
        #[kora(index)]
        balance: i64,
        owner: Option<String>,
    }

    let db = Database::in_memory();
    let missing = db.transaction(|tx| tx.repository::<Account>()?.count());
    let name = "accounts".to_owned();
    assert_eq!(document_error(missing), DocumentError::NoSuchCollection { name });
    db.repository::<Account>().expect("a new collection");
    let other = db.transaction(|tx| tx.repository::<Other>()?.count());
    let error = document_error(other).to_string();
    assert!(error.contains("field `owner` is new"), "{error}");
    assert!(error.contains("call `Database::repository` first"), "{error}");
    assert_eq!(db.transaction(|tx| tx.repository::<Account>()?.count()), Ok(0));
}
