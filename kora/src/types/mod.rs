//! The data types, one folder each, and the structures they share.

#[cfg_attr(
    not(test),
    expect(
        dead_code,
        unused_imports,
        reason = "the value types that hold packed runs use it"
    )
)]
pub(crate) mod packed;
#[cfg(test)]
pub(crate) mod random;
pub(crate) mod zset;
