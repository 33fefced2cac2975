//! Running a query on one partition, in slices.
//!
//! A pass gives its lease back after some documents and goes on where it was. If the partition has
//! changed meanwhile, candidates that were worked out before count for nothing by themselves: each
//! is held against the condition again. So every row satisfied the condition at some moment; one
//! document may be two rows, when it moved from what was looked at to what was not.

use std::borrow::Cow;
use std::ops::Bound;
use std::sync::Arc;

use roaring::RoaringBitmap;
use smallvec::{SmallVec, smallvec};

use crate::document::collection::definition::IndexDefinition;
use crate::document::form::sortable_len;
use crate::document::plan::access::{Access, Indexes, View};
use crate::document::plan::best::Ranked;
use crate::document::plan::rows::Rows;
use crate::document::plan::sort::{sort_key, turn};
use crate::document::plan::source::Source;
use crate::document::plan::walk::{Walk, along_range, behind_prefix, ordered};
use crate::query::{Condition, Order, matches};

/// Documents that are looked at before the lease is given back: some 100 us.
const SLICE: u32 = 1024;

/// A query, without what only concerns the answer's form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Find<'q> {
    pub(crate) condition: Cow<'q, Condition>,
    pub(crate) order: Cow<'q, Order>,
    /// How many rows are wanted, those that are skipped included.
    pub(crate) most: usize,
    /// Whether any rows will do, so that a pass may end with the first it meets.
    pub(crate) takes_any: bool,
    /// Rows up to this sort key come not.
    pub(crate) after: Option<&'q [u8]>,
}

/// A pass over one partition.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    stage: Stage,
    /// The changes of the partition when the candidates were worked out.
    changes: u64,
    /// Whether the partition changed between two slices.
    pub(crate) is_stale: bool,
    /// The indexes at the beginning: these are the ones that numbers mean.
    definitions: Option<Arc<Vec<IndexDefinition>>>,
    /// Rows that begin with this, and those before, were looked at by a walk.
    walked: Option<Vec<u8>>,
    pub(crate) rows_examined: u64,
    indexes: Indexes,
    ordered_by: Option<usize>,
    pub(crate) is_filtered: bool,
    /// Whether candidates are ranked and none was looked at yet: those of other partitions may make them
    /// fewer, by [`Pass::keep_best_of_all`].
    pub(crate) waits: bool,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Start,
    /// Candidates in the order of slots.
    Candidates {
        left: RoaringBitmap,
        is_exact: bool,
    },
    /// Candidates that all satisfy the condition, the best first.
    Ranked(Ranked),
    /// All slots from this one on.
    Slots {
        next: u32,
    },
    /// An ordered index, from this key on; its keys within the walk.
    Walk(Walk),
    Done,
}

impl Pass {
    /// Does a slice of the pass; whether there is more to do.
    pub(crate) fn step(
        &mut self,
        view: View<'_>,
        find: &Find<'_>,
        now: i64,
        rows: &mut Rows,
    ) -> bool {
        if matches!(self.stage, Stage::Start) {
            self.definitions = Some(Arc::clone(view.partition.shared_definitions()));
            self.changes = view.partition.changes();
            let mut access = view.access(&find.condition);
            self.indexes = std::mem::take(&mut access.indexes);
            if find.takes_any && self.takes_first(view, find, now, &access, rows) {
                return false;
            }
            self.stage = self.begin(view, find, now, access, rows);
            if let Stage::Walk(walk) = &self.stage {
                if let Some(ranked) = walk.first(view, find, now) {
                    self.stage = Stage::Ranked(ranked);
                }
            }
            self.waits = matches!(self.stage, Stage::Ranked(_));
            if self.waits {
                return true;
            }
        }
        self.waits = false;
        let is_stale = self.changes != view.partition.changes();
        self.is_stale |= is_stale;
        match std::mem::take(&mut self.stage) {
            Stage::Start | Stage::Done => self.stage = Stage::Done,
            Stage::Candidates { mut left, is_exact } => {
                self.is_filtered |= !is_exact;
                let looks = !is_exact || is_stale;
                let slice: Vec<u32> = left.iter().take(SLICE as usize).collect();
                for slot in view.partition.ahead(&slice) {
                    self.look(view, find, now, slot, looks, rows);
                    if find.takes_any && rows.is_full() {
                        return false;
                    }
                }
                let Some(last) = slice.last() else { return false };
                left.remove_range(..=last);
                if left.is_empty() {
                    return false;
                }
                self.stage = Stage::Candidates { left, is_exact };
            }
            Stage::Ranked(mut ranked) => {
                let slice = ranked.take(SLICE as usize);
                for slot in view.partition.ahead(&slice) {
                    self.look(view, find, now, slot, is_stale, rows);
                }
                if ranked.is_empty() {
                    return false;
                }
                self.stage = Stage::Ranked(ranked);
            }
            Stage::Slots { next } => {
                self.is_filtered |= *find.condition != Condition::All;
                let end = next.saturating_add(SLICE).min(view.partition.slot_count());
                for slot in next..end {
                    self.look(view, find, now, slot, true, rows);
                    if find.takes_any && rows.is_full() {
                        return false;
                    }
                }
                if end == view.partition.slot_count() {
                    return false;
                }
                self.stage = Stage::Slots { next: end };
            }
            Stage::Walk(_) if !self.has_its_indexes(view) => self.stage = Stage::Slots { next: 0 },
            Stage::Walk(walk) => return self.walk(view, find, now, walk, is_stale, rows),
        }
        !matches!(self.stage, Stage::Done)
    }

    /// Of passes over all partitions, those that only wait for this, leaves what may be among so many
    /// best of all.
    pub(crate) fn keep_best_of_all<'p>(passes: impl Iterator<Item = &'p mut Pass>, most: usize) {
        let mut all: SmallVec<[&mut Ranked; 4]> = passes
            .filter_map(|pass| match &mut pass.stage {
                Stage::Ranked(ranked) => Some(ranked),
                Stage::Start
                | Stage::Candidates { .. }
                | Stage::Slots { .. }
                | Stage::Walk(_)
                | Stage::Done => None,
            })
            .collect();
        Ranked::keep_best_of_all(&mut all, most);
    }

    /// Whether the collection has the indexes that it had at the beginning.
    fn has_its_indexes(&self, view: View<'_>) -> bool {
        self.definitions
            .as_ref()
            .is_some_and(|list| Arc::ptr_eq(list, view.partition.shared_definitions()))
    }

    /// The names of the indexes that candidates came from.
    pub(crate) fn index_names(&self) -> impl Iterator<Item = &str> {
        self.indexes.iter().filter_map(|at| self.name_of(*at))
    }

    /// The name of the index that the order came from.
    pub(crate) fn order_name(&self) -> Option<&str> {
        self.ordered_by.and_then(|at| self.name_of(at))
    }

    fn name_of(&self, index: usize) -> Option<&str> {
        self.definitions.as_ref().map(|list| &*list[index].name)
    }

    /// Takes rows of no order right from an index, if they are few; whether that is all.
    fn takes_first(
        &mut self,
        view: View<'_>,
        find: &Find<'_>,
        now: i64,
        access: &Access<'_>,
        rows: &mut Rows,
    ) -> bool {
        // Without any that has expired no more are looked at than are wanted.
        let is_few = access.is_exact && find.most < SLICE as usize;
        let is_slice = is_few && view.partition.first_due(now).is_none();
        let Some(slots) = access.source.slots().filter(|_| is_slice) else { return false };
        let first: SmallVec<[u32; 32]> = slots.take(rows.room()).collect();
        for slot in view.partition.ahead(&first) {
            self.look(view, find, now, slot, false, rows);
        }
        true
    }

    /// Chooses how to go.
    fn begin(
        &mut self,
        view: View<'_>,
        find: &Find<'_>,
        now: i64,
        access: Access<'_>,
        rows: &Rows,
    ) -> Stage {
        if let Some(walk) = along_range(view, find, &access) {
            self.ordered_by = Some(walk.index);
            self.is_filtered = !walk.is_exact;
            return Stage::Walk(walk);
        }
        let estimate = access.source.estimate(view);
        if let Some((walk, is_all)) = behind_prefix(view, find, estimate) {
            return self.begin_walk(view, walk, access, is_all);
        }
        // With candidates that may not satisfy the condition the best would have to be looked for.
        let at_hand = access.source.slots().filter(|_| access.is_exact);
        if let Some(ranked) = at_hand.and_then(|slots| Ranked::of(view, find, slots, now, rows)) {
            return Stage::Ranked(ranked);
        }
        if let Some(walk) = ordered(view, find, estimate) {
            let is_all = matches!(access.source, Source::All) && access.is_exact;
            return self.begin_walk(view, walk, access, is_all);
        }
        if matches!(access.source, Source::All) {
            return Stage::Slots { next: 0 };
        }
        let has_slots = access.source.slots().is_some();
        let Access { source, is_exact, .. } = access;
        let left = source.into_set(view);
        if is_exact && !has_slots {
            if let Some(ranked) = Ranked::of(view, find, left.iter(), now, rows) {
                return Stage::Ranked(ranked);
            }
        }
        Stage::Candidates { left, is_exact }
    }

    /// Walks by an index; if its documents are not all that was asked for, among the candidates.
    fn begin_walk(
        &mut self,
        view: View<'_>,
        mut walk: Walk,
        access: Access<'_>,
        is_all: bool,
    ) -> Stage {
        self.ordered_by = Some(walk.index);
        walk.is_exact = access.is_exact || is_all;
        self.is_filtered = !walk.is_exact;
        if is_all && walk.prefix > 0 {
            self.indexes = smallvec![walk.index];
        } else if !matches!(access.source, Source::All) {
            walk.within = Some(access.source.into_set(view));
        }
        Stage::Walk(walk)
    }

    fn walk(
        &mut self,
        view: View<'_>,
        find: &Find<'_>,
        now: i64,
        mut walk: Walk,
        is_stale: bool,
        rows: &mut Rows,
    ) -> bool {
        let range = walk.range(view);
        let mut keys = range.iter();
        let mut seen = 0;
        loop {
            let next = if walk.descends { keys.next_back() } else { keys.next() };
            let Some((key, posting)) = next else { return false };
            let value = &key[walk.prefix..];
            let mut least = value[..sortable_len(value)].to_vec();
            if walk.descends {
                turn(&mut least);
            }
            // Every row of this key comes after its beginning, and of later keys too.
            if !rows.wants(&least) {
                return false;
            }
            let looks = !walk.is_exact || is_stale;
            for slot in posting.iter() {
                seen += 1;
                let is_within = walk.within.as_ref().is_none_or(|within| within.contains(slot));
                if is_within || is_stale {
                    self.look(view, find, now, slot, looks, rows);
                }
            }
            if seen >= SLICE {
                self.walked = Some(least);
                let at = Bound::Excluded(key.to_vec());
                if walk.descends {
                    walk.high = at
                } else {
                    walk.low = at
                }
                self.stage = Stage::Walk(walk);
                return true;
            }
        }
    }

    fn look(
        &mut self,
        view: View<'_>,
        find: &Find<'_>,
        now: i64,
        slot: u32,
        looks: bool,
        rows: &mut Rows,
    ) {
        let Some(document) = view.partition.at(slot).filter(|document| document.lives(now)) else {
            return;
        };
        self.rows_examined += 1;
        if looks && !matches(&find.condition, document.value()) {
            return;
        }
        if let Some(count) = &mut rows.count {
            *count += 1;
            return;
        }
        match &self.walked {
            // Most rows were not walked by before, and then the key need not be made twice.
            Some(walked) => {
                let key = sort_key(document, &find.order);
                if key > *walked && !key.starts_with(walked) {
                    rows.place(document, find);
                }
            }
            None => rows.place(document, find),
        }
    }

    /// Counts without looking at documents, when the indexes alone decide.
    pub(crate) fn count(view: View<'_>, condition: &Condition, now: i64) -> Option<u64> {
        if view.partition.first_due(now).is_some() {
            return None;
        }
        let access = view.access(condition);
        if !access.is_exact {
            return None;
        }
        match access.source.count(view) {
            Some(count) => Some(count),
            None => Some(access.source.into_set(view).len()),
        }
    }
}
