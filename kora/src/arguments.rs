//! What the typed methods take: byte strings, one or many, and small values.
//!
//! Each kind of argument can be lent to a job on the caller's thread, or owned by a job that
//! leaves it; that is all the two surfaces ([`Database`](crate::Database) and
//! [`AsyncDatabase`](crate::AsyncDatabase)) need to come from one declaration.

use bytes::Bytes;

use crate::keyspace::Key;

/// A byte string: a key, a field, a member, a value.
pub trait ByteArg {
    /// The bytes.
    fn as_bytes(&self) -> &[u8];

    #[doc(hidden)]
    fn borrowed(&self) -> &[u8] {
        self.as_bytes()
    }

    #[doc(hidden)]
    fn owned(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}

impl<T: ByteArg + ?Sized> ByteArg for &T {
    fn as_bytes(&self) -> &[u8] {
        (**self).as_bytes()
    }
}

macro_rules! byte_args {
    ($($type:ty),*) => {
        $(impl ByteArg for $type {
            fn as_bytes(&self) -> &[u8] {
                self.as_ref()
            }
        })*
    };
}
byte_args!(str, String, [u8], Vec<u8>, Bytes);

impl<const N: usize> ByteArg for [u8; N] {
    fn as_bytes(&self) -> &[u8] {
        self
    }
}

/// One byte string, or many: `"a"`, `["a", "b"]`, `&names`, `vec![..]`.
pub trait ByteArgs {
    #[doc(hidden)]
    fn borrowed(&self) -> Vec<&[u8]>;

    #[doc(hidden)]
    fn owned(&self) -> Vec<Vec<u8>> {
        self.borrowed().into_iter().map(<[u8]>::to_vec).collect()
    }
}

macro_rules! one_byte_arg {
    ($($type:ty),*) => {
        $(impl ByteArgs for $type {
            fn borrowed(&self) -> Vec<&[u8]> {
                vec![ByteArg::as_bytes(self)]
            }
        })*
    };
}
one_byte_arg!(&str, String, &String, &[u8], &Vec<u8>, Bytes, &Bytes);

impl<T: ByteArg, const N: usize> ByteArgs for [T; N] {
    fn borrowed(&self) -> Vec<&[u8]> {
        self.iter().map(ByteArg::as_bytes).collect()
    }
}

impl<T: ByteArg, const N: usize> ByteArgs for &[T; N] {
    fn borrowed(&self) -> Vec<&[u8]> {
        self.iter().map(ByteArg::as_bytes).collect()
    }
}

impl<T: ByteArg> ByteArgs for &[T] {
    fn borrowed(&self) -> Vec<&[u8]> {
        self.iter().map(ByteArg::as_bytes).collect()
    }
}

impl<T: ByteArg> ByteArgs for &Vec<T> {
    fn borrowed(&self) -> Vec<&[u8]> {
        self.iter().map(ByteArg::as_bytes).collect()
    }
}

impl<T: ByteArg> ByteArgs for Vec<T> {
    fn borrowed(&self) -> Vec<&[u8]> {
        self.iter().map(ByteArg::as_bytes).collect()
    }
}

/// Pairs of byte strings: `[("field", "value")]`, `&pairs`, `vec![..]`.
pub trait PairArgs {
    #[doc(hidden)]
    fn borrowed(&self) -> Vec<(&[u8], &[u8])>;

    #[doc(hidden)]
    fn owned(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let own = |(a, b): (&[u8], &[u8])| (a.to_vec(), b.to_vec());
        self.borrowed().into_iter().map(own).collect()
    }
}

/// Scores with members: `[(1.0, "ann")]`, `&scored`, `vec![..]`.
pub trait ScoredArgs {
    #[doc(hidden)]
    fn borrowed(&self) -> Vec<(f64, &[u8])>;

    #[doc(hidden)]
    fn owned(&self) -> Vec<(f64, Vec<u8>)> {
        self.borrowed().into_iter().map(|(score, member)| (score, member.to_vec())).collect()
    }
}

/// Makes slices of pairs, owned or borrowed, arguments.
macro_rules! pair_args {
    ($([$($generics:tt)*] $type:ident;)*) => {
        $(
            impl<$($generics)* A: ByteArg, B: ByteArg> PairArgs for pair_type!($type (A, B)) {
                fn borrowed(&self) -> Vec<(&[u8], &[u8])> {
                    self.iter().map(|(a, b)| (a.as_bytes(), b.as_bytes())).collect()
                }
            }

            impl<$($generics)* M: ByteArg> ScoredArgs for pair_type!($type (f64, M)) {
                fn borrowed(&self) -> Vec<(f64, &[u8])> {
                    self.iter().map(|(score, member)| (*score, member.as_bytes())).collect()
                }
            }
        )*
    };
}

macro_rules! pair_type {
    (array $pair:ty) => { [$pair; N] };
    (array_ref $pair:ty) => { &'s [$pair; N] };
    (slice $pair:ty) => { &'s [$pair] };
    (vec $pair:ty) => { Vec<$pair> };
    (vec_ref $pair:ty) => { &'s Vec<$pair> };
}

pair_args! {
    [const N: usize,] array;
    ['s, const N: usize,] array_ref;
    ['s,] slice;
    [] vec;
    ['s,] vec_ref;
}

/// The options of the scans: [`Database::hscan`](crate::Database::hscan) and its kin.
///
/// ```
/// use kora::{Database, ScanOptions};
///
/// let db = Database::in_memory();
/// db.hset_many("user", [("name", "ann"), ("age", "30")])?;
/// let (mut cursor, mut found) = (0, Vec::new());
/// loop {
///     let (next, pairs) = db.hscan("user", cursor, ScanOptions::new().matching("n*"))?;
///     found.extend(pairs);
///     cursor = next;
///     if cursor == 0 {
///         break;
///     }
/// }
/// assert_eq!(found, [("name".into(), "ann".into())]);
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ScanOptions<'a> {
    pub(crate) pattern: Option<&'a [u8]>,
    pub(crate) count: usize,
}

impl Default for ScanOptions<'_> {
    fn default() -> Self {
        ScanOptions { pattern: None, count: 10 }
    }
}

impl<'a> ScanOptions<'a> {
    /// Everything matches, and one call looks at about ten elements.
    pub fn new() -> Self {
        ScanOptions::default()
    }

    /// Returns only what matches a glob pattern (MATCH).
    #[must_use]
    pub fn matching(self, pattern: &'a (impl ByteArg + ?Sized)) -> Self {
        ScanOptions { pattern: Some(pattern.as_bytes()), ..self }
    }

    /// How many elements one call looks at, or a few more (COUNT); 0 counts as 1.
    #[must_use]
    pub fn count(self, count: usize) -> Self {
        ScanOptions { count: count.max(1), ..self }
    }

    pub(crate) fn borrowed(&self) -> ScanOptions<'_> {
        *self
    }

    pub(crate) fn owned(&self) -> OwnedScanOptions {
        OwnedScanOptions { pattern: self.pattern.map(<[u8]>::to_vec), count: self.count }
    }
}

impl Lend for ScanOptions<'_> {
    type Lent<'a>
        = ScanOptions<'a>
    where
        Self: 'a;
    fn lend(&self) -> ScanOptions<'_> {
        *self
    }
}

/// [`ScanOptions`] for a job that leaves the caller's thread.
#[derive(Debug)]
pub(crate) struct OwnedScanOptions {
    pattern: Option<Vec<u8>>,
    count: usize,
}

impl OwnedScanOptions {
    pub(crate) fn borrowed(&self) -> ScanOptions<'_> {
        ScanOptions { pattern: self.pattern.as_deref(), count: self.count }
    }
}

/// A small value that is passed as it is: a number, a range, options.
pub(crate) trait ValueArg: Copy + Send + 'static {
    fn borrowed(&self) -> Self {
        *self
    }

    fn owned(&self) -> Self {
        *self
    }
}

/// Makes types [`ValueArg`]s that are lent as they are.
macro_rules! value_args {
    ($($type:ty),* $(,)?) => {
        $(
            impl $crate::arguments::ValueArg for $type {}
            impl $crate::arguments::Lend for $type {
                type Lent<'a> = $type;
                fn lend(&self) -> $type {
                    *self
                }
            }
        )*
    };
}
pub(crate) use value_args;

value_args!(bool, u64, i64, usize, f64, std::time::Duration);

/// How an argument reaches an operation, once it is borrowed.
pub(crate) trait Lend {
    type Lent<'a>
    where
        Self: 'a;
    fn lend(&self) -> Self::Lent<'_>;
}

impl Lend for &[u8] {
    type Lent<'a>
        = &'a [u8]
    where
        Self: 'a;
    fn lend(&self) -> &[u8] {
        self
    }
}

impl<T> Lend for Vec<T> {
    type Lent<'a>
        = &'a [T]
    where
        T: 'a;
    fn lend(&self) -> &[T] {
        self
    }
}

impl Lend for Key<'_> {
    type Lent<'a>
        = Key<'a>
    where
        Self: 'a;
    fn lend(&self) -> Key<'_> {
        *self
    }
}

/// An argument that names keys, hashed.
pub(crate) trait Keyed {
    type Keys: Lend;
    fn keyed(self) -> Self::Keys;
}

impl<'a> Keyed for &'a [u8] {
    type Keys = Key<'a>;
    fn keyed(self) -> Key<'a> {
        Key::new(self)
    }
}

impl<'a> Keyed for Vec<&'a [u8]> {
    type Keys = Vec<Key<'a>>;
    fn keyed(self) -> Vec<Key<'a>> {
        self.into_iter().map(Key::new).collect()
    }
}

impl<'a> Keyed for Vec<(&'a [u8], &'a [u8])> {
    type Keys = Vec<(Key<'a>, &'a [u8])>;
    fn keyed(self) -> Self::Keys {
        self.into_iter().map(|(key, value)| (Key::new(key), value)).collect()
    }
}

/// The keys among some arguments, to take their leases.
pub(crate) trait EachKey {
    fn each_key<'s>(&'s self, keys: &mut Vec<&'s Key<'s>>);
}

impl EachKey for Key<'_> {
    fn each_key<'s>(&'s self, keys: &mut Vec<&'s Key<'s>>) {
        keys.push(self);
    }
}

impl EachKey for Vec<Key<'_>> {
    fn each_key<'s>(&'s self, keys: &mut Vec<&'s Key<'s>>) {
        keys.extend(self.iter());
    }
}

impl EachKey for Vec<(Key<'_>, &[u8])> {
    fn each_key<'s>(&'s self, keys: &mut Vec<&'s Key<'s>>) {
        keys.extend(self.iter().map(|(key, _)| key));
    }
}
