//! Conditions that name the documents they can be true of: by unique values, or by id.
//!
//! A unique value belongs to one document, so a condition that asks for some is answered without a
//! pass over the partitions. Every document that is named is held against the whole condition by
//! whoever asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::document::collection::definition::IndexDefinition;
use crate::document::collection::partition::{Document, Partition, unique};
use crate::document::collection::values::push_literal;
use crate::engine::Engine;
use crate::engine::collections::Collection;
use crate::error::Result;
use crate::map::hash;
use crate::query::{Comparison, Condition, Literal, Path};

/// One document, or none: by what it is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    /// By a value of the unique index with this number.
    Value(usize, Vec<u8>),
    /// By its id.
    Id(Vec<u8>),
}

/// The documents that a condition can be true of.
#[derive(Debug, Default)]
struct Named {
    documents: BTreeSet<Name>,
    /// What they were named by, for who wants to know.
    indexes: Vec<String>,
}

/// Who has seen which documents: each is shown once.
struct Visitor<V> {
    seen: BTreeSet<Vec<u8>>,
    visit: V,
}

/// Whether the indexes are still those that a name was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    Hold,
    Outdated,
}

impl Named {
    fn one(name: Name, index: &str) -> Named {
        Named { documents: [name].into(), indexes: vec![index.to_owned()] }
    }

    fn join(mut self, other: Named) -> Named {
        self.documents.extend(other.documents);
        for index in other.indexes {
            if !self.indexes.contains(&index) {
                self.indexes.push(index);
            }
        }
        self
    }
}

impl<V: FnMut(&Document)> Visitor<V> {
    fn show(&mut self, document: &Document, is_only: bool) {
        // Two names may be of one document; the only name of all is of one at most.
        if (is_only && self.seen.is_empty()) || self.seen.insert(document.id().to_vec()) {
            (self.visit)(document);
        }
    }
}

impl Engine {
    /// Visits the documents that a condition names, each once; returns the names of the indexes
    /// that knew them. `None` when it names none.
    pub(super) fn by_name(
        &self,
        collection: &Collection,
        condition: &Condition,
        visit: impl FnMut(&Document),
    ) -> Result<Option<Vec<String>>> {
        let mut visitor = Visitor { seen: BTreeSet::new(), visit };
        loop {
            let (named, definitions) = {
                let partition = collection.partitions[0].0.read();
                let Some(named) = named(&partition, condition) else { return Ok(None) };
                (named, Arc::clone(partition.shared_definitions()))
            };
            if self.visit_all(collection, &named, &definitions, &mut visitor)? == Names::Hold {
                return Ok(Some(named.indexes));
            }
        }
    }

    fn visit_all(
        &self,
        collection: &Collection,
        named: &Named,
        definitions: &Arc<Vec<IndexDefinition>>,
        visitor: &mut Visitor<impl FnMut(&Document)>,
    ) -> Result<Names> {
        let is_only = named.documents.len() == 1;
        for name in &named.documents {
            let names = match name {
                Name::Value(index, key) => {
                    let show = |document: &Document| visitor.show(document, is_only);
                    self.visit_owner(collection, definitions, (*index, key), show)?
                }
                Name::Id(id) => {
                    self.visit_one(collection, id, |document| visitor.show(document, is_only))?;
                    Names::Hold
                }
            };
            if names == Names::Outdated {
                return Ok(names);
            }
        }
        Ok(Names::Hold)
    }

    fn visit_one(
        &self,
        collection: &Collection,
        id: &[u8],
        visit: impl FnOnce(&Document),
    ) -> Result<()> {
        let id_hash = hash(id);
        let partition = collection.partitions[collection.partition_of(id_hash)].0.read();
        collection.check()?;
        let document = partition.find(id, id_hash).and_then(|slot| partition.at(slot));
        let now = self.shared.clock.now_ms();
        if let Some(document) = document.filter(|document| document.lives(now)) {
            visit(document);
        }
        Ok(())
    }

    /// Visits the document that has a value of a unique index.
    fn visit_owner(
        &self,
        collection: &Collection,
        definitions: &Arc<Vec<IndexDefinition>>,
        (index, key): (usize, &[u8]),
        visit: impl FnOnce(&Document),
    ) -> Result<Names> {
        let key_hash = hash(key);
        let is_outdated =
            |partition: &Partition| !Arc::ptr_eq(partition.shared_definitions(), definitions);
        let rivals: SmallVec<[_; 2]> = {
            let owner = collection.partitions[collection.partition_of(key_hash)].0.read();
            collection.check()?;
            if is_outdated(&owner) {
                return Ok(Names::Outdated);
            }
            owner.claims(index).find(key_hash).collect()
        };
        let now = self.shared.clock.now_ms();
        for place in rivals {
            let partition = collection.partitions[usize::from(place.partition)].0.read();
            if is_outdated(&partition) {
                return Ok(Names::Outdated);
            }
            let Some(document) = partition.at(place.slot).filter(|found| found.lives(now)) else {
                continue;
            };
            let keys = definitions[index].keys(document.value());
            if keys.is_some_and(|keys| keys.iter().any(|other| other[..] == *key)) {
                visit(document);
                break;
            }
        }
        Ok(Names::Hold)
    }
}

/// Recurses as deep as a condition is nested, which has a limit.
fn named(partition: &Partition, condition: &Condition) -> Option<Named> {
    match condition {
        Condition::Compare { path, comparison: Comparison::Equal, literal } => {
            one(partition, path, literal)
        }
        Condition::In { path, set } => {
            let mut each = set.as_slice().iter().map(|literal| one(partition, path, literal));
            each.try_fold(Named::default(), |all, named| Some(all.join(named?)))
        }
        Condition::Or(terms) => {
            let mut each = terms.iter().map(|term| named(partition, term));
            each.try_fold(Named::default(), |all, named| Some(all.join(named?)))
        }
        Condition::And(terms) => {
            let each = terms.iter().filter_map(|term| named(partition, term));
            let least = each.min_by_key(|named| named.documents.len());
            least.or_else(|| together(partition, terms))
        }
        Condition::All
        | Condition::Compare { .. }
        | Condition::ContainsAny { .. }
        | Condition::ContainsAll { .. }
        | Condition::Between { .. }
        | Condition::StartsWith { .. }
        | Condition::Exists { .. }
        | Condition::Not(_) => None,
    }
}

/// The unique indexes that hold all documents and are whole.
fn indexes(partition: &Partition) -> impl Iterator<Item = (usize, &IndexDefinition)> {
    let fits =
        |(at, index): &(usize, &IndexDefinition)| index.is_whole() && partition.is_ready(*at);
    unique(partition.definitions()).filter(fits)
}

fn one(partition: &Partition, path: &Path, literal: &Literal) -> Option<Named> {
    let id =
        partition.schema().and_then(|schema| schema.id.first().filter(|_| schema.id.len() == 1));
    if id.is_some_and(|id| matches!(path.names(), [name] if name == id)) {
        return Some(Named::one(Name::Id(id_text(literal)?.into_bytes()), "id"));
    }
    let (at, index) = indexes(partition).find(|(_, index)| index.paths == [path.clone()])?;
    Some(Named::one(Name::Value(at, key([literal])?), &index.name))
}

/// The document that has the values of a unique index over several paths.
fn together(partition: &Partition, terms: &[Condition]) -> Option<Named> {
    let literal_of = |path: &Path| {
        terms.iter().find_map(|term| {
            let Condition::Compare { path: other, comparison, literal } = term else { return None };
            (other == path && *comparison == Comparison::Equal).then_some(literal)
        })
    };
    indexes(partition).find_map(|(at, index)| {
        let literals: Vec<&Literal> = index.paths.iter().map(literal_of).collect::<Option<_>>()?;
        Some(Named::one(Name::Value(at, key(literals)?), &index.name))
    })
}

/// The key of some values; null is in no unique index.
fn key<'l>(literals: impl IntoIterator<Item = &'l Literal>) -> Option<Vec<u8>> {
    let mut key = Vec::new();
    let mut literals = literals.into_iter();
    let is_whole =
        literals.all(|literal| *literal != Literal::Null && push_literal(literal, &mut key));
    is_whole.then_some(key)
}

/// The id of the documents whose id field has a value.
fn id_text(literal: &Literal) -> Option<String> {
    match literal {
        Literal::String(text) => Some(text.to_string()),
        Literal::Integer(whole) => Some(whole.to_string()),
        Literal::Unsigned(whole) => Some(whole.to_string()),
        Literal::Bool(truth) => Some(truth.to_string()),
        Literal::Null
        | Literal::Float(_)
        | Literal::Array(_)
        | Literal::Open
        | Literal::OpenList => None,
    }
}
