//! What a writer of a real process does: numbered operations, each the same for the process that
//! does them and for the supervisor that knows what must have come of them.
//!
//! A writer has two numbered databases and a collection to itself, so that nobody else touches
//! what it wrote. Its model is plain maps; the two are compared as text.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use kora::{Collection, Command, Database, Index, KeyType, ScanOptions};
use serde_json::{Value as Json, json};

use crate::support::dice::Dice;

/// Writers of a process.
pub(crate) const WRITERS: usize = 4;

/// Numbered databases of a process: one that is shared, and two for each writer.
pub(crate) const DATABASES: usize = 1 + 2 * WRITERS;

/// One operation of a writer.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// Which of the writer's two databases.
    place: usize,
    words: Vec<String>,
}

/// The operation of a writer with this number.
pub(crate) fn operation(writer: usize, number: u64) -> Operation {
    let mut dice = Dice::new(number.wrapping_mul(WRITERS as u64) + writer as u64);
    let place = usize::from(dice.percent(25));
    let (key, field) = (dice.below(6), dice.below(8));
    let line = match dice.below(100) {
        0..15 => format!("SET s{key} {number}"),
        15..25 => format!("INCR c{key}"),
        25..35 => format!("RPUSH l{key} {number}"),
        35..40 => format!("LPOP l{key}"),
        40..50 => format!("{SAVE} {key} {number}"),
        50..53 => format!("{DELETE} {key}"),
        53..62 => format!("{BOTH} {key} {number}"),
        62..72 => format!("HSET h{key} f{field} {number} g{field} {number}"),
        72..80 => format!("MSET p{key} {number} q{key} {number}"),
        80..86 => format!("SADD m{key} {}", number % 50),
        86..90 => format!("DEL s{key} l{key}"),
        90..95 => format!("RENAME s{key} s{field}"),
        95..97 => format!("SET s{key} {number}{}", "x".repeat(dice.below(6_000))),
        97..99 => {
            let (one, two) = (number_of(writer, 0), number_of(writer, 1));
            format!("SWAPDB {one} {two}")
        }
        _ => "FLUSHDB".to_owned(),
    };
    Operation { place, words: line.split(' ').map(str::to_owned).collect() }
}

/// What is no command: a document is saved or deleted, and a transaction saves a document and sets
/// a key.
const SAVE: &str = "(save)";
const DELETE: &str = "(delete)";
const BOTH: &str = "(both)";

fn number_of(writer: usize, place: usize) -> usize {
    1 + 2 * writer + place
}

impl Operation {
    /// Does it.
    pub(crate) fn run(&self, db: &Database, writer: usize) -> kora::Result<()> {
        let db = db.select(number_of(writer, self.place)).expect("there are as many");
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [SAVE, id, number] => collection(&db, writer)?.save(id, &document(number)),
            [DELETE, id] => collection(&db, writer)?.delete(id).map(drop),
            [BOTH, id, number] => {
                collection(&db, writer)?;
                db.transaction(|tx| {
                    tx.collection(&name_of(writer))?.save(id, &document(number))?;
                    tx.set(format!("b{id}"), *number)
                })
            }
            words => db.execute(Command::from_words(words)).map(drop),
        }
    }
}

/// The collection of a writer. That it is there makes no difference to the model.
fn collection(db: &Database, writer: usize) -> kora::Result<Collection> {
    let name = name_of(writer);
    let found = db.collection(&name).or_else(|_none| db.create_collection(&name))?;
    if found.indexes().is_empty() {
        found.create_index(Index::sorted("number"))?;
    }
    Ok(found)
}

fn name_of(writer: usize) -> String {
    format!("writer{writer}")
}

fn document(number: &str) -> Json {
    let number: usize = number.parse().expect("a number");
    json!({ "number": number, "text": "d".repeat(number % 90) })
}

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    List(VecDeque<String>),
    Hash(BTreeMap<String, String>),
    Set(BTreeSet<String>),
}

/// What a writer's databases and its collection hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    keys: [BTreeMap<String, Value>; 2],
    documents: BTreeMap<String, Json>,
}

impl Model {
    /// Does what an operation does. Names tell types, so none fails but for a key that is missing.
    pub(crate) fn apply(&mut self, operation: &Operation) {
        let words: Vec<&str> = operation.words.iter().map(String::as_str).collect();
        if words[0] == "SWAPDB" {
            return self.keys.swap(0, 1);
        }
        let map = &mut self.keys[operation.place];
        match words.as_slice() {
            [SAVE, id, number] => _ = self.documents.insert((*id).into(), document(number)),
            [DELETE, id] => _ = self.documents.remove(*id),
            [BOTH, id, number] => {
                self.documents.insert((*id).into(), document(number));
                map.insert(format!("b{id}"), Value::Text((*number).into()));
            }
            ["SET", key, value] => _ = map.insert((*key).into(), Value::Text((*value).into())),
            ["MSET", pairs @ ..] => {
                for pair in pairs.chunks(2) {
                    map.insert(pair[0].into(), Value::Text(pair[1].into()));
                }
            }
            ["INCR", key] => {
                let value = map.entry((*key).into()).or_insert(Value::Text("0".into()));
                if let Value::Text(text) = value {
                    *text = (text.parse::<u64>().expect("a counter") + 1).to_string();
                }
            }
            ["RPUSH", key, value] => {
                let list = map.entry((*key).into()).or_insert(Value::List(VecDeque::new()));
                if let Value::List(list) = list {
                    list.push_back((*value).into());
                }
            }
            ["LPOP", key] => pop(map, key),
            ["HSET", key, pairs @ ..] => {
                let hash = map.entry((*key).into()).or_insert(Value::Hash(BTreeMap::new()));
                if let Value::Hash(hash) = hash {
                    let pairs = pairs.chunks(2);
                    hash.extend(pairs.map(|pair| (pair[0].to_owned(), pair[1].to_owned())));
                }
            }
            ["SADD", key, member] => {
                let set = map.entry((*key).into()).or_insert(Value::Set(BTreeSet::new()));
                if let Value::Set(set) = set {
                    set.insert((*member).into());
                }
            }
            ["DEL", keys @ ..] => keys.iter().for_each(|key| _ = map.remove(*key)),
            ["RENAME", from, to] => {
                if let Some(value) = map.remove(*from) {
                    map.insert((*to).into(), value);
                }
            }
            ["FLUSHDB"] => map.clear(),
            words => panic!("the model does not know {words:?}"),
        }
    }

    /// All of it as one line.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (place, map) in self.keys.iter().enumerate() {
            write!(text, "[{place}]").expect("a string takes everything");
            for (key, value) in map {
                let elements: Vec<String> = match value {
                    Value::Text(value) => vec![value.clone()],
                    Value::List(list) => list.iter().cloned().collect(),
                    Value::Hash(hash) => hash
                        .iter()
                        .flat_map(|(field, value)| [field.clone(), value.clone()])
                        .collect(),
                    Value::Set(set) => set.iter().cloned().collect(),
                };
                write!(text, " {key}={}", elements.join(",")).expect("a string takes everything");
            }
        }
        write!(text, "[documents]").expect("a string takes everything");
        for (id, document) in &self.documents {
            write!(text, " {id}={document}").expect("a string takes everything");
        }
        text
    }

    /// What a database holds of a writer.
    pub(crate) fn read(db: &Database, writer: usize) -> kora::Result<Model> {
        let mut model = Model::default();
        for place in 0..2 {
            let db = db.select(number_of(writer, place))?;
            for key in db.scan_all(ScanOptions::new()) {
                let key = String::from_utf8_lossy(&key?).into_owned();
                let value = read_value(&db, &key)?;
                model.keys[place].insert(key, value);
            }
        }
        if let Ok(documents) = db.collection(&name_of(writer)) {
            for found in documents.find("number >= 0").documents()? {
                model.documents.insert(found.id().to_owned(), found.decode()?);
            }
            // The index has them all, as the collection does.
            assert_eq!(documents.len()?, model.documents.len() as u64, "what the index has");
        }
        Ok(model)
    }
}

fn pop(map: &mut BTreeMap<String, Value>, key: &str) {
    if let Some(Value::List(list)) = map.get_mut(key) {
        list.pop_front();
        if list.is_empty() {
            map.remove(key);
        }
    }
}

fn read_value(db: &Database, key: &str) -> kora::Result<Value> {
    let text = |bytes: kora::Bytes| String::from_utf8_lossy(&bytes).into_owned();
    #[expect(clippy::wildcard_enum_match_arm, reason = "writers use no other types")]
    Ok(match db.key_type(key)?.expect("it was found") {
        KeyType::List => Value::List(db.lrange(key, 0, -1)?.into_iter().map(text).collect()),
        KeyType::Hash => Value::Hash(
            db.hgetall(key)?.into_iter().map(|(field, value)| (text(field), text(value))).collect(),
        ),
        KeyType::Set => Value::Set(db.smembers(key)?.into_iter().map(text).collect()),
        _ => Value::Text(db.get(key)?.map(text).unwrap_or_default()),
    })
}
