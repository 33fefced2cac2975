//! What options are given as: numbers, bytes, times, truths.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use kora::Durability;

/// Units of bytes, as redis.conf has them.
const BYTES: [(&str, usize); 7] = [
    ("b", 1),
    ("kb", 1 << 10),
    ("mb", 1 << 20),
    ("gb", 1 << 30),
    ("k", 1_000),
    ("m", 1_000_000),
    ("g", 1_000_000_000),
];

/// Units of time, in milliseconds.
const TIMES: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// Whatever is read from a text by its own type.
pub(super) fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error| format!("{text:?}: {error}"))
}

pub(super) fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_not_one| format!("{text:?} is no number"))
}

pub(super) fn truth(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err(format!("{text:?} is neither yes nor no")),
    }
}

/// A number and its unit, which may be left out.
fn measured<N: FromStr + Copy>(text: &str, units: &[(&str, N)]) -> Option<(N, Option<N>)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = text[..end].parse().ok()?;
    match text[end..].trim() {
        "" => Some((number, None)),
        unit => {
            let found = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
            Some((number, Some(found.1)))
        }
    }
}

pub(super) fn bytes(text: &str) -> Result<usize, String> {
    let measured = measured(text, &BYTES);
    let found = measured.and_then(|(number, unit)| number.checked_mul(unit.unwrap_or(1)));
    found.ok_or_else(|| format!("{text:?} is no number of bytes, as 512mb is one"))
}

/// A time; seconds without a unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let measured = measured(text, &TIMES);
    let ms = measured.and_then(|(number, unit)| number.checked_mul(unit.unwrap_or(1_000)));
    let ms = ms.filter(|ms| *ms > 0);
    ms.map(Duration::from_millis).ok_or_else(|| format!("{text:?} is no time, as 500ms or 10s are"))
}

pub(super) fn durability(text: &str) -> Result<Durability, String> {
    match text {
        "always" => Ok(Durability::Always),
        "os" => Ok(Durability::Os),
        _ => duration(text).map(Durability::Interval),
    }
}
