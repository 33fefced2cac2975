//! Conditions that name the documents they can be true of: by unique values, or by id.
//!
//! A unique value belongs to one document, so a condition that asks for some is answered without a
//! pass over the partitions. Every document that is named is held against the whole condition by
//! whoever asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::document::collection::claims::Claims;
use crate::document::collection::definition::IndexDefinition;
use crate::document::collection::partition::{Document, Partition, unique};
use crate::document::collection::values::{SearchKey, push_literal};
use crate::document::plan::rows::Copied;
use crate::engine::Engine;
use crate::engine::collections::Collection;
use crate::error::Result;
use crate::map::hash;
use crate::query::{Comparison, Condition, Literal, Path, matches};

/// One document, or none: by what it is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    /// By a value of the unique index with this number.
    Value(usize, SearchKey),
    /// By its id.
    Id(Vec<u8>),
}

/// The documents that a condition can be true of.
#[derive(Debug, Default)]
struct Named {
    documents: SmallVec<[Name; 1]>,
    /// The unique indexes that know them, by their numbers.
    indexes: SmallVec<[usize; 2]>,
    /// Whether some are named by their ids.
    has_ids: bool,
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
    fn value(index: usize, key: SearchKey) -> Named {
        let documents = smallvec![Name::Value(index, key)];
        Named { documents, indexes: smallvec![index], has_ids: false }
    }

    fn id(id: Vec<u8>) -> Named {
        Named { documents: smallvec![Name::Id(id)], indexes: SmallVec::new(), has_ids: true }
    }

    fn join(mut self, other: Named) -> Named {
        self.documents.extend(other.documents);
        self.has_ids |= other.has_ids;
        for index in other.indexes {
            if !self.indexes.contains(&index) {
                self.indexes.push(index);
            }
        }
        self
    }

    /// What the documents were named by, for who wants to know.
    fn names(&self, definitions: &[IndexDefinition]) -> Vec<String> {
        let indexes = self.indexes.iter().map(|at| definitions[*at].name.to_string());
        self.has_ids.then(|| "id".to_owned()).into_iter().chain(indexes).collect()
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
    /// Visits the documents that a condition can be true of, by their names, each once; returns the
    /// names of the indexes that knew them, if they are asked for. `None` when it names none.
    pub(super) fn by_name(
        &self,
        collection: &Collection,
        condition: &Condition,
        is_explained: bool,
        visit: impl FnMut(&Document),
    ) -> Result<Option<Vec<String>>> {
        let mut visitor = Visitor { seen: BTreeSet::new(), visit };
        loop {
            let (mut named, definitions) = {
                let partition = collection.partitions[0].read();
                let Some(named) = named(&partition, condition) else { return Ok(None) };
                let show = |document: &Document| visitor.show(document, true);
                if self.visit_at_once(collection, &partition, &named, show)? {
                    let names = is_explained.then(|| named.names(partition.definitions()));
                    return Ok(Some(names.unwrap_or_default()));
                }
                (named, Arc::clone(partition.shared_definitions()))
            };
            named.documents.sort_unstable();
            named.documents.dedup();
            if self.visit_all(collection, &named, &definitions, &mut visitor)? == Names::Hold {
                let names = is_explained.then(|| named.names(&definitions));
                return Ok(Some(names.unwrap_or_default()));
            }
        }
    }

    /// Copies the document that a condition can be true of if that asks for one unique value and nothing
    /// else, and is true of it; false, and nothing is known, if it asks for something else or the leases
    /// could not be had at once.
    pub(super) fn only_by_name(
        &self,
        collection: &Collection,
        condition: &Condition,
        only: &mut Copied,
    ) -> Result<bool> {
        let Condition::Compare { path, comparison: Comparison::Equal, literal } = condition else {
            return Ok(false);
        };
        let Some(key) = key([literal]) else { return Ok(false) };
        let key_hash = hash(&key);
        let number = collection.partition_of(key_hash);
        let owner = collection.partitions[number].read();
        collection.check()?;
        // Indexes come, go and become whole under all leases, so this one is like that of any other.
        let Some(index) = unique_over(&owner, path) else { return Ok(false) };
        let claim = (owner.claims(index), key_hash);
        self.visit_claimant(collection, claim, &[(number, &owner)], |document| {
            if matches(condition, document.value()) {
                only.set(document);
            }
        })
    }

    /// Visits the document of one unique value while the first partition's lease is held, so that the
    /// indexes stay as they are; whether the leases could be had. Others are not waited for, because
    /// they would not be taken in ascending order.
    fn visit_at_once(
        &self,
        collection: &Collection,
        first: &Partition,
        named: &Named,
        visit: impl FnOnce(&Document),
    ) -> Result<bool> {
        let [Name::Value(index, key)] = &named.documents[..] else { return Ok(false) };
        collection.check()?;
        let key_hash = hash(key);
        let number = collection.partition_of(key_hash);
        if number == 0 {
            let claim = (first.claims(*index), key_hash);
            return self.visit_claimant(collection, claim, &[(0, first)], visit);
        }
        let Some(owner) = collection.partitions[number].try_read() else { return Ok(false) };
        let claim = (owner.claims(*index), key_hash);
        self.visit_claimant(collection, claim, &[(0, first), (number, &owner)], visit)
    }

    /// Visits the document that has claimed a value; whether it is the only one that may have, and its
    /// lease is among those that are held or could be had.
    fn visit_claimant(
        &self,
        collection: &Collection,
        (claims, key_hash): (&Claims, u64),
        held: &[(usize, &Partition)],
        visit: impl FnOnce(&Document),
    ) -> Result<bool> {
        let mut places = claims.find(key_hash);
        let (place, None) = (places.next(), places.next()) else { return Ok(false) };
        let Some(place) = place else { return Ok(true) };
        let number = usize::from(place.partition);
        let lease;
        let home = match held.iter().find(|(other, _)| *other == number) {
            Some((_, partition)) => *partition,
            None => {
                let Some(taken) = collection.partitions[number].try_read() else {
                    return Ok(false);
                };
                lease = taken;
                &*lease
            }
        };
        home.prefetch(place.slot);
        if let Some(document) = home.at(place.slot) {
            if document.deadline().is_none_or(|deadline| deadline > self.now_ms()) {
                visit(document);
            }
        }
        Ok(true)
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
        let partition = collection.partitions[collection.partition_of(id_hash)].read();
        collection.check()?;
        let document = partition.find(id, id_hash).and_then(|slot| partition.at(slot));
        let now = self.shared.clock.now_ms();
        if let Some(document) = document.filter(|document| document.lives(now)) {
            visit(document);
        }
        Ok(())
    }

    /// Visits the document that has a value of a unique index; and any whose value has its hash.
    fn visit_owner(
        &self,
        collection: &Collection,
        definitions: &Arc<Vec<IndexDefinition>>,
        (index, key): (usize, &[u8]),
        mut visit: impl FnMut(&Document),
    ) -> Result<Names> {
        let key_hash = hash(key);
        let is_outdated =
            |partition: &Partition| !Arc::ptr_eq(partition.shared_definitions(), definitions);
        let mut places: SmallVec<[_; 2]> = {
            let owner = collection.partitions[collection.partition_of(key_hash)].read();
            collection.check()?;
            if is_outdated(&owner) {
                return Ok(Names::Outdated);
            }
            owner.claims(index).find(key_hash).collect()
        };
        places.sort_unstable();
        places.dedup();
        let now = self.shared.clock.now_ms();
        for place in places {
            let partition = collection.partitions[usize::from(place.partition)].read();
            if is_outdated(&partition) {
                return Ok(Names::Outdated);
            }
            partition
                .at(place.slot)
                .filter(|found| found.lives(now))
                .into_iter()
                .for_each(&mut visit);
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
        return Some(Named::id(id_text(literal)?.into_bytes()));
    }
    Some(Named::value(unique_over(partition, path)?, key([literal])?))
}

/// The number of the unique index over just this path.
fn unique_over(partition: &Partition, path: &Path) -> Option<usize> {
    let is_over = |index: &IndexDefinition| index.paths[..] == *std::slice::from_ref(path);
    indexes(partition).find(|(_, index)| is_over(index)).map(|(at, _)| at)
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
        Some(Named::value(at, key(literals)?))
    })
}

/// The key of some values; null is in no unique index.
fn key<'l>(literals: impl IntoIterator<Item = &'l Literal>) -> Option<SearchKey> {
    let mut key = SearchKey::new();
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
