//! The best of candidates, told before any document is looked at: by the column of the index that has
//! the order.
//!
//! Every partition ranks its candidates for itself. Then they are held against each other, and what
//! cannot be among the best of all partitions goes. So no more documents are looked at than are
//! wanted, but for those whose keys begin alike.
//!
//! The invariant: what goes comes in no order of the query before what is wanted. Only candidates that
//! all satisfy the condition are ranked, else the best might be none.

use crate::document::collection::index::key_start;
use crate::document::collection::posting::Posting;
use crate::document::form::sortable_len;
use crate::document::plan::access::View;
use crate::document::plan::find::Find;
use crate::document::plan::rows::Rows;
use crate::document::plan::sort::turn;
use crate::query::Direction;

/// Candidates of one partition, the best first: how the key of each begins, turned round when the
/// order descends, and its slot.
#[derive(Debug, Default)]
pub(super) struct Ranked(Vec<(u64, u32)>);

impl Ranked {
    /// Ranks candidates that satisfy the condition; `None` when no column has the order, or all
    /// candidates are wanted.
    pub(super) fn of(
        view: View<'_>,
        find: &Find<'_>,
        slots: impl Iterator<Item = u32>,
        now: i64,
        rows: &Rows,
    ) -> Option<Ranked> {
        let [first] = &find.order.keys[..] else { return None };
        let is_first_page = find.after.is_none() && (1..usize::MAX).contains(&find.most);
        if !is_first_page || view.partition.first_due(now).is_some() {
            return None;
        }
        let descends = first.direction == Direction::Descending;
        let (_, index) = view.ordering(&first.path)?;
        let column = index.column()?;
        let turned = |start: u64| if descends { !start } else { start };
        let limit = rows.worst().map_or(u64::MAX, |worst| turned(start_of(&worst.key, descends)));
        let mut ranked = Ranked(Vec::with_capacity(slots.size_hint().0));
        slots.for_each(|slot| {
            let start = turned(column[slot as usize]);
            if start <= limit {
                ranked.0.push((start, slot));
            }
        });
        ranked.keep(find.most);
        Some(ranked)
    }

    /// The first that an index has in the order of the query: how their keys begin, turned as above, and
    /// who has them. `None` when more than so many would have to be looked at, because keys begin alike.
    pub(super) fn first<'p>(
        keys: impl Iterator<Item = (u64, &'p Posting)>,
        wanted: usize,
        most: usize,
    ) -> Option<Ranked> {
        let mut first = Vec::new();
        for (start, posting) in keys {
            if wanted.checked_sub(1).and_then(|at| first.get(at)).is_some_and(|(at, _)| *at < start)
            {
                break;
            }
            if posting.len() > (most - first.len()) as u64 {
                return None;
            }
            first.extend(posting.iter().map(|slot| (start, slot)));
        }
        Some(Ranked(first))
    }

    /// Leaves the best, so many and those that begin as the last of them, in order.
    fn keep(&mut self, most: usize) {
        if self.0.len() > most {
            let (_, &mut (last, _), _) = self.0.select_nth_unstable(most - 1);
            self.0.retain(|(start, _)| *start <= last);
        }
        self.0.sort_unstable();
    }

    /// Takes candidates out that cannot be among so many best of all.
    pub(super) fn keep_best_of_all(all: &mut [&mut Ranked], most: usize) {
        let mut starts: Vec<u64> =
            all.iter().flat_map(|ranked| &ranked.0).map(|(start, _)| *start).collect();
        if starts.len() <= most {
            return;
        }
        let (_, &mut last, _) = starts.select_nth_unstable(most - 1);
        for ranked in all {
            let left = ranked.0.partition_point(|(start, _)| *start <= last);
            ranked.0.truncate(left);
        }
    }

    /// Takes so many of the best out.
    pub(super) fn take(&mut self, most: usize) -> Vec<u32> {
        self.0.drain(..most.min(self.0.len())).map(|(_, slot)| slot).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How the first key of a sort key begins.
fn start_of(sort_key: &[u8], descends: bool) -> u64 {
    let mut key = sort_key.to_vec();
    if descends {
        turn(&mut key);
    }
    key_start(&key[..sortable_len(&key)])
}
