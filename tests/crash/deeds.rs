//! What histories do that is no command: documents, collections, indexes and transactions.
//!
//! Each is one step of the database, so that before and after are the only states; but for opening a
//! collection as another shape, which is done again when it was interrupted. Few names and ids, so
//! that they meet; a unique index refuses now and then.

use std::fmt;
use std::time::Duration;

use kora::{Database, Index, SchemaPolicy, Update};
use serde_json::{Value, json};

use crate::shapes::Shape;
use crate::support::dice::Dice;

/// Something done to documents, or to several things at once.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Create(Name),
    Drop(Name),
    AddIndex(Name, usize),
    DropIndex(Name, usize),
    Save(Name, Id, u64),
    Add(Name, Id, i64),
    Delete(Name, Id),
    Expire(Name, Id, u64),
    /// Opens a collection as a shape; whether fields go that it does not have.
    Open(Name, Shape, bool),
    /// Parts that happen together.
    Transaction(Vec<Part>),
}

/// A part of a transaction.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Save(Name, Id, u64),
    Delete(Name, Id),
    Set(Id, u64),
    Push(Id, u64),
    Move(Id, Id),
}

/// The name of a collection.
type Name = &'static str;

/// The id of a document, or of a key.
type Id = usize;

/// Kinds of documents.
const KINDS: u64 = 4;

const NAMES: &[Name] = &["people", "orders"];

/// Indexes by number.
fn index(number: usize) -> (Index, &'static str) {
    match number {
        0 => (Index::hash("kind"), "kind"),
        1 => (Index::sorted("size"), "size"),
        _ => (Index::unique("mail"), "mail"),
    }
}

impl Deed {
    pub(crate) fn draw(dice: &mut Dice) -> Deed {
        let (name, id) = (*dice.pick(NAMES), dice.below(12));
        match dice.below(40) {
            0..4 => Deed::Create(name),
            4 => Deed::Drop(name),
            5..8 => Deed::AddIndex(name, dice.below(3)),
            8 => Deed::DropIndex(name, dice.below(3)),
            9..22 => Deed::Save(name, id, dice.next() % 10_000),
            22..27 => Deed::Add(name, id, dice.between(-5, 5)),
            27..30 => Deed::Delete(name, id),
            30..32 => Deed::Expire(name, id, 1 + dice.next() % 8_000),
            32..35 => Deed::Open(name, *dice.pick(&Shape::ALL), dice.percent(20)),
            _ => Deed::Transaction((0..2 + dice.below(4)).map(|_| Part::draw(dice)).collect()),
        }
    }

    /// Whether it is done in several steps: whoever is interrupted goes on from there by doing it
    /// again.
    pub(crate) fn has_steps(&self) -> bool {
        matches!(self, Deed::Open(..))
    }

    pub(crate) fn run(&self, db: &Database) -> kora::Result<()> {
        match self {
            Deed::Create(name) => db.create_collection(name).map(drop),
            Deed::Drop(name) => db.drop_collection(name).map(drop),
            Deed::AddIndex(name, number) => {
                db.collection(name)?.create_index(index(*number).0).map(drop)
            }
            Deed::DropIndex(name, number) => {
                db.collection(name)?.drop_index(index(*number).1).map(drop)
            }
            Deed::Save(name, id, seed) => {
                db.collection(name)?.save(&id.to_string(), &document(*seed))
            }
            Deed::Add(name, id, by) => {
                let update = Update::new().add("size", *by);
                db.collection(name)?.update(&id.to_string(), &update).map(drop)
            }
            Deed::Delete(name, id) => db.collection(name)?.delete(&id.to_string()).map(drop),
            Deed::Expire(name, id, ms) => {
                db.collection(name)?.expire(&id.to_string(), Duration::from_millis(*ms)).map(drop)
            }
            Deed::Open(name, shape, fields_go) => {
                let additive = SchemaPolicy::Additive;
                let policy = if *fields_go { SchemaPolicy::Destructive } else { additive };
                shape.open(db, name, policy)
            }
            Deed::Transaction(parts) => {
                db.transaction(|tx| parts.iter().try_for_each(|part| part.run(tx)))
            }
        }
    }
}

/// Whether indexes have what their collections have: each document is found by its kind, and by
/// its size.
pub(crate) fn check_indexes(db: &Database) -> Result<(), String> {
    let count = |name: &str| -> kora::Result<[u64; 3]> {
        let collection = db.collection(name)?;
        let mut of_kinds = 0;
        for kind in 0..KINDS {
            of_kinds += collection.count(&format!("kind = 'kind {kind}'"))?;
        }
        Ok([collection.count("*")?, of_kinds, collection.count("size >= -1000")?])
    };
    for name in db.collections() {
        let counts = count(&name).map_err(|error| format!("{name} is not searched: {error}"))?;
        if counts != [counts[0]; 3] {
            return Err(format!("{name} by itself, by kind and by size: {counts:?} documents"));
        }
    }
    Ok(())
}

impl Part {
    fn draw(dice: &mut Dice) -> Part {
        let (name, id) = (*dice.pick(NAMES), dice.below(12));
        match dice.below(8) {
            0..3 => Part::Save(name, id, dice.next() % 10_000),
            3 => Part::Delete(name, id),
            4 => Part::Set(id % 3, dice.next() % 100),
            5 => Part::Move(id % 3, dice.below(3)),
            _ => Part::Push(id % 3, dice.next() % 100),
        }
    }

    fn run(&self, tx: &mut kora::Transaction<'_>) -> kora::Result<()> {
        match self {
            Part::Save(name, id, seed) => {
                tx.collection(name)?.save(&id.to_string(), &document(*seed))
            }
            Part::Delete(name, id) => tx.collection(name)?.delete(&id.to_string()).map(drop),
            Part::Set(key, value) => tx.set(format!("string{key}"), value.to_string()),
            Part::Push(key, value) => tx.rpush(format!("list{key}"), [value.to_string()]).map(drop),
            Part::Move(from, to) => tx.rename(format!("list{from}"), format!("list{to}")),
        }
    }
}

fn document(seed: u64) -> Value {
    let mut document = json!({
        "kind": format!("kind {}", seed % KINDS),
        "size": seed % 1_000,
        "tags": [seed % 3, seed % 5],
        "text": "z".repeat(usize::try_from(seed % 300).expect("small")),
    });
    if seed % 3 == 0 {
        document["mail"] = json!(format!("{}@example.org", seed % 20));
    }
    document
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
