//! Random histories of a collection, on the engine and on the model.
//!
//! `KORA_SEED` repeats a run, `KORA_RANDOM_STEPS` sets its length. A history that fails is made as
//! small as it will get, and printed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use kora::testing::{Restart, SimulatedDisk};
use kora::{Clock, Collection, Config, Database, DocumentError, Error, Update};
use serde_json::Value;

use super::ask::{Ask, Order};
use super::model::{Edit, Model, Refusal, edited};
use super::steps::{Step, Thrower};
use super::values::{self, Path, is_same};
use crate::support::dice::{self, Dice};
use crate::support::history::shrink;

/// Steps of one history.
const HISTORY_STEPS: usize = 250;
/// Steps of the test, when nothing else is asked for.
const STEPS: u64 = 6_000;
/// After so many steps everything is looked at.
const AUDIT_EVERY: usize = 25;

type Check = Result<(), String>;

fn ensure(is_so: bool, what: impl FnOnce() -> String) -> Check {
    if is_so { Ok(()) } else { Err(what()) }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Check {
    ensure(found == expected, || format!("{what}: {found:?}, expected {expected:?}"))
}

/// The engine and the model, side by side.
struct Player {
    disk: SimulatedDisk,
    clock: Clock,
    db: Database,
    collection: Collection,
    model: Model,
    /// Steps played.
    played: usize,
}

fn open(disk: &SimulatedDisk, clock: &Clock, shard_count: usize) -> Database {
    let config = Config {
        shard_count,
        clock: clock.clone(),
        data_dir: Some("data".into()),
        disk: Some(disk.clone()),
        without_keeper: true,
        log_segment_bytes: 64 << 10,
        ..Config::default()
    };
    Database::open(config).expect("the disk is sound")
}

fn refusal(error: Error) -> Result<Refusal, String> {
    let Error::Document(reason) = &error else { return Err(format!("unexpected: {error:?}")) };
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are unexpected")]
    match **reason {
        DocumentError::DocumentExists => Ok(Refusal::Exists),
        DocumentError::NoSuchDocument => Ok(Refusal::Missing),
        DocumentError::NotUnique(_) => Ok(Refusal::NotUnique),
        DocumentError::Form { .. } => Ok(Refusal::Form),
        _ => Err(format!("unexpected: {error:?}")),
    }
}

fn answer<T>(result: kora::Result<T>) -> Result<Result<T, Refusal>, String> {
    result.map_or_else(|error| refusal(error).map(Err), |value| Ok(Ok(value)))
}

fn update(edits: &[Edit], only_if: &Ask) -> kora::Result<Update> {
    let only_if = only_if.to_string();
    edits.iter().try_fold(Update::new().only_if(&only_if), |update, edit| match edit {
        Edit::Set(path, value) => update.set(&path.to_string(), value),
        Edit::Unset(path) => Ok(update.unset(&path.to_string())),
        Edit::Add(path, addend) => Ok(update.add(&path.to_string(), *addend)),
        Edit::AddFloat(path, addend) => Ok(update.add(&path.to_string(), *addend)),
        Edit::Push(path, value) => update.push(&path.to_string(), value),
        Edit::Pull(path, value) => update.pull(&path.to_string(), value),
    })
}

impl Player {
    fn new() -> Player {
        let (disk, clock) = (SimulatedDisk::new(1), Clock::manual(1_000));
        let db = open(&disk, &clock, 2);
        let collection = db.create_collection("things").expect("a new name");
        Player { disk, clock, db, collection, model: Model::default(), played: 0 }
    }

    fn play(&mut self, steps: &[Step]) -> Check {
        for step in steps {
            self.played += 1;
            self.step(step)?;
            if self.played % AUDIT_EVERY == 0 {
                self.audit()?;
            }
        }
        self.audit()
    }

    fn step(&mut self, step: &Step) -> Check {
        let (collection, model) = (&self.collection, &mut self.model);
        match step {
            Step::Insert(id, value) => {
                let expected = match model.get(id) {
                    Some(_) => Err(Refusal::Exists),
                    None => model.put(id, value.clone(), None),
                };
                same("insert", answer(collection.insert(id, value))?, expected)
            }
            Step::Save(id, value) => {
                let deadline = model.get(id).and_then(|stored| stored.deadline);
                let expected = model.put(id, value.clone(), deadline);
                same("save", answer(collection.save(id, value))?, expected)
            }
            Step::Replace(id, value) => {
                let expected = match model.get(id).map(|stored| stored.deadline) {
                    Some(deadline) => model.put(id, value.clone(), deadline),
                    None => Err(Refusal::Missing),
                };
                same("replace", answer(collection.replace(id, value))?, expected)
            }
            Step::Update(id, edits, only_if) => self.update(id, edits, only_if),
            Step::Delete(id) => {
                same("delete", answer(collection.delete(id))?, Ok(model.delete(id)))
            }
            Step::Expire(id, after) => {
                let ttl = Duration::from_millis(after.unsigned_abs());
                let expected = Ok(model.expire(id, Some(*after)));
                same("expire", answer(collection.expire(id, ttl))?, expected)
            }
            Step::Persist(id) => {
                let expires = model.get(id).is_some_and(|stored| stored.deadline.is_some());
                model.expire(id, None);
                same("persist", answer(collection.persist(id))?, Ok(expires))
            }
            Step::Advance(by) => {
                self.clock.advance(Duration::from_millis(by.unsigned_abs()));
                model.advance(*by);
                Ok(())
            }
            Step::CreateIndex(spec) => {
                let created = answer(collection.create_index(spec.index()))?;
                same("create index", created, model.create_index(spec))
            }
            Step::DropIndex(name) => {
                same("drop index", answer(collection.drop_index(name))?, Ok(model.drop_index(name)))
            }
            Step::Find { ask, order, offset, limit } => self.find(ask, order, *offset, *limit),
            Step::Pages { ask, order, rows } => self.pages(ask, order, *rows),
            Step::Together(writes, ask) => self.together(writes, ask),
            Step::DeleteAll(ask) => self.delete_all(ask),
            Step::UpdateAll(ask, value) => self.update_all(ask, value),
            Step::Snapshot => {
                self.db.snapshot().map_err(|error| format!("snapshot: {error}"))?;
                Ok(())
            }
            Step::Kill(shards) => self.kill(*shards),
        }
    }

    fn update(&mut self, id: &str, edits: &[Edit], only_if: &Ask) -> Check {
        let stored = self.model.get(id).filter(|stored| only_if.holds(&stored.value)).cloned();
        let expected = match stored {
            None => Ok(false),
            Some(stored) => edited(&stored.value, edits)
                .and_then(|new| self.model.put(id, new, stored.deadline))
                .map(|()| true),
        };
        let update = update(edits, only_if).map_err(|error| format!("{error}"))?;
        same("update", answer(self.collection.update(id, &update))?, expected)
    }

    fn together(&mut self, writes: &[(String, Option<Value>)], ask: &Ask) -> Check {
        let expected = self.model.put_all(writes);
        let mut seen = None;
        let done = self.db.transaction(|tx| {
            let mut things = tx.collection("things")?;
            for (id, value) in writes {
                match value {
                    Some(value) => things.save(id, value)?,
                    None => drop(things.delete(id)?),
                }
            }
            seen = Some(things.find::<Value>(&ask.to_string(), "", None)?.len());
            Ok(())
        });
        same("transaction", answer(done)?, expected)?;
        let rows = self.model.find(ask, &Order::none()).len();
        if expected.is_ok() { same("seen in it", seen, Some(rows)) } else { Ok(()) }
    }

    fn delete_all(&mut self, ask: &Ask) -> Check {
        let found = self.model.find(ask, &Order::none());
        let ids: Vec<String> = found.into_iter().map(|(id, _)| id.to_owned()).collect();
        for id in &ids {
            self.model.delete(id);
        }
        let deleted = answer(self.collection.find(&ask.to_string()).delete())?;
        same("deleted", deleted, Ok(ids.len() as u64))
    }

    /// Sets a field that no index is on.
    fn update_all(&mut self, ask: &Ask, value: &Value) -> Check {
        let found = self.model.find(ask, &Order::none());
        let rows: Vec<_> =
            found.into_iter().map(|(id, old)| (id.to_owned(), old.clone())).collect();
        let edit = Edit::Set(Path(vec!["free"]), value.clone());
        for (id, old) in &rows {
            let new = edited(old, std::slice::from_ref(&edit)).expect("a field of the document");
            let deadline = self.model.get(id).and_then(|stored| stored.deadline);
            self.model.put(id, new, deadline).expect("no index is on it");
        }
        let update = Update::new().set("free", value).map_err(|error| format!("{error}"))?;
        let updated = answer(self.collection.find(&ask.to_string()).update(&update))?;
        same("updated", updated, Ok(rows.len() as u64))
    }

    fn kill(&mut self, shards: usize) -> Check {
        let digest = self.db.digest();
        let indexes = self.collection.indexes();
        // The image is taken before the database is closed, which would write more.
        self.disk = self.disk.restart(Restart::Killed);
        self.db = open(&self.disk, &self.clock, shards);
        same("digest after a kill", self.db.digest(), digest)?;
        self.collection = self.db.collection("things").map_err(|error| error.to_string())?;
        same("indexes after a kill", self.collection.indexes(), indexes)
    }

    fn find(&self, ask: &Ask, order: &Order, offset: usize, limit: Option<usize>) -> Check {
        let rows = self.model.find(ask, order);
        let mut find = self.collection.find(&ask.to_string()).order_by(&order.to_string());
        let count = answer(find.count())?;
        same("count", count, Ok(rows.len() as u64))?;
        find = find.offset(offset);
        if let Some(limit) = limit {
            find = find.limit(limit);
        }
        let found = find.documents().map_err(|error| error.to_string())?;
        let expected: Vec<_> =
            rows.iter().skip(offset).take(limit.unwrap_or(usize::MAX)).copied().collect();
        let ids: Vec<&str> = found.iter().map(kora::Document::id).collect();
        if order.is_none() {
            let mut once = ids.clone();
            once.sort_unstable();
            once.dedup();
            same("rows", (ids.len(), once.len()), (expected.len(), expected.len()))?;
            let others: Vec<_> =
                ids.iter().filter(|id| !rows.iter().any(|(other, _)| other == *id)).collect();
            ensure(others.is_empty(), || format!("rows that are none: {others:?}"))?;
        } else {
            same("rows", &ids, &expected.iter().map(|(id, _)| *id).collect())?;
        }
        let explain = find.explain().map_err(|error| error.to_string())?;
        same("rows_returned", explain.rows_returned, expected.len() as u64)?;
        let first: Option<Value> = find.first().map_err(|error| error.to_string())?;
        same("first", first.is_some(), !expected.is_empty())?;
        let all: Vec<Value> = find.all().map_err(|error| error.to_string())?;
        same("all", all.len(), found.len())?;
        if let (Some(first), false) = (&first, order.is_none()) {
            ensure(is_same(first, &all[0]), || format!("{first} is not the first of {all:?}"))?;
        }
        found.iter().zip(&all).try_for_each(|(row, decoded)| {
            let value: Value = row.decode().map_err(|error| error.to_string())?;
            let stored = &self.model.get(row.id()).expect("it is a row").value;
            ensure(is_same(&value, stored), || format!("{:?}: {value}, not {stored}", row.id()))?;
            ensure(is_same(decoded, stored), || format!("{:?}: {decoded}, not {stored}", row.id()))
        })
    }

    fn pages(&self, ask: &Ask, order: &Order, rows: usize) -> Check {
        let expected: Vec<_> = self.model.find(ask, order).into_iter().map(|row| row.1).collect();
        let (mut found, mut cursor): (Vec<Value>, _) = (Vec::new(), None);
        loop {
            let mut find = self.collection.find(&ask.to_string()).order_by(&order.to_string());
            find = find.limit(rows);
            if let Some(cursor) = &cursor {
                find = find.after(cursor);
            }
            let page = find.page::<Value>().map_err(|error| error.to_string())?;
            let is_whole = page.items.len() == rows || page.next.is_none();
            ensure(is_whole, || format!("a page has {} rows", page.items.len()))?;
            found.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let is_all = found.len() == expected.len()
            && found.iter().zip(&expected).all(|(found, expected)| is_same(found, expected));
        ensure(is_all, || format!("pages: {found:?}\nexpected {expected:?}"))
    }

    /// Looks at everything: each document by its id, each value of each path by a query.
    fn audit(&self) -> Check {
        for (id, stored) in self.model.documents() {
            let found = self.collection.get::<Value>(id).map_err(|error| error.to_string())?;
            let is_it = found.as_ref().is_some_and(|found| is_same(found, &stored.value));
            ensure(is_it, || format!("{id:?} is {found:?}, expected {stored:?}"))?;
        }
        self.find(&Ask::All, &Order::none(), 0, None)?;
        let mut dice = Dice::new(self.played as u64);
        for path in values::PATHS.iter().map(|names| Path(names.to_vec())) {
            let documents = self.model.documents().values();
            let all = documents.flat_map(|stored| path.values(&stored.value));
            let mut asked: Vec<&Value> = all.filter(|value| !value.is_object()).collect();
            asked.retain(|value| {
                !value.as_array().is_some_and(|all| all.iter().any(Value::is_object))
            });
            asked.dedup();
            for value in asked.into_iter().take(12) {
                let ask = Ask::equal(&path, value, &mut dice);
                let count = answer(self.collection.count(&ask.to_string()))?;
                let expected = self.model.find(&ask, &Order::none()).len() as u64;
                same(&ask.to_string(), count, Ok(expected))?;
            }
        }
        Ok(())
    }
}

/// Plays steps on a new collection; how many were played, and what went wrong.
fn outcome(steps: &[Step]) -> Result<(), (usize, String)> {
    let mut player = Player::new();
    let played = catch_unwind(AssertUnwindSafe(|| player.play(steps)));
    let failed = |what| (player.played, what);
    match played {
        Ok(check) => check.map_err(failed),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(failed(format!("panic: {}", text.unwrap_or_default())))
        }
    }
}

fn report(mut history: Vec<Step>, played: usize) -> String {
    history.truncate(played);
    let small = shrink(history, |steps| outcome(steps).is_err());
    let steps: Vec<_> = small.iter().map(|step| format!("  {step}\n")).collect();
    let what = outcome(&small).map_or_else(|(_, what)| what, |()| "it passed now".to_owned());
    format!("{}{what}", steps.concat())
}

#[test]
#[expect(clippy::print_stderr, reason = "a random test says its seed, in case it never ends")]
fn random_histories_leave_what_the_model_says() {
    let steps = dice::number("KORA_RANDOM_STEPS").unwrap_or(STEPS);
    let seed = dice::seed();
    let again = format!("KORA_SEED={seed} KORA_RANDOM_STEPS={steps}");
    eprintln!("{again}");
    let mut dice = Dice::new(seed);
    let mut left = usize::try_from(steps).expect("a count of steps fits");
    while left > 0 {
        let length = left.min(HISTORY_STEPS);
        left -= length;
        let thrower = Thrower::new(&mut dice);
        let history: Vec<Step> = (0..length).map(|_| thrower.step(&mut dice)).collect();
        if let Err((played, _)) = outcome(&history) {
            panic!("{again} finds this again:\n\n{}", report(history, played));
        }
    }
}
