//! The typed methods that look for keys.

use bytes::Bytes;

use crate::arguments::{ByteArg, ScanOptions};
use crate::keyspace::ops::scan;
use crate::surface::surface;
use crate::types::Kind as KeyType;

surface! {
    /// Some keys from a cursor on, 0 for the beginning, and the cursor to go on from, 0 at the
    /// end. A key that is there from the first call of a pass to its last is returned, once.
    /// O(1) a key looked at.
    ///
    /// ```
    /// use kora::{Database, ScanOptions};
    ///
    /// let db = Database::in_memory();
    /// db.mset([("user:1", "ann"), ("user:2", "bob"), ("item:1", "pen")])?;
    /// let (mut cursor, mut found) = (0, 0);
    /// loop {
    ///     let (next, keys) = db.scan(cursor, ScanOptions::new().matching("user:*"))?;
    ///     (cursor, found) = (next, found + keys.len());
    ///     if cursor == 0 { break }
    /// }
    /// assert_eq!(found, 2);
    /// # Ok::<(), kora::Error>(())
    /// ```
    read_sweep fn scan(cursor: u64, options: ScanOptions<'_>) -> (u64, Vec<Bytes>) = scan::scan;

    /// As [`scan`](Self::scan), only keys that hold one type.
    read_sweep fn scan_type(cursor: u64, holding: KeyType, options: ScanOptions<'_>) -> (u64, Vec<Bytes>) = scan::scan_type;

    /// Every key whose name matches a glob pattern. O(keys), in slices between which others have
    /// their turn; O(1) for a pattern that fits one name only.
    read_sweep fn keys(pattern: impl ByteArg) -> Vec<Bytes> = scan::keys;

    /// Any key, `None` when there is none. O(1).
    read_sweep fn randomkey() -> Option<Bytes> = scan::randomkey;
}
