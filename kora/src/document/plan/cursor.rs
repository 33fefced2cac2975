//! Where a page ended, as a caller keeps it: the last row's sort key behind a checksum.
//!
//! The checksum covers the order too, so what was cut, changed or made for another order is refused
//! and does not lead to a page of other rows. It keeps nobody from making one up, who may ask for
//! any page anyway.

use crc32c::{crc32c, crc32c_append};

use crate::query::Order;

/// The cursor of a row.
pub(crate) fn encode(order: &Order, key: &[u8]) -> Vec<u8> {
    let mut cursor = checksum(order, key).to_vec();
    cursor.extend_from_slice(key);
    cursor
}

/// The sort key in a cursor; `None` when it is no cursor of this order.
pub(crate) fn decode<'c>(order: &Order, cursor: &'c [u8]) -> Option<&'c [u8]> {
    let (sum, key) = cursor.split_first_chunk()?;
    // Every sort key ends with an id, and the checksum of nothing could be guessed.
    (!key.is_empty() && *sum == checksum(order, key)).then_some(key)
}

fn checksum(order: &Order, key: &[u8]) -> [u8; 4] {
    crc32c_append(crc32c(order.to_string().as_bytes()), key).to_le_bytes()
}
