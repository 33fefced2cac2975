//! What makes a sorted set of others: unions, intersections, differences, ranges that are stored.
//!
//! A result borrows from the sets it is made of, so it is a value of its own before it is stored:
//! a destination may be one of the sources.

use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::{Key, lookups};
use crate::types::packed::Element;
use crate::types::set::view::SetView;
use crate::types::zset::aggregate::{self, Aggregate, Source};
use crate::types::zset::range::{Direction, Query};
use crate::types::zset::run::Pair;
use crate::types::zset::value::{Zset, ZsetView};
use crate::types::{Set, TypedValue};

/// Which members of several sets are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Combination {
    /// Those that any set has.
    Union(Aggregate),
    /// Those that all sets have.
    Intersection(Aggregate),
    /// Those that the first set has and no other; weights do not matter.
    Difference,
}

impl Combination {
    /// The same with another way to make one score of several.
    pub(crate) fn with(self, aggregate: Aggregate) -> Combination {
        match self {
            Combination::Union(_) => Combination::Union(aggregate),
            Combination::Intersection(_) => Combination::Intersection(aggregate),
            Combination::Difference => Combination::Difference,
        }
    }
}

impl Combination {
    /// What storing it is called.
    fn event(self) -> &'static str {
        match self {
            Combination::Union(_) => "zunionstore",
            Combination::Intersection(_) => "zinterstore",
            Combination::Difference => "zdiffstore",
        }
    }
}

/// A key with the weight of its scores.
pub(crate) type Weighted<'k> = (Key<'k>, f64);

/// What stands at a key that is combined. The members of a set score 1.
#[derive(Clone, Copy, Debug)]
enum Operand<'a> {
    Nothing,
    Zset(ZsetView<'a>),
    Set(SetView<'a>),
}

impl<'a> Source<'a> for Operand<'a> {
    fn len(self) -> usize {
        match self {
            Operand::Nothing => 0,
            Operand::Zset(zset) => zset.len(),
            Operand::Set(set) => set.len(),
        }
    }

    fn score(self, member: Element<'_>) -> Option<f64> {
        match self {
            Operand::Nothing => None,
            Operand::Zset(zset) => member.with_bytes(|member| zset.score(member)),
            Operand::Set(set) => set.has(member).then_some(1.0),
        }
    }

    fn each_while(self, mut visit: impl FnMut(Pair<'a>) -> bool) {
        match self {
            Operand::Nothing => {}
            Operand::Zset(zset) => {
                zset.all().all(visit);
            }
            Operand::Set(set) => {
                set.all(|member| visit((member, 1.0)));
            }
        }
    }
}

fn operand<'t>(transaction: &'t Transaction<'_>, key: &Key<'_>) -> Result<Operand<'t>> {
    match transaction.glance::<Zset>(key) {
        Ok(zset) => Ok(zset.map_or(Operand::Nothing, Operand::Zset)),
        Err(Error::WrongType) => {
            Ok(transaction.glance::<Set>(key)?.map_or(Operand::Nothing, Operand::Set))
        }
        Err(error) => Err(error),
    }
}

/// Says no if a key holds something that cannot be combined.
pub(crate) fn check_operands(transaction: &Transaction<'_>, keys: &[Key<'_>]) -> Result<()> {
    keys.iter().try_for_each(|key| {
        let operand = operand(transaction, key)?;
        lookups::count(!matches!(operand, Operand::Nothing));
        Ok(())
    })
}

fn combined<'t>(
    transaction: &'t Transaction<'_>,
    keys: &[Weighted<'_>],
    combination: Combination,
) -> Result<Vec<Pair<'t>>> {
    if keys.iter().any(|(_, weight)| weight.is_nan()) {
        return Err(ArgumentError::WeightNotAFloat.into());
    }
    let weighed = |(key, weight): &Weighted<'_>| Ok((operand(transaction, key)?, *weight));
    let operands = keys.iter().map(weighed).collect::<Result<Vec<_>>>()?;
    Ok(match combination {
        Combination::Union(aggregate) => aggregate::union(operands, aggregate),
        Combination::Intersection(aggregate) => aggregate::intersection(operands, aggregate),
        Combination::Difference => {
            let operands: Vec<_> = operands.into_iter().map(|(operand, _)| operand).collect();
            aggregate::difference(&operands)
        }
    })
}

/// The members of a combination, each as `make` makes it of the pair.
pub(crate) fn combine<T>(
    transaction: &mut Transaction<'_>,
    keys: &[Weighted<'_>],
    combination: Combination,
    make: impl Fn(Pair<'_>) -> T,
) -> Result<Vec<T>> {
    Ok(combined(transaction, keys, combination)?.into_iter().map(make).collect())
}

/// Gives a key the sorted set that is a combination of others; how many members it has.
pub(crate) fn combine_into(
    transaction: &mut Transaction<'_>,
    destination: &Key<'_>,
    keys: &[Weighted<'_>],
    combination: Combination,
) -> Result<usize> {
    let pairs = combined(transaction, keys, combination)?;
    let zset = Zset::from_sorted(&pairs);
    store(transaction, combination.event(), destination, zset)
}

fn store(
    transaction: &mut Transaction<'_>,
    name: &'static str,
    destination: &Key<'_>,
    zset: Zset,
) -> Result<usize> {
    let len = zset.view().len();
    let mut keyspace = transaction.keyspace(destination);
    keyspace.admit()?;
    keyspace.store_as(name, destination, zset);
    Ok(len)
}

/// How many members all sets have, counted up to a limit; 0 is no limit.
pub(crate) fn zintercard(
    transaction: &mut Transaction<'_>,
    keys: &[Key<'_>],
    limit: usize,
) -> Result<usize> {
    let operands = keys.iter().map(|key| operand(transaction, key)).collect::<Result<Vec<_>>>()?;
    let limit = if limit == 0 { usize::MAX } else { limit };
    Ok(aggregate::intersection_len(operands, limit))
}

/// Gives a key the sorted set of the members that a query asks of another; how many there are.
pub(crate) fn store_range(
    transaction: &mut Transaction<'_>,
    destination: &Key<'_>,
    source: &Key<'_>,
    query: &Query<'_>,
) -> Result<usize> {
    query.span.check()?;
    let pairs: Vec<Pair<'_>> = match transaction.read::<Zset>(source)? {
        None => Vec::new(),
        Some(view) => {
            let ranks = view.ranks(query);
            view.pairs(ranks, Direction::Ascending).collect()
        }
    };
    let zset = Zset::from_sorted(&pairs);
    store(transaction, "zrangestore", destination, zset)
}
