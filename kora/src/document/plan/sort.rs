//! In what order results come.
//!
//! Every document has a sort key: the keys of its values at the paths of ORDER BY, those of a
//! descending path turned round, and its id at the end, so that no two are equal and a page can
//! begin where another ended. Missing values come before null, arrays and objects after strings.

use crate::document::collection::partition::Document;
use crate::document::collection::values::{IndexKey, each_at, push_key};
use crate::query::{Direction, Order};

/// The sort key of a document.
pub(crate) fn sort_key(document: &Document, order: &Order) -> Vec<u8> {
    let mut key = Vec::with_capacity(document.id().len() + 16);
    push_sort_keys(document, order, &mut key);
    // Ends the keys: below every byte that a key may begin with, and so below every turned one.
    key.extend_from_slice(document.id());
    key
}

/// Appends the keys of ORDER BY. Of several values at a path the least counts, or the greatest when
/// it descends.
fn push_sort_keys(document: &Document, order: &Order, out: &mut Vec<u8>) {
    let value = document.value();
    let (mut best, mut next) = (IndexKey::new(), IndexKey::new());
    for sort in &order.keys {
        let descends = sort.direction == Direction::Descending;
        best.clear();
        each_at(value, sort.path.names(), &mut |value| {
            next.clear();
            push_key(value, &mut next);
            let is_better = if descends { next > best } else { next < best };
            if best.is_empty() || is_better {
                std::mem::swap(&mut best, &mut next);
            }
        });
        if descends {
            turn(&mut best);
        }
        out.extend_from_slice(&best);
    }
}

/// Turns the order of keys round. No key is the beginning of another, so this is all it takes.
pub(crate) fn turn(key: &mut [u8]) {
    key.iter_mut().for_each(|byte| *byte = !*byte);
}
