//! A RESP2 reply as a value, and its printed form.
//!
//! The printed form is the one `redis-cli --no-raw` shows, and it reads back:
//! `Reply::parse(reply.to_string())` is the reply again, but for what [`Reply::printed`]
//! forgets. This is not the wire form; `redis.rs` speaks that.

use std::fmt::{self, Display, Formatter, Write as _};

use super::words;

/// What a server may answer in RESP2.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reply {
    Status(String),
    Error(String),
    Integer(i64),
    Bulk(Vec<u8>),
    Nil,
    Array(Vec<Reply>),
    NilArray,
}

impl Reply {
    /// A bulk string.
    pub(crate) fn bulk(bytes: impl AsRef<[u8]>) -> Self {
        Self::Bulk(bytes.as_ref().to_vec())
    }

    /// The elements, if this is an array.
    pub(crate) fn elements(&self) -> Option<&[Reply]> {
        if let Self::Array(elements) = self { Some(elements) } else { None }
    }

    /// With pairs as RESP2 has them, which RESP3 tells apart: one array of all.
    pub(crate) fn with_flat_pairs(self) -> Self {
        let pairs = self.elements().unwrap_or_default();
        if pairs.is_empty() || !pairs.iter().all(|pair| pair.elements().is_some()) {
            return self;
        }
        Self::Array(
            pairs.iter().flat_map(|pair| pair.elements().unwrap_or_default().to_vec()).collect(),
        )
    }

    /// The bytes, if this is a bulk string.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bulk(bytes) = self { Some(bytes) } else { None }
    }

    /// The reply as its printed form tells it: every nil is the same.
    pub(crate) fn printed(self) -> Self {
        match self {
            Self::NilArray => Self::Nil,
            Self::Array(elements) => Self::Array(elements.into_iter().map(Self::printed).collect()),
            other @ (Self::Status(_) | Self::Error(_) | Self::Integer(_)) => other,
            other @ (Self::Bulk(_) | Self::Nil) => other,
        }
    }

    /// Reads the printed form.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let lines: Vec<&str> = text.lines().collect();
        parse_block(&lines)
    }
}

impl Display for Reply {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        print(f, self, 0)
    }
}

/// Prints at a column; the first line is already there, the others are indented to it.
fn print(f: &mut Formatter<'_>, reply: &Reply, column: usize) -> fmt::Result {
    match reply {
        Reply::Status(text) => f.write_str(text),
        Reply::Error(text) => write!(f, "(error) {text}"),
        Reply::Integer(value) => write!(f, "(integer) {value}"),
        Reply::Bulk(bytes) => f.write_str(&words::quoted(bytes)),
        Reply::Nil | Reply::NilArray => f.write_str("(nil)"),
        Reply::Array(elements) if elements.is_empty() => f.write_str("(empty array)"),
        Reply::Array(elements) => print_array(f, elements, column),
    }
}

fn print_array(f: &mut Formatter<'_>, elements: &[Reply], column: usize) -> fmt::Result {
    let digits = elements.len().to_string().len();
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            write!(f, "\n{:column$}", "")?;
        }
        write!(f, "{:>digits$}) ", index + 1)?;
        print(f, element, column + digits + 2)?;
    }
    Ok(())
}

/// Reads the lines of one reply, already cut to its column.
fn parse_block(lines: &[&str]) -> Result<Reply, String> {
    let (first, rest) = lines.split_first().ok_or("a reply has at least one line")?;
    if let Some(width) = marker_width(first) {
        return parse_array(lines, width);
    }
    if !rest.is_empty() {
        return Err(format!("`{first}` is a whole reply, but more lines follow"));
    }
    parse_leaf(first)
}

/// The width of `1) `, if the line starts an array.
fn marker_width(line: &str) -> Option<usize> {
    let end = line.find(") ")?;
    (line[..end].trim_start() == "1").then_some(end + 2)
}

fn parse_array(lines: &[&str], width: usize) -> Result<Reply, String> {
    let mut elements: Vec<Vec<&str>> = Vec::new();
    for line in lines {
        let (marker, content) =
            line.split_at_checked(width).ok_or_else(|| format!("`{line}` is too short"))?;
        if marker.trim().is_empty() {
            elements.last_mut().ok_or("an array starts with `1) `")?.push(content);
        } else {
            let wanted = format!("{:>digits$}) ", elements.len() + 1, digits = width - 2);
            if marker != wanted {
                return Err(format!("`{line}` should start with `{wanted}`"));
            }
            elements.push(vec![content]);
        }
    }
    elements.iter().map(|block| parse_block(block)).collect::<Result<_, _>>().map(Reply::Array)
}

fn parse_leaf(line: &str) -> Result<Reply, String> {
    if line == "(nil)" {
        return Ok(Reply::Nil);
    }
    if line == "(empty array)" {
        return Ok(Reply::Array(Vec::new()));
    }
    if let Some(text) = line.strip_prefix("(error) ") {
        return Ok(Reply::Error(text.to_owned()));
    }
    if let Some(digits) = line.strip_prefix("(integer) ") {
        let value = digits.parse().map_err(|error| format!("`{line}`: {error}"))?;
        return Ok(Reply::Integer(value));
    }
    if line.starts_with('"') {
        let [bytes]: [Vec<u8>; 1] = words::split(line)?
            .try_into()
            .map_err(|words: Vec<_>| format!("`{line}` is {} strings", words.len()))?;
        return Ok(Reply::Bulk(bytes));
    }
    Ok(Reply::Status(line.to_owned()))
}

/// A double as Redis 7.2 and later print it: an integer if it is one, else the shortest digits that
/// read back.
///
/// The switch to exponents follows `fpconv_dtoa` in Redis's `deps/fpconv`: plain while at most six
/// zeros trail or fewer than seven decimals stand, or the value lies between 0.001 and 10,000.
pub(crate) fn shortest(value: f64) -> String {
    // 2^62; `d2string` in Redis's util.c prints whole numbers up to there as integers.
    const WHOLE_MAX: f64 = 4_611_686_018_427_387_904.0;

    if value.is_nan() || value.is_infinite() {
        return value.to_string().to_lowercase();
    }
    if value.trunc() == value && value.abs() <= WHOLE_MAX {
        return format!("{value:.0}");
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("`{:e}` prints an exponent");
    let exponent: i32 = exponent.parse().expect("`{:e}` prints a decimal exponent");
    let decimals = mantissa.split_once('.').map_or("", |(_, decimals)| decimals).len();
    let last = exponent - i32::try_from(decimals).expect("a double has few digits");
    let plain = if last >= 0 { last < 8 } else { last > -7 || exponent.abs() < 4 };
    if plain {
        return value.to_string();
    }
    let mut text = mantissa.to_owned();
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(text, "e{sign}{}", exponent.abs()).expect("a String takes all text");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested() -> Reply {
        let inner = Reply::Array(vec![Reply::bulk("a\n\x00\""), Reply::Integer(-1), Reply::Nil]);
        let mut elements = vec![inner, Reply::Array(Vec::new()), Reply::Status("OK".into())];
        elements.extend((0..8).map(Reply::Integer));
        Reply::Array(elements)
    }

    #[test]
    fn print_is_that_of_redis_cli() {
        let text = nested().to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], r#" 1) 1) "a\n\x00\"""#);
        assert_eq!(lines[1], "    2) (integer) -1");
        assert_eq!(lines[3], " 2) (empty array)");
        assert_eq!(lines[12], "11) (integer) 7");
    }

    #[test]
    fn print_reads_back() {
        let reply = nested();
        assert_eq!(Reply::parse(&reply.to_string()), Ok(reply));
    }

    #[test]
    fn unreadable_text_is_an_error() {
        for text in ["", "(integer) x", "\"a\" \"b\"", "OK\nOK", "1) OK\n3) OK", "\"a"] {
            assert!(Reply::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn doubles_print_as_in_redis_7_2() {
        let cases = [
            (0.1, "0.1"),
            (-0.0, "-0"),
            (3.0, "3"),
            (1e17, "100000000000000000"),
            (1e19, "1e+19"),
            (1.5e300, "1.5e+300"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (value, text) in cases {
            assert_eq!(shortest(value), text);
        }
    }
}
