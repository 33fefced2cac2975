//! What an index holds of a document: its values at the index's paths, as sortable keys.

use smallvec::{Array, SmallVec};

use crate::document::form::{KeyBuffer, Number, ValueRef, encode_sortable};
use crate::query::{Literal, Node, Path, Value};

/// The key of one value, or of one combination of values.
pub(crate) type IndexKey = SmallVec<[u8; 16]>;

/// A key that is looked for: most need no allocation.
pub(crate) type SearchKey = SmallVec<[u8; 64]>;

impl<A: Array<Item = u8>> KeyBuffer for SmallVec<A> {
    #[inline]
    fn push(&mut self, byte: u8) {
        SmallVec::push(self, byte);
    }

    #[inline]
    fn extend_from_slice(&mut self, bytes: &[u8]) {
        SmallVec::extend_from_slice(self, bytes);
    }
}

/// Marks a path that a document does not have; below the keys of all values.
pub(crate) const MISSING: u8 = 0x08;
/// The key of null.
pub(crate) const NULL_KEY: u8 = 0x10;
/// Marks an array or an object, which have no key of their own; above the keys of all scalars.
pub(crate) const COMPOSITE: u8 = 0x70;

impl<'d> Node<'d> for ValueRef<'d> {
    fn value(self) -> Value<'d> {
        match self {
            ValueRef::Null => Value::Null,
            ValueRef::Bool(truth) => Value::Bool(truth),
            ValueRef::Number(Number::Signed(whole)) => Value::Integer(whole),
            ValueRef::Number(Number::Unsigned(whole)) => Value::Unsigned(whole),
            ValueRef::Number(Number::Float(float)) => Value::Float(float),
            ValueRef::String(text) => Value::String(text),
            ValueRef::Array(_) => Value::Array,
            ValueRef::Object(_) => Value::Object,
        }
    }

    fn member(self, name: &str) -> Option<Self> {
        self.get(name)
    }

    fn elements(self) -> impl Iterator<Item = Self> {
        self.as_array().into_iter().flat_map(|array| array.iter())
    }
}

/// Visits the values at the end of a path: one, or one of each element on the way. `None` when
/// there is none.
pub(crate) fn each_at<'d>(
    value: ValueRef<'d>,
    names: &[Box<str>],
    visit: &mut impl FnMut(Option<ValueRef<'d>>),
) {
    let mut found = false;
    each_present(value, names, &mut |value| {
        found = true;
        visit(Some(value));
    });
    if !found {
        visit(None);
    }
}

/// Visits the values at the end of a path. Recurses once a name at most; a path has at most 32.
pub(crate) fn each_present<'d>(
    value: ValueRef<'d>,
    names: &[Box<str>],
    visit: &mut dyn FnMut(ValueRef<'d>),
) {
    let Some((name, rest)) = names.split_first() else { return visit(value) };
    if let Some(inner) = value.get(name) {
        return each_present(inner, rest, visit);
    }
    for element in value.elements() {
        if let Some(inner) = element.get(name) {
            each_present(inner, rest, visit);
        }
    }
}

/// Appends the key of a value, or of what stands in its place.
pub(crate) fn push_key(value: Option<ValueRef<'_>>, key: &mut impl KeyBuffer) {
    match value {
        None => key.push(MISSING),
        Some(value) => {
            if !encode_sortable(value, key) {
                key.push(COMPOSITE);
            }
        }
    }
}

/// Appends the key of a literal; false when the index has no key of its own for it.
pub(crate) fn push_literal(literal: &Literal, key: &mut impl KeyBuffer) -> bool {
    let number = |number: Option<Number>| number.map(ValueRef::Number);
    let value = match literal {
        Literal::Null => Some(ValueRef::Null),
        Literal::Bool(truth) => Some(ValueRef::Bool(*truth)),
        Literal::Integer(whole) => number(Number::from_i128((*whole).into())),
        Literal::Unsigned(whole) => number(Number::from_i128((*whole).into())),
        Literal::Float(float) => number(Number::from_f64(*float)),
        Literal::String(text) => Some(ValueRef::String(text.as_bytes())),
        Literal::Array(_) | Literal::Open | Literal::OpenList => None,
    };
    value.is_some_and(|value| encode_sortable(value, key))
}

/// The keys that an index has of one document.
pub(crate) type IndexKeys = SmallVec<[IndexKey; 1]>;

/// Keys that one index may have of one document.
pub(crate) const KEYS_MAX: usize = 4096;

/// Every key that an index over these paths has of a document: one for each combination of the
/// values at the paths, each once. `None` when there are more than [`KEYS_MAX`].
pub(crate) fn keys_of(document: ValueRef<'_>, paths: &[Path]) -> Option<IndexKeys> {
    let (first, others) = paths.split_first()?;
    let mut keys = values_at(document, first);
    for path in others {
        let values = values_at(document, path);
        if keys.len().saturating_mul(values.len()) > KEYS_MAX {
            return None;
        }
        if let [value] = &values[..] {
            keys.iter_mut().for_each(|key| SmallVec::extend_from_slice(key, value));
            continue;
        }
        let pairs = keys.iter().flat_map(|key| values.iter().map(move |value| (key, value)));
        keys = pairs
            .map(|(key, value)| {
                let mut joined = key.clone();
                SmallVec::extend_from_slice(&mut joined, value);
                joined
            })
            .collect();
    }
    sort_once(&mut keys);
    (keys.len() <= KEYS_MAX).then_some(keys)
}

/// The keys of the values at a path.
fn values_at(document: ValueRef<'_>, path: &Path) -> IndexKeys {
    let mut values = IndexKeys::new();
    each_at(document, path.names(), &mut |value| values.push(key_of(value)));
    values
}

fn key_of(value: Option<ValueRef<'_>>) -> IndexKey {
    let mut key = IndexKey::new();
    push_key(value, &mut key);
    key
}

/// The keys of the elements of the arrays at a path, each once. `None` when there are more than
/// [`KEYS_MAX`].
pub(crate) fn element_keys_of(document: ValueRef<'_>, path: &Path) -> Option<IndexKeys> {
    let mut keys = IndexKeys::new();
    each_at(document, path.names(), &mut |value| {
        for element in value.into_iter().flat_map(ValueRef::elements).take(KEYS_MAX + 1) {
            keys.push(key_of(Some(element)));
        }
    });
    sort_once(&mut keys);
    (keys.len() <= KEYS_MAX).then_some(keys)
}

fn sort_once(keys: &mut IndexKeys) {
    if keys.len() > 1 {
        keys.sort_unstable();
        keys.dedup();
    }
}
