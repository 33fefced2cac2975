//! What a key can hold: one folder per data type, always the same file names.
//!
//! [`TypedValue`] is what the keyspace asks of a type: how it is read where it lies, how it
//! changes by effects, and how it looks as bytes. A small value is stored inside its key's
//! own block in a *form* (strings as they are, collections [`packed`]); a large one is a
//! [`Value`] in a box.

pub(crate) mod hash;
pub(crate) mod list;
pub(crate) mod packed;
pub(crate) mod set;
pub(crate) mod string;
pub(crate) mod zset;

#[cfg(test)]
pub(crate) mod random;

pub(crate) use hash::Hash;
pub(crate) use list::List;
pub(crate) use set::Set;
pub(crate) use string::Str;
pub(crate) use zset::Zset;

/// Longest string, field or element: Redis's default `proto-max-bulk-len`.
pub(crate) const BYTES_LEN_MAX: usize = 512 << 20;

/// Makes everything that is one thing per type from one list.
macro_rules! kinds {
    ($d:tt $($Variant:ident($Type:ident) = $number:literal, $name:literal;)*) => {
        /// The type of what a key holds.
        // The numbers reach disk and are pinned by a test.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Kind {
            $(#[doc = concat!("What TYPE calls `", $name, "`.")] $Variant = $number,)*
        }

        impl Kind {
            /// Every kind, in the order of its numbers.
            pub(crate) const ALL: &[Kind] = &[$(Kind::$Variant),*];

            /// The name that TYPE answers.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Kind::$Variant => $name,)*
                }
            }

            /// The kind with a name, in any case; `None` for a name of no kind.
            pub(crate) fn from_name(name: &[u8]) -> Option<Kind> {
                let is_it = |kind: &&Kind| name.eq_ignore_ascii_case(kind.name().as_bytes());
                Kind::ALL.iter().find(is_it).copied()
            }

            /// The kind of a number, `None` for a number of no kind.
            #[inline]
            pub(crate) fn from_number(number: u8) -> Option<Kind> {
                match number {
                    $($number => Some(Kind::$Variant),)*
                    _ => None,
                }
            }
        }

        /// A value too large for its key's block, or in a form that is not plain bytes.
        #[derive(Debug)]
        pub(crate) enum Value {
            $($Variant($Type),)*
        }

        /// Does something with the typed value inside a [`Value`].
        macro_rules! with_value {
            ($d value:expr, $d typed:ident => $d body:expr) => {
                match $d value {
                    $($crate::types::Value::$Variant($d typed) => $d body,)*
                }
            };
        }

        /// Does something with the type of a [`Kind`].
        macro_rules! with_kind {
            ($d kind:expr, $d T:ident => $d body:expr) => {
                match $d kind {
                    $($crate::types::Kind::$Variant => {
                        type $d T = $crate::types::$Type;
                        $d body
                    })*
                }
            };
        }

        $(
            impl From<$Type> for Value {
                fn from(typed: $Type) -> Value {
                    Value::$Variant(typed)
                }
            }

            impl Variant for $Type {
                const KIND: Kind = Kind::$Variant;

                #[allow(clippy::wildcard_enum_match_arm, reason = "asks for one variant of all")]
                #[allow(unreachable_patterns, reason = "as long as there is one variant")]
                fn of(value: &Value) -> Option<&$Type> {
                    match value {
                        Value::$Variant(typed) => Some(typed),
                        _ => None,
                    }
                }

                #[allow(clippy::wildcard_enum_match_arm, reason = "asks for one variant of all")]
                #[allow(unreachable_patterns, reason = "as long as there is one variant")]
                fn of_mut(value: &mut Value) -> Option<&mut $Type> {
                    match value {
                        Value::$Variant(typed) => Some(typed),
                        _ => None,
                    }
                }
            }
        )*
    };
}

// The one list of data types: variant (type) = number on disk, name.
kinds! { $
    String(Str) = 0, "string";
    List(List) = 1, "list";
    Set(Set) = 2, "set";
    Zset(Zset) = 3, "zset";
    Hash(Hash) = 4, "hash";
}
#[expect(clippy::single_component_path_imports, reason = "gives the macro a path")]
pub(crate) use with_kind;

impl Value {
    /// Bytes on the heap, the value's own struct not counted.
    pub(crate) fn heap_bytes(&self) -> usize {
        with_value!(self, typed => typed.heap_bytes())
    }
}

/// Which [`Value`] variant a type is; made by `kinds!`.
pub(crate) trait Variant: Sized + Into<Value> {
    /// The type's number and name.
    const KIND: Kind;
    /// The typed value, when `value` is of this type.
    fn of(value: &Value) -> Option<&Self>;
    /// The typed value to change, when `value` is of this type.
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
}

/// What applying an effect did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The value was so already.
    Nothing,
    /// Something came that was not there.
    Added,
    /// Something that was there has another value.
    Replaced,
    /// Something that was there is gone.
    Removed,
}

/// A value as it is stored inside its key's block.
#[derive(Debug)]
pub(crate) enum Inline<'a> {
    /// A form number below [`FORM_COUNT`], and the bytes.
    Bytes(u8, &'a [u8]),
    /// A form number below [`FORM_COUNT`], and eight bytes.
    Word(u8, [u8; 8]),
}

/// How many inline forms a type may have.
pub(crate) const FORM_COUNT: u8 = 15;

/// What the keyspace asks of a data type.
pub(crate) trait TypedValue: Variant + Default + 'static {
    /// How many elements of an image belong together, where the order of such groups means
    /// nothing; `None` where the image's order is the value's.
    #[cfg_attr(
        not(any(test, feature = "testing")),
        expect(dead_code, reason = "asked by the digest of the feature `testing`")
    )]
    const UNORDERED: Option<usize> = None;
    /// How the value is read, wherever it lies.
    type View<'a>: Copy;
    /// What can change in it.
    type Effect<'a>: Effect<'a>;

    /// Reads the value.
    fn view(&self) -> Self::View<'_>;
    /// Reads the value where it lies inside its key's block.
    fn view_inline(form: u8, bytes: &[u8]) -> Self::View<'_>;
    /// The bytes to store inside the key's block; `None` when the value is too large or in a
    /// form of its own.
    fn inline(&self) -> Option<Inline<'_>>;
    /// The value whose [`TypedValue::inline`] this was.
    fn from_inline(form: u8, bytes: &[u8]) -> Self;
    /// Whether the value holds nothing, so that its key goes. A string never does.
    fn is_empty(&self) -> bool;
    /// Bytes on the heap, the struct itself not counted; O(1).
    fn heap_bytes(&self) -> usize;
    /// Applies an effect and says what it did. The only way a value changes.
    fn apply(&mut self, effect: &Self::Effect<'_>) -> Change;
    /// Appends the whole value as bytes that do not depend on its form; reaches disk.
    fn write_image(view: Self::View<'_>, image: &mut Vec<u8>);
    /// The value of an image; `None` when the bytes are no image of this type.
    fn from_image(image: &[u8]) -> Option<Self>;
    /// The name that OBJECT ENCODING answers.
    fn encoding(view: Self::View<'_>) -> &'static str;
}

/// One change of a value: what changed, not what was asked.
pub(crate) trait Effect<'a>: Sized {
    /// Appends the effect as bytes; reaches disk.
    fn encode(&self, out: &mut Vec<u8>);
    /// The effect of these bytes; `None` when they are no effect of this type.
    fn decode(bytes: &'a [u8]) -> Option<Self>;
    /// What Redis calls what happened, unless a command has a word of its own for it.
    fn verb(&self) -> &'static str;
}
