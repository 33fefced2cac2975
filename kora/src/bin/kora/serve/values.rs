//! What options are given as: numbers, bytes, times, truths.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use kora::Durability;

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

pub(super) fn bytes(text: &str) -> Result<usize, String> {
    kora::parse_size(text.as_bytes())
        .ok_or_else(|| format!("{text:?} is no number of bytes, as 512mb is one"))
}

/// A time; seconds without a unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = (&text[..end], text[end..].trim());
    let found = TIMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
    let factor = found.map(|(_, factor)| *factor).or(unit.is_empty().then_some(1_000));
    let ms = factor.and_then(|factor| digits.parse::<u64>().ok()?.checked_mul(factor));
    let time = ms.filter(|ms| *ms > 0).map(Duration::from_millis);
    time.ok_or_else(|| format!("{text:?} is no time, as 500ms or 10s are"))
}

pub(super) fn durability(text: &str) -> Result<Durability, String> {
    match text {
        "always" => Ok(Durability::Always),
        "os" => Ok(Durability::Os),
        _ => duration(text).map(Durability::Interval),
    }
}
