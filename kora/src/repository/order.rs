//! The order of rows, put together from fields.

use std::fmt;
use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::query::{Direction, Order, Path, SortKey, parse_order};
use crate::repository::kind::Phantom;

/// By which fields rows are ordered: `f.age.desc()`, `f.city.asc().then(f.age.desc())`.
pub struct OrderBy<D> {
    keys: Result<Vec<SortKey>>,
    document: Phantom<D>,
}

impl<D> OrderBy<D> {
    pub(super) fn new(path: Result<Path>, direction: Direction) -> Self {
        let keys = path.map(|path| vec![SortKey { path, direction }]);
        OrderBy { keys, document: PhantomData }
    }

    /// And by this where those are equal.
    #[must_use]
    pub fn then(self, next: OrderBy<D>) -> Self {
        let joined = |mut keys: Vec<SortKey>| {
            keys.extend(next.keys?);
            Ok(keys)
        };
        OrderBy { keys: self.keys.and_then(joined), document: PhantomData }
    }

    /// Adds the keys to an order, which has a limit and no path twice.
    pub(super) fn extend(self, order: &mut Order) -> Result<()> {
        order.keys.extend(self.keys?);
        parse_order(&order.to_string()).map_err(Error::query)?;
        Ok(())
    }
}

impl<D> Clone for OrderBy<D> {
    fn clone(&self) -> Self {
        OrderBy { keys: self.keys.clone(), document: PhantomData }
    }
}

impl<D> fmt::Debug for OrderBy<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.keys {
            Ok(keys) => write!(f, "OrderBy({})", Order { keys: keys.clone() }),
            Err(error) => write!(f, "OrderBy({error})"),
        }
    }
}
