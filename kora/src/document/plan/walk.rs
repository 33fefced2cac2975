//! Walks through a sorted index in the order of the results, which can end when there are enough: when
//! there is one, where it begins, and whether it is cheaper than to sort the candidates.

use std::ops::Bound;

use roaring::RoaringBitmap;

use crate::document::collection::index::key_start;
use crate::document::form::sortable_len;
use crate::document::plan::access::{Access, View};
use crate::document::plan::best::Ranked;
use crate::document::plan::compound::behind;
use crate::document::plan::find::Find;
use crate::document::plan::sort::turn;
use crate::document::plan::source::{Bounds, Range, Source};
use crate::query::{Condition, Direction};

/// What a step through an ordered index costs against sorting a candidate.
const WALK_RATIO: u64 = 2;
/// So many documents are told at once what comes first.
const FIRST_MAX: usize = 1024;

/// A walk through an index in the order of the results.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) index: usize,
    /// Bytes of each key before the value that is walked by.
    pub(super) prefix: usize,
    pub(super) low: Bound<Vec<u8>>,
    pub(super) high: Bound<Vec<u8>>,
    pub(super) descends: bool,
    /// Candidates, when an index served the condition.
    pub(super) within: Option<RoaringBitmap>,
    pub(super) is_exact: bool,
}

impl Walk {
    /// What comes first, if the index tells it without the documents.
    pub(super) fn first(&self, view: View<'_>, find: &Find<'_>, now: i64) -> Option<Ranked> {
        let index = view.partition.index(self.index);
        let is_told = self.is_exact && self.within.is_none() && !index.is_multiple();
        let is_first_page = find.after.is_none() && find.most < FIRST_MAX;
        if !is_told || !is_first_page || find.order.keys.len() > 1 {
            return None;
        }
        if view.partition.first_due(now).is_some() {
            return None;
        }
        let range = self.range(view);
        let mut keys = range.iter();
        let starts = std::iter::from_fn(|| {
            let (key, posting) = if self.descends { keys.next_back() } else { keys.next() }?;
            let value = &key[self.prefix..];
            let start = key_start(&value[..sortable_len(value)]);
            Some((if self.descends { !start } else { start }, posting))
        });
        Ranked::first(starts, find.most, FIRST_MAX)
    }

    pub(super) fn range<'p>(&self, view: View<'p>) -> Range<'p> {
        let index = view.partition.index(self.index);
        Range { index, low: self.low.clone(), high: self.high.clone() }
    }
}

/// A walk through an index that has the order of the results, when that is cheaper than to sort the
/// candidates.
pub(super) fn ordered(view: View<'_>, find: &Find<'_>, estimate: u64) -> Option<Walk> {
    let first = find.order.keys.first()?;
    let all = view.partition.live().len();
    let (index, _) = view.ordering(&first.path).filter(|_| is_worth(find, all, estimate))?;
    let descends = first.direction == Direction::Descending;
    let (low, high) = bounds_after(find, descends);
    Some(Walk { index, prefix: 0, low, high, descends, within: None, is_exact: false })
}

/// A walk along the range that the condition asks for, when its index has the order of the results: it
/// can end when there are enough.
pub(super) fn along_range(view: View<'_>, find: &Find<'_>, access: &Access<'_>) -> Option<Walk> {
    let first = find.order.keys.first()?;
    let Source::Range(range) = &access.source else { return None };
    let (index, ordering) = view.ordering(&first.path)?;
    if !std::ptr::eq(range.index, ordering) {
        return None;
    }
    let descends = first.direction == Direction::Descending;
    let (low, high) = match bounds_after(find, descends) {
        (Bound::Included(low), _) if starts_before(&range.low, &low) => {
            (Bound::Included(low), range.high.clone())
        }
        (_, Bound::Included(high)) if ends_behind(&range.high, &high) => {
            (range.low.clone(), Bound::Included(high))
        }
        _ => (range.low.clone(), range.high.clone()),
    };
    let is_exact = access.is_exact;
    Some(Walk { index, prefix: 0, low, high, descends, within: None, is_exact })
}

/// Whether a range has keys before this one.
fn starts_before(low: &Bound<Vec<u8>>, key: &[u8]) -> bool {
    match low {
        Bound::Included(low) | Bound::Excluded(low) => &low[..] < key,
        Bound::Unbounded => true,
    }
}

/// Whether a range has keys behind this one.
fn ends_behind(high: &Bound<Vec<u8>>, key: &[u8]) -> bool {
    match high {
        Bound::Included(high) | Bound::Excluded(high) => &high[..] > key,
        Bound::Unbounded => true,
    }
}

/// The same through the documents of an index that have the values that are asked for at its first
/// paths; and whether that is all that is asked.
pub(super) fn behind_prefix(
    view: View<'_>,
    find: &Find<'_>,
    estimate: u64,
) -> Option<(Walk, bool)> {
    let first = find.order.keys.first()?;
    let condition = &*find.condition;
    let is_and = if let Condition::And(terms) = condition { Some(&terms[..]) } else { None };
    let terms = is_and.unwrap_or(std::slice::from_ref(condition));
    let prefix = view.prefix(terms, &first.path)?;
    let (index, descends) = (prefix.index, first.direction == Direction::Descending);
    let (low, high) = behind(&prefix.key, bounds_after(find, descends));
    let range = Range { index: view.partition.index(index), low, high };
    let among = if prefix.is_all { estimate } else { range.estimate().max(estimate) };
    let Range { low, high, .. } = range;
    let walk = Walk {
        index,
        prefix: prefix.key.len(),
        low,
        high,
        descends,
        within: None,
        is_exact: false,
    };
    is_worth(find, among, estimate).then_some((walk, prefix.is_all))
}

/// Whether a walk through so many documents, so many of which are rows, is cheaper than to sort those.
fn is_worth(find: &Find<'_>, among: u64, estimate: u64) -> bool {
    // Of so many documents one is a row, so a walk makes that many steps for each.
    let among = among.max(1);
    let steps = (find.most as u64).saturating_mul(among / estimate.max(1) + 1).min(among);
    steps.saturating_mul(WALK_RATIO) < estimate
}

/// Where a walk begins that goes on after a sort key: at the first path's key in it, whose
/// documents are looked at again.
fn bounds_after(find: &Find<'_>, descends: bool) -> Bounds {
    let Some(after) = find.after else { return (Bound::Unbounded, Bound::Unbounded) };
    let mut key = after.to_vec();
    if descends {
        turn(&mut key);
    }
    key.truncate(sortable_len(&key));
    let here = Bound::Included(key);
    if descends { (Bound::Unbounded, here) } else { (here, Bound::Unbounded) }
}
