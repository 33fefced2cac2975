//! What a collection is, said as plainly as possible: a map of documents and a list of rules.

use std::collections::{BTreeMap, BTreeSet};

use kora::{Index, IndexKind};
use serde_json::{Value, json};

use super::ask::{Ask, Order};
use super::values::{Path, is_equal, order_numbers};

/// An index that may be made.
#[derive(Clone)]
pub(super) struct Spec {
    pub(super) name: String,
    pub(super) kind: IndexKind,
    pub(super) paths: Vec<Path>,
    pub(super) only: Option<Ask>,
}

impl Spec {
    pub(super) fn index(&self) -> Index {
        let mut index = Index::new(self.kind, &self.paths[0].to_string()).named(&self.name);
        for path in &self.paths[1..] {
            index = index.and(&path.to_string());
        }
        match &self.only {
            Some(only) => index.only(&only.to_string()),
            None => index,
        }
    }

    /// The values that no other document may have.
    fn held(&self, document: &Value) -> BTreeSet<String> {
        let is_asked = self.only.as_ref().is_none_or(|only| only.holds(document));
        if self.kind != IndexKind::Unique || !is_asked {
            return BTreeSet::new();
        }
        let mut tuples = BTreeSet::from([String::new()]);
        for path in &self.paths {
            let names: Vec<_> = path.values(document).into_iter().filter_map(name_of).collect();
            let with = |tuple: &String| {
                names.iter().map(|name| format!("{tuple}{name};")).collect::<Vec<_>>()
            };
            tuples = tuples.iter().flat_map(with).collect();
        }
        tuples
    }
}

/// A name that equal values share and others do not; nothing for what unique indexes leave alone.
fn name_of(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::Bool(truth) => Some(truth.to_string()),
        Value::String(text) => Some(format!("{text:?}")),
        Value::Number(number) => {
            // A whole float within 64 bits is named as the integer that it equals.
            let float = number.as_f64().expect("a number");
            #[expect(clippy::cast_possible_truncation, reason = "it saturates, and is compared")]
            let whole = json!(float as i64);
            #[expect(clippy::cast_possible_truncation, reason = "it saturates, and is compared")]
            let wide = json!(float.max(0.0) as u64);
            let same = [whole, wide].into_iter().filter_map(|whole| whole.as_number().cloned());
            let is_whole = number.is_i64() || number.is_u64();
            let mut same = same.filter(|whole| !is_whole && order_numbers(whole, number).is_eq());
            Some(same.next_back().unwrap_or_else(|| number.clone()).to_string())
        }
    }
}

/// A change at a path.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    Set(Path, Value),
    Unset(Path),
    Add(Path, i64),
    AddFloat(Path, f64),
    Push(Path, Value),
    Pull(Path, Value),
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Exists,
    Missing,
    NotUnique,
    Form,
}

impl Edit {
    fn path(&self) -> &Path {
        match self {
            Edit::Set(path, _)
            | Edit::Unset(path)
            | Edit::Add(path, _)
            | Edit::AddFloat(path, _)
            | Edit::Push(path, _)
            | Edit::Pull(path, _) => path,
        }
    }

    fn apply(&self, document: &mut Value) -> Result<(), Refusal> {
        let (last, way) = self.path().0.split_last().expect("a path has a name");
        let makes = !matches!(self, Edit::Unset(_) | Edit::Pull(..));
        let mut here = document.as_object_mut().expect("a document");
        for name in way {
            if !here.contains_key(*name) {
                if !makes {
                    return Ok(());
                }
                here.insert((*name).to_owned(), json!({}));
            }
            here = here[*name].as_object_mut().ok_or(Refusal::Form)?;
        }
        let old = here.get(*last).cloned();
        let array = |old: Option<Value>| match old {
            None => Ok(Vec::new()),
            Some(Value::Array(elements)) => Ok(elements),
            Some(_) => Err(Refusal::Form),
        };
        let new = match self {
            Edit::Set(_, value) => value.clone(),
            Edit::Unset(_) => {
                here.remove(*last);
                return Ok(());
            }
            Edit::Add(_, addend) => sum(old, &json!(addend))?,
            Edit::AddFloat(_, addend) => sum(old, &json!(addend))?,
            Edit::Push(_, value) => {
                let mut elements = array(old)?;
                elements.push(value.clone());
                Value::Array(elements)
            }
            Edit::Pull(_, value) => {
                if old.is_none() {
                    return Ok(());
                }
                array(old)?.into_iter().filter(|element| !is_equal(element, value)).collect()
            }
        };
        here.insert((*last).to_owned(), new);
        Ok(())
    }
}

fn sum(old: Option<Value>, addend: &Value) -> Result<Value, Refusal> {
    let old = old.unwrap_or(json!(0));
    let whole = |value: &Value| {
        let signed = value.as_i64().map(i128::from);
        signed.or_else(|| value.as_u64().map(i128::from))
    };
    if let (Some(a), Some(b)) = (whole(&old), whole(addend)) {
        let sum = a + b;
        let signed = i64::try_from(sum).map(Value::from);
        return signed.or_else(|_| u64::try_from(sum).map(Value::from)).or(Err(Refusal::Form));
    }
    let float = |value: &Value| value.as_f64().ok_or(Refusal::Form);
    let sum = float(&old)? + float(addend)?;
    if sum.is_finite() { Ok(json!(sum)) } else { Err(Refusal::Form) }
}

/// A document with its changes made, or why they cannot be.
pub(super) fn edited(document: &Value, edits: &[Edit]) -> Result<Value, Refusal> {
    let mut document = document.clone();
    edits.iter().try_for_each(|edit| edit.apply(&mut document))?;
    Ok(document)
}

/// A document, and when it expires.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) value: Value,
    pub(super) deadline: Option<i64>,
}

/// A collection.
#[derive(Default)]
pub(super) struct Model {
    documents: BTreeMap<String, Stored>,
    pub(super) indexes: Vec<Spec>,
    now: i64,
}

impl Model {
    pub(super) fn documents(&self) -> &BTreeMap<String, Stored> {
        &self.documents
    }

    pub(super) fn get(&self, id: &str) -> Option<&Stored> {
        self.documents.get(id)
    }

    /// Lets time pass; what is due goes.
    pub(super) fn advance(&mut self, by: i64) {
        self.now += by;
        let now = self.now;
        self.documents.retain(|_, stored| stored.deadline.is_none_or(|at| at > now));
    }

    pub(super) fn put(
        &mut self,
        id: &str,
        value: Value,
        deadline: Option<i64>,
    ) -> Result<(), Refusal> {
        if self.indexes.iter().any(|index| self.meets(index, id, &value)) {
            return Err(Refusal::NotUnique);
        }
        self.documents.insert(id.to_owned(), Stored { value, deadline });
        Ok(())
    }

    fn meets(&self, index: &Spec, id: &str, value: &Value) -> bool {
        let held = index.held(value);
        !held.is_empty()
            && self
                .documents
                .iter()
                .any(|(other, stored)| other != id && !index.held(&stored.value).is_disjoint(&held))
    }

    /// Makes all changes, or none when the values of two documents meet after them.
    pub(super) fn put_all(&mut self, writes: &[(String, Option<Value>)]) -> Result<(), Refusal> {
        let before = self.documents.clone();
        for (id, value) in writes {
            match value {
                Some(value) => {
                    let deadline = self.get(id).and_then(|stored| stored.deadline);
                    let stored = Stored { value: value.clone(), deadline };
                    self.documents.insert(id.clone(), stored);
                }
                None => drop(self.documents.remove(id)),
            }
        }
        let meet = |(id, _): &(String, Option<Value>)| {
            let value = self.get(id).map(|stored| &stored.value);
            value.is_some_and(|value| self.indexes.iter().any(|index| self.meets(index, id, value)))
        };
        if writes.iter().any(meet) {
            self.documents = before;
            return Err(Refusal::NotUnique);
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, id: &str) -> bool {
        self.documents.remove(id).is_some()
    }

    /// Sets a deadline so long from now.
    pub(super) fn expire(&mut self, id: &str, after: Option<i64>) -> bool {
        let deadline = after.map(|after| self.now + after);
        self.documents.get_mut(id).map(|stored| stored.deadline = deadline).is_some()
    }

    /// Whether the index is new; an error when documents violate it.
    pub(super) fn create_index(&mut self, spec: &Spec) -> Result<bool, Refusal> {
        if self.indexes.iter().any(|index| index.name == spec.name) {
            return Ok(false);
        }
        let violates = |(id, stored): (&String, &Stored)| self.meets(spec, id, &stored.value);
        if self.documents.iter().any(violates) {
            return Err(Refusal::NotUnique);
        }
        self.indexes.push(spec.clone());
        Ok(true)
    }

    pub(super) fn drop_index(&mut self, name: &str) -> bool {
        let before = self.indexes.len();
        self.indexes.retain(|index| index.name != name);
        self.indexes.len() < before
    }

    /// The documents that satisfy a condition, in order; by id where the order leaves it open.
    pub(super) fn find(&self, ask: &Ask, order: &Order) -> Vec<(&str, &Value)> {
        let all = self.documents.iter().map(|(id, stored)| (id.as_str(), &stored.value));
        let mut rows: Vec<_> = all.filter(|(_, value)| ask.holds(value)).collect();
        rows.sort_by(|(_, a), (_, b)| order.compare(a, b));
        rows
    }
}
