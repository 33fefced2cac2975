//! The steps of random histories, and how they are thrown.
//!
//! A step stands for itself: any part of a history is a history too, which is what makes it
//! possible to leave steps out until only those are left that a failure needs.

use std::fmt;

use kora::IndexKind;
use serde_json::Value;

use super::ask::{Ask, Order};
use super::model::{Edit, Spec};
use super::values::{self, Path};
use crate::support::dice::Dice;

/// One thing that is done to a collection, or asked of it.
#[derive(Clone)]
pub(super) enum Step {
    Insert(String, Value),
    Save(String, Value),
    Replace(String, Value),
    Update(String, Vec<Edit>, Ask),
    Delete(String),
    Expire(String, i64),
    Persist(String),
    Advance(i64),
    CreateIndex(Spec),
    DropIndex(String),
    Find {
        ask: Ask,
        order: Order,
        offset: usize,
        limit: Option<usize>,
    },
    Pages {
        ask: Ask,
        order: Order,
        rows: usize,
    },
    /// In one transaction each of these becomes that, or goes; then a query sees it.
    Together(Vec<(String, Option<Value>)>, Ask),
    DeleteAll(Ask),
    UpdateAll(Ask, Value),
    Snapshot,
    /// The process is killed, and the directory is opened with this many shards.
    Kill(usize),
}

/// What throws the steps of one history: it has a few indexes that come and go.
pub(super) struct Thrower {
    specs: Vec<Spec>,
}

const IDS: usize = 40;

fn id(dice: &mut Dice) -> String {
    match dice.below(IDS) {
        0 => "ä \u{10FFFF}".to_owned(),
        1 => "\0".to_owned(),
        2 => "id-1\0".to_owned(),
        number => format!("id-{number}"),
    }
}

fn edits(dice: &mut Dice) -> Vec<Edit> {
    let edit = |dice: &mut Dice| {
        let path = Path::random(dice);
        match dice.below(12) {
            0..=4 => Edit::Set(path, values::value(dice)),
            5 => Edit::Unset(path),
            6 | 7 => Edit::Add(path, dice.between(-2, 3)),
            8 => Edit::AddFloat(path, 0.5),
            9 | 10 => Edit::Push(path, values::scalar(dice)),
            _ => Edit::Pull(path, values::scalar(dice)),
        }
    };
    (0..1 + dice.below(3)).map(|_| edit(dice)).collect()
}

fn spec(dice: &mut Dice, number: usize) -> Spec {
    let kinds = [
        IndexKind::Hash,
        IndexKind::Hash,
        IndexKind::Sorted,
        IndexKind::Sorted,
        IndexKind::Sorted,
        IndexKind::Array,
        IndexKind::Unique,
    ];
    let kind = *dice.pick(&kinds);
    let several = matches!(kind, IndexKind::Sorted | IndexKind::Unique) && dice.percent(35);
    let mut paths = vec![Path::random(dice)];
    if kind == IndexKind::Array && dice.percent(70) {
        paths = vec![Path(vec!["t"])];
    }
    for _ in 0..if several { 1 + dice.below(2) } else { 0 } {
        paths.push(Path::random(dice));
    }
    let only = dice.percent(20).then(|| Ask::random(dice));
    Spec { name: format!("index-{number}"), kind, paths, only }
}

impl Thrower {
    pub(super) fn new(dice: &mut Dice) -> Thrower {
        Thrower { specs: (0..7).map(|number| spec(dice, number)).collect() }
    }

    /// A condition, half of the time one that an index was made for.
    fn ask(&self, dice: &mut Dice) -> Ask {
        if dice.percent(50) {
            return Ask::random(dice);
        }
        let served = Ask::of_index(dice, &dice.clone().pick(&self.specs).paths);
        if dice.percent(30) { Ask::And(vec![served, Ask::random(dice)]) } else { served }
    }

    pub(super) fn step(&self, dice: &mut Dice) -> Step {
        match dice.below(100) {
            0..=21 => Step::Insert(id(dice), values::document(dice)),
            22..=25 => Step::Save(id(dice), values::document(dice)),
            26..=28 => {
                let write =
                    |dice: &mut Dice| (id(dice), dice.percent(75).then(|| values::document(dice)));
                let writes = (0..1 + dice.below(6)).map(|_| write(dice)).collect();
                Step::Together(writes, Ask::random(dice))
            }
            29..=32 => Step::Replace(id(dice), values::document(dice)),
            33..=44 => {
                let only_if = if dice.percent(80) { Ask::All } else { Ask::random(dice) };
                Step::Update(id(dice), edits(dice), only_if)
            }
            45..=50 => Step::Delete(id(dice)),
            51..=54 => Step::Expire(id(dice), dice.between(1, 50)),
            55 => Step::Persist(id(dice)),
            56 | 57 => Step::Advance(dice.between(1, 30)),
            58..=63 => Step::CreateIndex(dice.pick(&self.specs).clone()),
            64 | 65 => Step::DropIndex(dice.pick(&self.specs).name.clone()),
            66..=87 => {
                let limit = dice.percent(50).then(|| dice.below(8));
                let offset = if dice.percent(30) { dice.below(5) } else { 0 };
                Step::Find { ask: self.ask(dice), order: Order::random(dice), offset, limit }
            }
            88..=92 => {
                let rows = 1 + dice.below(6);
                Step::Pages { ask: self.ask(dice), order: Order::random(dice), rows }
            }
            93 | 94 => Step::DeleteAll(self.ask(dice)),
            95 | 96 => Step::UpdateAll(self.ask(dice), values::value(dice)),
            97 => Step::Snapshot,
            _ => Step::Kill(1 + dice.below(4)),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Insert(id, value) => write!(f, "insert {id:?} {value}"),
            Step::Save(id, value) => write!(f, "save {id:?} {value}"),
            Step::Replace(id, value) => write!(f, "replace {id:?} {value}"),
            Step::Update(id, edits, ask) => write!(f, "update {id:?} if {ask}: {edits:?}"),
            Step::Delete(id) => write!(f, "delete {id:?}"),
            Step::Expire(id, after) => write!(f, "expire {id:?} after {after} ms"),
            Step::Persist(id) => write!(f, "persist {id:?}"),
            Step::Advance(by) => write!(f, "{by} ms pass"),
            Step::CreateIndex(Spec { name, kind, paths, only }) => {
                write!(f, "create {kind} index {name} on {paths:?}")?;
                only.as_ref().map_or(Ok(()), |only| write!(f, " only {only}"))
            }
            Step::DropIndex(name) => write!(f, "drop index {name}"),
            Step::Find { ask, order, offset, limit } => {
                write!(f, "find {ask} ORDER BY {order} OFFSET {offset} LIMIT {limit:?}")
            }
            Step::Pages { ask, order, rows } => {
                write!(f, "pages of {rows}: {ask} ORDER BY {order}")
            }
            Step::Together(writes, ask) => {
                for (id, value) in writes {
                    let value = value.as_ref().map_or("nothing".to_owned(), Value::to_string);
                    write!(f, "together {id:?} becomes {value}; ")?;
                }
                write!(f, "find {ask}")
            }
            Step::DeleteAll(ask) => write!(f, "delete all {ask}"),
            Step::UpdateAll(ask, value) => write!(f, "update all {ask}: free = {value}"),
            Step::Snapshot => f.write_str("snapshot"),
            Step::Kill(shards) => write!(f, "kill, and open with {shards} shards"),
        }
    }
}
