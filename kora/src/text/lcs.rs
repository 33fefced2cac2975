//! The longest common subsequence of two byte strings, as the LCS command reports it.
//!
//! Two strings often have several longest subsequences, and Redis reports one of them: walking
//! back from the ends of both, it takes equal bytes, and otherwise drops the last byte of `b`
//! unless only dropping that of `a` keeps the length.
//!
//! Not here: whether the work is acceptable. It is O(a × b) in time, and in memory too unless only
//! the length is asked; [`table_bytes`] tells the caller before anything is allocated.
//!
//! The invariant: text, matches and length are of one and the same subsequence.

use std::ops::RangeInclusive;

/// A run of bytes that both strings have, by its first and last position in each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// Positions in the first string.
    pub a: RangeInclusive<usize>,
    /// Positions in the second string.
    pub b: RangeInclusive<usize>,
}

impl Match {
    /// How many bytes match.
    pub(crate) fn len(&self) -> usize {
        self.a.end() - self.a.start() + 1
    }
}

/// The matches that make up a longest common subsequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matches {
    /// The matches that are long enough, from the ends of the strings to their beginnings.
    pub list: Vec<Match>,
    /// The length of the whole subsequence, short matches included.
    pub lcs_len: usize,
}

/// The bytes that [`lcs`] and [`lcs_matches`] allocate for strings of these lengths.
///
/// `None` is more than can be addressed. Whoever calls these two has asked here and accepted.
pub(crate) fn table_bytes(a_len: usize, b_len: usize) -> Option<usize> {
    let cells = a_len.checked_add(1)?.checked_mul(b_len.checked_add(1)?)?;
    cells.checked_mul(size_of::<u32>())
}

/// The length of the longest common subsequence, in O(shorter string) memory.
pub(crate) fn lcs_len(a: &[u8], b: &[u8]) -> usize {
    let (shorter, longer) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let mut above = vec![0_u32; shorter.len() + 1];
    let mut row = above.clone();
    for &byte in longer {
        fill_row(&above, &mut row, byte, shorter);
        std::mem::swap(&mut above, &mut row);
    }
    above[shorter.len()] as usize
}

/// The longest common subsequence that Redis reports.
pub(crate) fn lcs(a: &[u8], b: &[u8]) -> Vec<u8> {
    let table = Table::new(a, b);
    let mut text = Vec::with_capacity(table.lcs_len());
    text.extend(table.pairs_backwards().map(|(at, _)| a[at]));
    text.reverse();
    text
}

/// The matches of at least `len_min` bytes, as `LCS … IDX` lists them.
pub(crate) fn lcs_matches(a: &[u8], b: &[u8], len_min: usize) -> Matches {
    let table = Table::new(a, b);
    let mut list: Vec<Match> = Vec::new();
    for (a_at, b_at) in table.pairs_backwards() {
        match list.last_mut() {
            Some(last) if (*last.a.start(), *last.b.start()) == (a_at + 1, b_at + 1) => {
                *last = Match { a: a_at..=*last.a.end(), b: b_at..=*last.b.end() };
            }
            _ => list.push(Match { a: a_at..=a_at, b: b_at..=b_at }),
        }
    }
    list.retain(|found| found.len() >= len_min);
    Matches { list, lcs_len: table.lcs_len() }
}

/// For each prefix of `a` and each prefix of `b` the length of their longest common subsequence.
struct Table<'a> {
    a: &'a [u8],
    b: &'a [u8],
    /// Row by row, `b.len() + 1` cells for each of the `a.len() + 1` prefixes of `a`.
    cells: Vec<u32>,
}

impl<'a> Table<'a> {
    fn new(a: &'a [u8], b: &'a [u8]) -> Self {
        let width = b.len() + 1;
        let mut cells = vec![0; (a.len() + 1) * width];
        for (row, &byte) in a.iter().enumerate() {
            let (filled, empty) = cells.split_at_mut((row + 1) * width);
            fill_row(&filled[row * width..], &mut empty[..width], byte, b);
        }
        Self { a, b, cells }
    }

    fn cell(&self, a_len: usize, b_len: usize) -> u32 {
        self.cells[a_len * (self.b.len() + 1) + b_len]
    }

    fn lcs_len(&self) -> usize {
        self.cell(self.a.len(), self.b.len()) as usize
    }

    /// The positions of the bytes of the subsequence in both strings, the last byte first.
    fn pairs_backwards(&self) -> impl Iterator<Item = (usize, usize)> {
        let (mut a_len, mut b_len) = (self.a.len(), self.b.len());
        std::iter::from_fn(move || {
            while a_len > 0 && b_len > 0 {
                if self.a[a_len - 1] == self.b[b_len - 1] {
                    a_len -= 1;
                    b_len -= 1;
                    return Some((a_len, b_len));
                }
                if self.cell(a_len - 1, b_len) > self.cell(a_len, b_len - 1) {
                    a_len -= 1;
                } else {
                    b_len -= 1;
                }
            }
            None
        })
    }
}

/// Fills the row of a prefix of `a` that ends with `byte` from the row above it.
///
/// A cell is at most the length of the shorter string. Two strings of 2^32 bytes never come here:
/// their table cannot be addressed, and no time would be enough for their length.
fn fill_row(above: &[u32], row: &mut [u32], byte: u8, b: &[u8]) {
    let mut left = 0;
    for ((cell, corner), &other) in row[1..].iter_mut().zip(above.windows(2)).zip(b) {
        left = if byte == other { corner[0] + 1 } else { left.max(corner[1]) };
        *cell = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = (usize, usize, usize, usize);

    fn found(a: &str, b: &str, len_min: usize) -> Vec<Found> {
        let matches = lcs_matches(a.as_bytes(), b.as_bytes(), len_min);
        let bounds =
            |found: &Match| (*found.a.start(), *found.a.end(), *found.b.start(), *found.b.end());
        matches.list.iter().map(bounds).collect()
    }

    /// Replies of redis-server 7.0.15 to `LCS a b` and `LCS a b IDX`.
    #[test]
    fn ties_are_broken_as_in_redis() {
        let cases: [(&str, &str, &str, &[Found]); 14] = [
            ("ohmytext", "mynewtext", "mytext", &[(4, 7, 5, 8), (2, 3, 0, 1)]),
            ("", "abc", "", &[]),
            ("cccaaca", "babbaababb", "aaa", &[(6, 6, 7, 7), (4, 4, 4, 4), (3, 3, 1, 1)]),
            ("cccb", "bbbbcb", "cb", &[(2, 3, 4, 5)]),
            ("bcaabac", "bacbbb", "bac", &[(4, 6, 0, 2)]),
            ("baca", "aabbcbcbba", "aca", &[(3, 3, 9, 9), (2, 2, 6, 6), (1, 1, 1, 1)]),
            (
                "babaabccbabbcca",
                "cbbaacaccbbac",
                "bbaacacca",
                &[
                    (14, 14, 11, 11),
                    (12, 13, 7, 8),
                    (9, 9, 6, 6),
                    (7, 7, 5, 5),
                    (2, 4, 2, 4),
                    (0, 0, 1, 1),
                ],
            ),
            ("ccba", "ccbbb", "ccb", &[(0, 2, 0, 2)]),
            (
                "aacabbaaccacbaabb",
                "abbabcac",
                "abbacac",
                &[(9, 11, 5, 7), (7, 7, 3, 3), (3, 5, 0, 2)],
            ),
            (
                "ccbbbbbbaab",
                "acbbaabbcccb",
                "cbbaab",
                &[(10, 10, 11, 11), (6, 9, 2, 5), (1, 1, 1, 1)],
            ),
            ("cccabb", "bbccbb", "ccbb", &[(4, 5, 4, 5), (1, 2, 2, 3)]),
            (
                "cabcbbcbb",
                "cccbbbcbcbbac",
                "ccbbcbb",
                &[(5, 8, 7, 10), (4, 4, 5, 5), (3, 3, 2, 2), (0, 0, 0, 0)],
            ),
            ("bcacaabbb", "cccba", "ccb", &[(8, 8, 3, 3), (3, 3, 1, 1), (1, 1, 0, 0)]),
            (
                "bcccbcaaacbccaaca",
                "baaaa",
                "baaaa",
                &[(16, 16, 4, 4), (13, 14, 2, 3), (8, 8, 1, 1), (4, 4, 0, 0)],
            ),
        ];
        for (a, b, text, matches) in cases {
            assert_eq!(lcs(a.as_bytes(), b.as_bytes()), text.as_bytes(), "{a} {b}");
            assert_eq!(found(a, b, 0), matches, "{a} {b}");
            assert_eq!(lcs_len(a.as_bytes(), b.as_bytes()), text.len(), "{a} {b}");
        }
    }

    #[test]
    fn short_matches_are_left_out_but_counted() {
        assert_eq!(found("ohmytext", "mynewtext", 2).len(), 2);
        assert_eq!(found("ohmytext", "mynewtext", 4), [(4, 7, 5, 8)]);
        let none = lcs_matches(b"ohmytext", b"mynewtext", 5);
        assert_eq!(none, Matches { list: Vec::new(), lcs_len: 6 });
    }

    fn is_subsequence(part: &[u8], whole: &[u8]) -> bool {
        let mut rest = whole.iter();
        part.iter().all(|byte| rest.any(|other| other == byte))
    }

    /// The `bits` low bits of `number` as a string of `a` and `b`.
    fn string(number: u32, bits: u32) -> Vec<u8> {
        (0..bits).map(|bit| if number >> bit & 1 == 1 { b'b' } else { b'a' }).collect()
    }

    #[test]
    fn no_common_subsequence_is_longer() {
        let strings: Vec<_> = (0..=5)
            .flat_map(|bits| (0..1 << bits).map(move |number| string(number, bits)))
            .collect();
        for a in &strings {
            for b in &strings {
                let common = strings
                    .iter()
                    .filter(|part| is_subsequence(part, a) && is_subsequence(part, b));
                let longest = common.map(Vec::len).max().unwrap();
                let text = lcs(a, b);
                assert!(is_subsequence(&text, a) && is_subsequence(&text, b));
                let matches = lcs_matches(a, b, 0);
                let matched: usize = matches.list.iter().map(Match::len).sum();
                assert_eq!([text.len(), lcs_len(a, b), matches.lcs_len, matched], [longest; 4]);
            }
        }
    }

    #[test]
    fn the_table_has_a_row_and_a_column_for_the_empty_prefix() {
        assert_eq!(table_bytes(0, 0), Some(4));
        assert_eq!(table_bytes(2, 3), Some(48));
        assert_eq!(table_bytes(20_000, 20_000), Some(1_600_160_004));
        assert_eq!(table_bytes(usize::MAX, 0), None);
        assert_eq!(table_bytes(usize::MAX / 2, 2), None);
        assert_eq!(table_bytes(usize::MAX / 8, 1), None);
    }
}
