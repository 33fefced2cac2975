//! Sorted sets.

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the sorted set value holds the tree")
)]
pub(crate) mod tree;
