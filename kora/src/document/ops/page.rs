//! Queries in pages: a page ends with a cursor, and the next begins behind it.
//!
//! A cursor is the sort key of a page's last row behind a checksum, as hexadecimal digits that can
//! stand in a URL.
//! What changes between two pages shifts no row of the second.

use std::sync::Arc;

use crate::document::plan::cursor;
use crate::document::plan::rows::Row;
use crate::engine::collections::{Answer, Collection, Query, Scope};
use crate::error::{DocumentError, Error, Result};

/// Rows of a page when nobody says how many. Arbitrary.
pub(crate) const PAGE_ROWS: usize = 20;

/// Rows, and where the next ones begin.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    /// `None` after the last page.
    pub(crate) next: Option<String>,
}

/// A page of rows: as many as the query's limit, and at least one.
pub(crate) fn page(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    query: &Query,
) -> Result<Page> {
    let limit = query.limit.unwrap_or(PAGE_ROWS).max(1);
    // One more tells whether there is a next page.
    let query = Query { limit: Some(limit.saturating_add(1)), is_page: true, ..query.clone() };
    let Answer { mut rows, is_cut, .. } = scope.find(collection, &query)?;
    rows.truncate(limit);
    let next = rows.last().filter(|_| is_cut).map(|row| cursor_of(&query, row));
    Ok(Page { rows, next })
}

/// Where a page of a query ends that has this row last.
pub(crate) fn cursor_of(query: &Query, last: &Row) -> String {
    encode_cursor(&cursor::encode(&query.order, &last.key))
}

/// A cursor as text.
fn encode_cursor(cursor: &[u8]) -> String {
    cursor.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The cursor that a text is; whether it is one of the query's order, running the query tells.
pub(crate) fn decode_cursor(text: &str) -> Result<Vec<u8>> {
    let digit =
        |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    let key: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
    key.filter(|key| !key.is_empty()).ok_or_else(|| Error::document(DocumentError::BadCursor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_and_other_texts_are_none() {
        let key = [0, 0x7f, 0xff, b'a'];
        assert_eq!(encode_cursor(&key), "007fff61");
        assert_eq!(decode_cursor("007fff61"), Ok(key.to_vec()));
        for text in ["", "0", "007", "0g", "+1", "-1", "0\u{e9}"] {
            assert_eq!(
                decode_cursor(text),
                Err(Error::document(DocumentError::BadCursor)),
                "{text}"
            );
        }
    }
}
