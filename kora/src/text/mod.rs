//! What the bytes of commands, keys and values mean as numbers and patterns.
//!
//! Pure functions from bytes to values and back: no keyspace, no clock, no I/O, no error type.
//! Bytes that mean nothing are `None`; the caller knows which error its command answers.
//!
//! The invariant: what these functions accept and what they write is what Redis 7.0 accepts and
//! writes. Each file names its few deliberate differences.
//!
//! In reading order: [`integer`] and [`double`] are on the hot paths (INCR, ZADD), [`long_double`]
//! is the arithmetic of INCRBYFLOAT, [`numeral`] is the float grammar that both share, [`pattern`]
//! is the glob of KEYS, SCAN and PSUBSCRIBE, [`lcs`] is the LCS command without its replies, and
//! [`quoted`] shows bytes to people; [`size`] is what configurations call so many bytes.

pub(crate) mod integer;

pub(crate) mod double;
pub(crate) mod long_double;
mod numeral;

pub(crate) mod lcs;
pub(crate) mod pattern;
pub(crate) mod quoted;
#[cfg(feature = "server")]
pub(crate) mod size;
