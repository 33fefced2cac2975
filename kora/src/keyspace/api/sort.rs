//! The typed methods that sort.

use bytes::Bytes;

use crate::arguments::ByteArg;
use crate::keyspace::ops::sort;
use crate::keyspace::ops::sort::SortOptions;
use crate::surface::surface;

surface! {
    /// The elements of a list, a set or a sorted set as numbers, the least first. O(n log n).
    ///
    /// # Errors
    /// [`ArgumentError::SortWeight`](crate::ArgumentError::SortWeight) when an element is no
    /// number.
    read_sweep fn sort(key: impl ByteArg) -> Vec<Bytes> = sort::sort_numbers;

    /// SORT with its options: as many answers for each element as the options ask for; `None`
    /// where there is nothing. O(n + m log m) for m of n elements.
    ///
    /// With patterns that lead to other keys it is one step on the whole database, for which
    /// everyone else waits.
    read_sweep fn sort_with(key: impl ByteArg, options: SortOptions<'_>) -> Vec<Option<Bytes>> = sort::sort;

    /// Gives a list of what [`sort_with`](Self::sort_with) returns to a key, whatever that held;
    /// how long the list is. What is not there becomes an empty element.
    write_sweep fn sort_store(key: impl ByteArg, destination: impl ByteArg, options: SortOptions<'_>) -> usize = sort::sort_store;
}
