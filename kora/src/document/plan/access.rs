//! Which documents may satisfy a condition, by the indexes of a partition.

use std::borrow::Cow;
use std::ops::Bound;

use roaring::RoaringBitmap;
use smallvec::{SmallVec, smallvec};

use crate::document::collection::definition::{IndexDefinition, IndexKind};
use crate::document::collection::index::Index;
use crate::document::collection::partition::Partition;
use crate::document::collection::values::{MISSING, SearchKey, push_literal};
use crate::document::form::{Kind, encode_sortable_prefix, sortable_bounds};
use crate::document::plan::compound::is_part;
use crate::document::plan::source::{Bounds, Range, Source};
use crate::query::{
    Class, Comparison, Condition, Interval, Literal, LiteralSet, Path, ranges, ranges_of,
};

/// An AND takes a second index along when that costs less than looking at so many documents for
/// each slot it brings: a bitmap step against a document's memory.
const STEP_RATIO: u64 = 16;

/// A partition, to be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'p> {
    pub(crate) partition: &'p Partition,
    /// The one index to be used; else all that hold every document.
    only: Option<usize>,
}

/// Some indexes, by their numbers.
pub(crate) type Indexes = SmallVec<[usize; 4]>;

/// Where candidates come from, and whether all of them satisfy the condition.
#[derive(Debug)]
pub(crate) struct Access<'p> {
    pub(crate) source: Source<'p>,
    /// Whether no document need be looked at.
    pub(crate) is_exact: bool,
    /// The indexes that are used, for who wants to know.
    pub(crate) indexes: Indexes,
}

impl<'p> Access<'p> {
    fn all(is_exact: bool) -> Access<'p> {
        Access { source: Source::All, is_exact, indexes: Indexes::new() }
    }

    pub(super) fn of(source: Source<'p>, index: usize) -> Access<'p> {
        Access { source, is_exact: true, indexes: smallvec![index] }
    }

    fn is_served(&self) -> bool {
        !self.indexes.is_empty()
    }
}

impl<'p> View<'p> {
    pub(crate) fn of(partition: &'p Partition) -> View<'p> {
        View { partition, only: None }
    }

    /// The indexes of the collection, by their numbers.
    pub(crate) fn definitions(self) -> &'p [IndexDefinition] {
        self.partition.definitions()
    }

    /// Whether an index holds every document that it should.
    pub(crate) fn is_ready(self, at: usize) -> bool {
        self.partition.is_ready(at)
    }

    /// How a condition is served.
    pub(crate) fn access(self, condition: &Condition) -> Access<'p> {
        let served = match condition {
            Condition::All => return Access::all(true),
            Condition::Compare { path, comparison: Comparison::Equal, literal } => {
                self.equal(path, literal)
            }
            Condition::Compare { .. } | Condition::Between { .. } => self.range(condition),
            Condition::In { path, set } => self.any_of(path, set, false),
            Condition::ContainsAny { path, set } => self.any_of(path, set, true),
            Condition::ContainsAll { path, set } => self.contains_all(path, set),
            Condition::StartsWith { path, prefix } => self.starts_with(path, prefix.text()),
            Condition::Exists { path } => self.exists(path),
            Condition::And(terms) => return self.and(terms),
            Condition::Or(terms) => self.or(terms),
            Condition::Not(_) if condition.is_none() => {
                return Access { source: Source::Empty, is_exact: true, indexes: Indexes::new() };
            }
            Condition::Not(term) => self.not(term),
        };
        let served = served.or_else(|| self.partial(condition, std::slice::from_ref(condition)));
        served.unwrap_or_else(|| Access::all(false))
    }

    /// How a term is served by an index that holds only documents of which some terms are true: it
    /// brings those that satisfy the term among them.
    fn partial(self, term: &Condition, terms: &[Condition]) -> Option<Access<'p>> {
        let path = term.positive_path().filter(|_| self.only.is_none())?;
        self.partials(path, terms).find_map(|only| {
            let access = View { only: Some(only), ..self }.access(term);
            access.is_served().then_some(access)
        })
    }

    /// The indexes of a path that hold only some documents, all of which some terms are true of.
    fn partials(self, path: &Path, terms: &[Condition]) -> impl Iterator<Item = usize> {
        let fits = move |(at, index): &(usize, &IndexDefinition)| {
            self.is_ready(*at)
                && index.paths[..] == *std::slice::from_ref(path)
                && !index.is_whole()
                && index.condition.normal().follows_from(terms)
        };
        self.definitions().iter().enumerate().filter(fits).map(|(at, _)| at)
    }

    /// The sorted index for a range of a path, where terms are true; and whose view it is.
    fn ranging(self, path: &Path, terms: &[Condition]) -> Option<View<'p>> {
        let partials = self.partials(path, terms).map(|only| View { only: Some(only), ..self });
        let single = |view: &View<'p>| {
            let index = view.simple(path, &[IndexKind::Sorted]);
            index.is_some_and(|(_, index)| !index.is_multiple())
        };
        std::iter::once(self).chain(partials).find(single)
    }

    /// The indexes whose first path is this one and that have every document.
    fn over(
        self,
        path: &Path,
        kinds: &'static [IndexKind],
    ) -> impl Iterator<Item = (usize, &'p IndexDefinition)> {
        let fits = move |(at, index): &(usize, &IndexDefinition)| {
            self.is_ready(*at)
                && kinds.contains(&index.kind)
                && index.paths[0] == *path
                && self.only.map_or(index.is_whole(), |only| only == *at)
        };
        self.definitions().iter().enumerate().filter(fits)
    }

    /// An index of single values of a path; with `sorted`, in order.
    fn simple(self, path: &Path, kinds: &'static [IndexKind]) -> Option<(usize, &'p Index)> {
        let mut found = self.over(path, kinds).filter(|(_, index)| index.paths.len() == 1);
        found.next().map(|(at, _)| (at, self.partition.index(at)))
    }

    /// The sorted index that has every document, each once, in the order of its values at a path.
    pub(crate) fn ordering(self, path: &Path) -> Option<(usize, &'p Index)> {
        self.simple(path, &[IndexKind::Sorted]).filter(|(_, index)| !index.is_multiple())
    }

    fn equal(self, path: &Path, literal: &Literal) -> Option<Access<'p>> {
        let mut key = SearchKey::new();
        if !push_literal(literal, &mut key) {
            return None;
        }
        if let Some((at, index)) = self.simple(path, &[IndexKind::Hash, IndexKind::Sorted]) {
            return Some(Access::of(index.get(&key).map_or(Source::Empty, Source::Key), at));
        }
        // The first of several paths of a sorted index.
        let (at, _) = self.over(path, &[IndexKind::Sorted]).next()?;
        Some(Access::of(Source::Range(self.beginning(at, key.to_vec())), at))
    }

    /// All keys that begin with these bytes.
    fn beginning(self, at: usize, low: Vec<u8>) -> Range<'p> {
        let mut high = low.clone();
        high.push(0xFF);
        let index = self.partition.index(at);
        Range { index, low: Bound::Included(low), high: Bound::Excluded(high) }
    }

    fn any_of(self, path: &Path, set: &LiteralSet, contains: bool) -> Option<Access<'p>> {
        let (at, index) = if contains {
            self.simple(path, &[IndexKind::Array])?
        } else {
            self.simple(path, &[IndexKind::Hash, IndexKind::Sorted])?
        };
        let mut postings = Vec::new();
        for literal in set.as_slice() {
            let mut key = SearchKey::new();
            if !push_literal(literal, &mut key) {
                return None;
            }
            postings.extend(index.get(&key));
        }
        let source = match postings[..] {
            [] => Source::Empty,
            [posting] => Source::Key(posting),
            _ => Source::Keys(postings),
        };
        Some(Access::of(source, at))
    }

    fn contains_all(self, path: &Path, set: &LiteralSet) -> Option<Access<'p>> {
        let (at, index) = self.simple(path, &[IndexKind::Array])?;
        if set.as_slice().is_empty() {
            return None;
        }
        let mut all: Option<RoaringBitmap> = None;
        for literal in set.as_slice() {
            let mut key = Vec::new();
            if !push_literal(literal, &mut key) {
                return None;
            }
            let Some(posting) = index.get(&key) else { return Some(Access::of(Source::Empty, at)) };
            let mut these = RoaringBitmap::new();
            posting.add_to(&mut these);
            all = Some(all.map_or(these.clone(), |all| all & these));
        }
        let mut access = Access::of(all.map_or(Source::Empty, Source::Set), at);
        // A path through arrays may have its elements in several.
        access.is_exact = set.as_slice().len() == 1 || path.names().len() == 1;
        Some(access)
    }

    fn starts_with(self, path: &Path, prefix: &str) -> Option<Access<'p>> {
        let (at, index) = self.simple(path, &[IndexKind::Sorted])?;
        let mut low = Vec::new();
        encode_sortable_prefix(prefix.as_bytes(), &mut low);
        let mut high = low.clone();
        high.push(0xFF);
        // A NUL behind the prefix is written 00 FF, and the end of the string 00 00: below FF.
        high.push(0xFF);
        let source =
            Source::Range(Range { index, low: Bound::Included(low), high: Bound::Excluded(high) });
        Some(Access::of(source, at))
    }

    fn exists(self, path: &Path) -> Option<Access<'p>> {
        let (at, index) = self.simple(path, &[IndexKind::Hash, IndexKind::Sorted])?;
        let missing = index.get(&[MISSING]).map_or(Source::Empty, Source::Key);
        Some(Access::of(Source::Except(Box::new(missing)), at))
    }

    /// A range of one predicate.
    fn range(self, condition: &Condition) -> Option<Access<'p>> {
        let range = ranges(condition).into_iter().next()?;
        self.interval(range.path, range.interval.as_ref())
    }

    fn interval(self, path: &Path, interval: Option<&Interval<'_>>) -> Option<Access<'p>> {
        let (at, index) = self.simple(path, &[IndexKind::Sorted])?;
        let Some(interval) = interval else { return Some(Access::of(Source::Empty, at)) };
        let (low, high) = bounds(interval)?;
        Some(Access::of(Source::Range(Range { index, low, high }), at))
    }

    fn not(self, term: &Condition) -> Option<Access<'p>> {
        let access = self.access(term);
        if !access.is_exact || !access.is_served() {
            return None;
        }
        let Access { source, indexes, .. } = access;
        let source = if let Source::Except(source) = source {
            *source
        } else {
            Source::Except(Box::new(source))
        };
        Some(Access { source, is_exact: true, indexes })
    }

    fn or(self, terms: &[Condition]) -> Option<Access<'p>> {
        let (mut set, mut is_exact, mut indexes) = (RoaringBitmap::new(), true, Indexes::new());
        for term in terms {
            let access = self.access(term);
            if !access.is_served() {
                return None;
            }
            is_exact &= access.is_exact;
            indexes.extend(access.indexes);
            set |= access.source.into_set(self);
        }
        Some(Access { source: Source::Set(set), is_exact, indexes })
    }

    fn and(self, terms: &[Condition]) -> Access<'p> {
        let mut served: Vec<Access<'p>> = Vec::new();
        let mut used = Indexes::new();
        let merged = ranges_of(terms);
        let mut is_decided = vec![false; terms.len()];
        if let Some(compound) = self.compound(terms, &merged) {
            compound.terms.iter().for_each(|term| is_decided[*term] = true);
            used.extend_from_slice(&compound.access.indexes);
            served.push(compound.access);
        }
        // Bounds of one path are one range, where a document has one value there.
        for range in merged.iter().filter(|range| range.terms.len() > 1) {
            let is_open = range.terms.iter().any(|term| !is_decided[*term]);
            let Some(view) = self.ranging(range.path, terms).filter(|_| is_open) else { continue };
            if let Some(access) = view.interval(range.path, range.interval.as_ref()) {
                range.terms.iter().for_each(|term| is_decided[*term] = true);
                used.extend_from_slice(&access.indexes);
                served.push(access);
            }
        }
        let mut others = Vec::new();
        for (term, _) in terms.iter().zip(&is_decided).filter(|(_, is_decided)| !**is_decided) {
            let mut access = self.access(term);
            if !access.is_served() {
                access = self.partial(term, terms).unwrap_or(access);
            }
            if access.is_served() {
                // Others bring what an index has not, too.
                if term.positive_path().is_some() {
                    used.extend_from_slice(&access.indexes);
                }
                served.push(access);
            } else {
                others.push((term, access.is_exact));
            }
        }
        // What is true of every document of an index that is used need not be asked again.
        let definitions = self.definitions();
        let is_given = |term: &Condition| {
            let mut conditions = used.iter().map(|at| &definitions[*at].condition);
            conditions.any(|condition| is_part(term, condition))
        };
        let is_exact = others.iter().all(|(term, is_exact)| *is_exact || is_given(term));
        self.intersect(served, is_exact)
    }

    /// Begins with the source that brings least, and takes the others along while that is cheaper
    /// than looking at the documents.
    fn intersect(self, served: Vec<Access<'p>>, mut is_exact: bool) -> Access<'p> {
        let mut served: Vec<(u64, Access<'p>)> =
            served.into_iter().map(|access| (access.source.estimate(self), access)).collect();
        served.sort_by_key(|(estimate, _)| *estimate);
        let mut served = served.into_iter();
        let Some((least, first)) = served.next() else { return Access::all(is_exact) };
        is_exact &= first.is_exact;
        let (mut source, mut indexes) = (first.source, first.indexes);
        for (estimate, access) in served {
            let filtered = match &access.source {
                Source::Range(range) => source.slots().and_then(|slots| range.filter(slots)),
                Source::Empty
                | Source::Key(_)
                | Source::Keys(_)
                | Source::Except(_)
                | Source::Set(_)
                | Source::List(_)
                | Source::All => None,
            };
            if let Some((left, is_certain)) = filtered {
                source = Source::List(left);
                is_exact &= access.is_exact && is_certain;
                indexes.extend(access.indexes);
                continue;
            }
            if estimate > least.saturating_mul(STEP_RATIO) {
                is_exact = false;
                continue;
            }
            let mut set = source.into_set(self);
            set &= access.source.into_set(self);
            source = Source::Set(set);
            is_exact &= access.is_exact;
            indexes.extend(access.indexes);
        }
        Access { source, is_exact, indexes }
    }
}

/// The bounds of an interval as keys; `None` when an index has no key for one of them.
pub(super) fn bounds(interval: &Interval<'_>) -> Option<Bounds> {
    let key = |literal: &Literal| {
        let mut key = Vec::new();
        push_literal(literal, &mut key).then_some(key)
    };
    let bound = |bound: &Bound<Cow<'_, Literal>>| {
        Some(match bound {
            Bound::Included(literal) => Bound::Included(key(literal)?),
            Bound::Excluded(literal) => Bound::Excluded(key(literal)?),
            Bound::Unbounded => Bound::Unbounded,
        })
    };
    let (mut low, mut high) = (bound(&interval.low)?, bound(&interval.high)?);
    // A side without a bound ends with the class.
    let kind = match interval.class {
        Class::Null => Kind::Null,
        Class::Bool => Kind::Bool,
        Class::Number => Kind::Number,
        Class::String => Kind::String,
        Class::Array => Kind::Array,
        Class::Object => Kind::Object,
    };
    let (first, above) = sortable_bounds(kind)?;
    if low == Bound::Unbounded {
        low = Bound::Included(vec![first]);
    }
    if high == Bound::Unbounded {
        high = Bound::Excluded(vec![above]);
    }
    Some((low, high))
}
