//! A string value: bytes, an integer, or shared bytes when large.
//!
//! Up to [`INLINE_LEN_MAX`] bytes live in the key's block; above, the bytes are
//! reference-counted, so that a reader takes them out without copying. The forms carry
//! what OBJECT ENCODING tells apart: `int`, `embstr` (set as a whole, at most 44 bytes)
//! and `raw`.

use bytes::{Bytes, BytesMut};

use crate::text::integer::{IntegerText, parse_i64, write_i64};
use crate::types::string::copies::Copies;
use crate::types::{Change, Effect, Inline, TypedValue};

/// Longest string inside its key's block: copying it out costs less than the two cache
/// misses of a reference count and bytes elsewhere (measured).
pub(crate) const INLINE_LEN_MAX: usize = 2048;
/// Longest string that Redis calls `embstr`.
const EMBSTR_LEN_MAX: usize = 44;
/// Longest text that Redis stores as an integer: "-9223372036854775808".
const INTEGER_LEN_MAX: usize = 20;

pub(crate) const FORM_INTEGER: u8 = 0;
pub(crate) const FORM_WHOLE: u8 = 1;
pub(crate) const FORM_EDITED: u8 = 2;

/// A string.
#[derive(Debug)]
pub(crate) struct Str(Repr);

#[derive(Debug)]
enum Repr {
    Integer(i64),
    Text { text: Vec<u8>, edited: bool },
    Large(Bytes),
}

/// How a string is read, wherever it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StrView<'a> {
    /// A canonical decimal integer.
    Integer(i64),
    /// Bytes in the key's block; whether they were edited in place.
    Inline(&'a [u8], bool),
    /// Reference-counted bytes.
    Large(&'a Bytes),
}

impl StrView<'_> {
    /// The string's length in bytes.
    pub(crate) fn len(self) -> usize {
        self.with(<[u8]>::len)
    }

    /// Calls `f` with the bytes; an integer is written to the stack first.
    #[inline(always)]
    pub(crate) fn with<R>(self, f: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            StrView::Integer(n) => f(write_i64(&mut IntegerText::new(), n)),
            StrView::Inline(bytes, _) => f(bytes),
            StrView::Large(bytes) => f(bytes),
        }
    }

    /// The bytes, owned: copied when small, shared when large.
    #[inline(always)]
    pub(crate) fn to_bytes(self) -> Bytes {
        match self {
            StrView::Large(bytes) => bytes.clone(),
            StrView::Integer(_) | StrView::Inline(..) => {
                self.with(|bytes| Bytes::from(Box::<[u8]>::from(bytes)))
            }
        }
    }

    /// The bytes, owned, as one of several copies.
    #[inline]
    pub(crate) fn copy_with(self, copies: &mut Copies) -> Bytes {
        match self {
            StrView::Large(bytes) => bytes.clone(),
            StrView::Integer(_) | StrView::Inline(..) => self.with(|bytes| copies.copy(bytes)),
        }
    }

    /// The integer that the bytes are, in canonical decimal.
    pub(crate) fn integer(self) -> Option<i64> {
        match self {
            StrView::Integer(n) => Some(n),
            StrView::Inline(bytes, _) => parse_i64(bytes),
            StrView::Large(_) => None,
        }
    }
}

/// The integer that Redis would store for this text.
#[inline]
pub(crate) fn as_integer(text: &[u8]) -> Option<i64> {
    let first = *text.first()?;
    if text.len() > INTEGER_LEN_MAX || !(first == b'-' || first.is_ascii_digit()) {
        return None;
    }
    parse_i64(text)
}

impl Str {
    /// A string with this text.
    pub(crate) fn new(text: &[u8]) -> Str {
        match as_integer(text) {
            Some(n) => Str(Repr::Integer(n)),
            None => Str::from_text(text.to_vec(), false),
        }
    }

    fn from_text(text: Vec<u8>, edited: bool) -> Str {
        if text.len() > INLINE_LEN_MAX {
            Str(Repr::Large(Bytes::from(text)))
        } else {
            Str(Repr::Text { text, edited })
        }
    }

    /// Changes the bytes by `edit`, which may lengthen them.
    fn edit(&mut self, edit: impl FnOnce(&mut BytesMut)) {
        let repr = std::mem::replace(&mut self.0, Repr::Integer(0));
        let mut text = match repr {
            Repr::Integer(n) => BytesMut::from(write_i64(&mut IntegerText::new(), n)),
            Repr::Text { text, .. } => BytesMut::from(&text[..]),
            // Copies only while a reader still holds the bytes.
            Repr::Large(bytes) => BytesMut::from(bytes),
        };
        edit(&mut text);
        self.0 = if text.len() > INLINE_LEN_MAX {
            Repr::Large(text.freeze())
        } else {
            Repr::Text { text: text.to_vec(), edited: true }
        };
    }
}

impl Default for Str {
    fn default() -> Str {
        Str(Repr::Text { text: Vec::new(), edited: false })
    }
}

impl TypedValue for Str {
    type View<'a> = StrView<'a>;
    type Effect<'a> = StrEffect<'a>;

    fn view(&self) -> StrView<'_> {
        match &self.0 {
            Repr::Integer(n) => StrView::Integer(*n),
            Repr::Text { text, edited } => StrView::Inline(text, *edited),
            Repr::Large(bytes) => StrView::Large(bytes),
        }
    }

    #[inline(always)]
    fn view_inline(form: u8, bytes: &[u8]) -> StrView<'_> {
        match <[u8; 8]>::try_from(bytes) {
            Ok(word) if form == FORM_INTEGER => StrView::Integer(i64::from_le_bytes(word)),
            _ => StrView::Inline(bytes, form == FORM_EDITED),
        }
    }

    fn inline(&self) -> Option<Inline<'_>> {
        match &self.0 {
            Repr::Integer(n) => Some(Inline::Word(FORM_INTEGER, n.to_le_bytes())),
            Repr::Text { text, edited: false } => Some(Inline::Bytes(FORM_WHOLE, text)),
            Repr::Text { text, edited: true } => Some(Inline::Bytes(FORM_EDITED, text)),
            Repr::Large(_) => None,
        }
    }

    fn from_inline(form: u8, bytes: &[u8]) -> Str {
        match Str::view_inline(form, bytes) {
            StrView::Integer(n) => Str(Repr::Integer(n)),
            StrView::Inline(text, edited) => Str(Repr::Text { text: text.to_vec(), edited }),
            StrView::Large(bytes) => Str(Repr::Large(bytes.clone())),
        }
    }

    fn is_empty(&self) -> bool {
        false
    }

    fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Integer(_) => 0,
            Repr::Text { text, .. } => text.capacity(),
            Repr::Large(bytes) => bytes.len(),
        }
    }

    fn apply(&mut self, effect: &StrEffect<'_>) -> Change {
        match *effect {
            StrEffect::Set(text) => *self = Str::new(text),
            StrEffect::Integer(n) => self.0 = Repr::Integer(n),
            StrEffect::Text(text) => *self = Str::from_text(text.to_vec(), false),
            StrEffect::Append(tail) => self.edit(|text| text.extend_from_slice(tail)),
            StrEffect::Overwrite { offset, part } => self.edit(|text| {
                let end = offset + part.len();
                if text.len() < end {
                    text.resize(end, 0);
                }
                text[offset..end].copy_from_slice(part);
            }),
        }
        Change::Replaced
    }

    fn write_image(view: StrView<'_>, image: &mut Vec<u8>) {
        view.with(|bytes| image.extend_from_slice(bytes));
    }

    fn from_image(image: &[u8]) -> Option<Str> {
        Some(Str::new(image))
    }

    fn encoding(view: StrView<'_>) -> &'static str {
        match view {
            StrView::Integer(_) => "int",
            StrView::Inline(text, false) if text.len() <= EMBSTR_LEN_MAX => "embstr",
            StrView::Inline(..) | StrView::Large(_) => "raw",
        }
    }
}

/// What can change in a string.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StrEffect<'a> {
    /// The whole text is this; the deadline stays.
    Set(&'a [u8]),
    /// The whole text is this integer; the deadline stays.
    Integer(i64),
    /// The whole text is this, kept as text even where it is an integer; the deadline stays.
    Text(&'a [u8]),
    /// This follows what was there.
    Append(&'a [u8]),
    /// This stands at `offset`, zeros before it where there was nothing.
    Overwrite {
        /// Where the part begins.
        offset: usize,
        /// The bytes.
        part: &'a [u8],
    },
}

impl<'a> Effect<'a> for StrEffect<'a> {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            StrEffect::Set(text) => {
                out.push(0);
                out.extend_from_slice(text);
            }
            StrEffect::Integer(n) => {
                out.push(1);
                out.extend_from_slice(&n.to_le_bytes());
            }
            StrEffect::Text(text) => {
                out.push(4);
                out.extend_from_slice(text);
            }
            StrEffect::Append(tail) => {
                out.push(2);
                out.extend_from_slice(tail);
            }
            StrEffect::Overwrite { offset, part } => {
                out.push(3);
                out.extend_from_slice(&(*offset as u64).to_le_bytes());
                out.extend_from_slice(part);
            }
        }
    }

    fn decode(bytes: &'a [u8]) -> Option<StrEffect<'a>> {
        let (tag, body) = bytes.split_first()?;
        match tag {
            0 => Some(StrEffect::Set(body)),
            1 => Some(StrEffect::Integer(i64::from_le_bytes(body.try_into().ok()?))),
            2 => Some(StrEffect::Append(body)),
            3 => {
                let (offset, part) = body.split_first_chunk::<8>()?;
                let offset = usize::try_from(u64::from_le_bytes(*offset)).ok()?;
                offset.checked_add(part.len())?;
                Some(StrEffect::Overwrite { offset, part })
            }
            4 => Some(StrEffect::Text(body)),
            _ => None,
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            StrEffect::Set(_) | StrEffect::Append(_) => "append",
            StrEffect::Integer(_) => "incrby",
            StrEffect::Text(_) => "incrbyfloat",
            StrEffect::Overwrite { .. } => "setrange",
        }
    }
}
