//! Numbers in a text: JSON's, where whole ones stay whole.
//!
//! Not `text/double.rs`, which reads what Redis reads: hexadecimal, `inf` and spaces are no numbers
//! here. A number that is followed by what belongs to no number, such as a date or an id without
//! quotes, is refused whole, so that the error can show it.
//!
//! The invariant: no digit is lost without a word. Whole numbers are exact or refused; only those
//! with a point or an exponent are rounded, to the nearest double.

use super::error::{Hint, QueryError, shown};
use super::lexer::run_len;
use super::literal::Literal;

const NUMBER: &[&str] = &["a number"];
const WHOLE: &[&str] = &["a whole number from -9223372036854775808 to 18446744073709551615"];
const DOUBLE: &[&str] = &["a number between -1.8e308 and 1.8e308"];

/// Reads the number at a byte that is a digit, or a minus before one. Returns its length too.
pub(super) fn read(text: &str, start: usize) -> Result<(Literal, usize), QueryError> {
    let rest = &text[start..];
    let Some((len, is_whole)) = scan(rest) else { return Err(refuse(text, start)) };
    let digits = &rest[..len];
    let error = |expected| QueryError::at(text, start, expected, &shown(digits));
    if is_whole {
        let signed = digits.parse().map(Literal::Integer);
        let whole = signed.or_else(|_| digits.parse().map(Literal::Unsigned));
        let hint = Hint::Say("with a point it is rounded to a float: 1.0");
        return match whole {
            Ok(literal) => Ok((literal, len)),
            Err(_) => Err(error(WHOLE).hint(Some(hint))),
        };
    }
    match digits.parse::<f64>() {
        Ok(float) if float.is_finite() => Ok((Literal::Float(float), len)),
        Ok(_) | Err(_) => Err(error(DOUBLE)),
    }
}

/// The length of the number, and whether it is whole; `None` if it is badly formed.
fn scan(rest: &str) -> Option<(usize, bool)> {
    let digits_at = |at: usize| run_len(&rest[at..], |c| c.is_ascii_digit());
    let first = usize::from(rest.starts_with('-'));
    let mut end = first + digits_at(first);
    if rest[first..].starts_with('0') && end > first + 1 {
        return None;
    }
    let whole_end = end;
    if rest[end..].starts_with('.') {
        let decimals = digits_at(end + 1);
        if decimals == 0 {
            return None;
        }
        end += 1 + decimals;
    }
    if rest[end..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
        let exponent = digits_at(end + 1 + sign);
        if exponent == 0 {
            return None;
        }
        end += 1 + sign + exponent;
    }
    let is_cut = !rest[end..].starts_with(belongs);
    is_cut.then_some((end, end == whole_end))
}

/// What a reader takes for part of a number, or of a date, an address or an id.
fn belongs(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '+' | ':' | '/')
}

fn refuse(text: &str, start: usize) -> QueryError {
    let found = &text[start..start + run_len(&text[start..], belongs)];
    let digits = found.trim_start_matches('-');
    let is_all = |allowed: fn(char) -> bool| digits.chars().all(allowed);
    let hint = if digits.starts_with("0x") || digits.starts_with("0X") {
        Hint::Say("numbers are decimal")
    } else if is_all(|c| c.is_ascii_digit() || c == '_') && digits.contains('_') {
        Hint::Say("digits stand together: 1000")
    } else if is_all(|c| c.is_ascii_digit() || c == '.') && digits.starts_with('0') {
        Hint::Say("a number has no zeros in front")
    } else if digits.find('.') == Some(digits.len() - 1) {
        Hint::Say("a digit follows the point: 1.0")
    } else {
        Hint::QuoteString(format!("'{}'", shown(found)).into())
    };
    QueryError::at(text, start, NUMBER, &shown(found)).hint(Some(hint))
}
