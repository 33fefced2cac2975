//! Numbers of bytes with a unit, as redis.conf has them: `100`, `64kb`, `2g`.

/// Without a `b` behind it a unit is a power of ten, with one a power of two.
const UNITS: [(&str, usize); 7] = [
    ("b", 1),
    ("kb", 1 << 10),
    ("mb", 1 << 20),
    ("gb", 1 << 30),
    ("k", 1_000),
    ("m", 1_000_000),
    ("g", 1_000_000_000),
];

/// Reads a number of bytes, with a unit in either case or without; `None` for what is none, and for
/// more than a `usize` holds.
pub fn parse_size(text: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(text).ok()?;
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let is_it = |(name, _): &&(&str, usize)| unit.eq_ignore_ascii_case(name);
    let factor = match UNITS.iter().find(is_it) {
        Some((_, factor)) => *factor,
        None => unit.is_empty().then_some(1)?,
    };
    digits.parse::<usize>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_the_configuration_file() {
        for (text, expected) in [
            ("0", Some(0)),
            ("100", Some(100)),
            ("7b", Some(7)),
            ("1k", Some(1_000)),
            ("1KB", Some(1_024)),
            ("3m", Some(3_000_000)),
            ("3mb", Some(3 << 20)),
            ("2G", Some(2_000_000_000)),
            ("2gb", Some(2 << 30)),
            ("", None),
            ("kb", None),
            ("-1", None),
            ("1.5mb", None),
            ("1 mb", None),
            ("1tb", None),
            ("99999999999999999999", None),
            ("18446744073709551615k", None),
        ] {
            assert_eq!(parse_size(text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(parse_size(b"\xff"), None);
    }
}
