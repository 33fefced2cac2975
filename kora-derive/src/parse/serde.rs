//! What serde's attributes say: under which name a field is stored, and whether it is.
//!
//! Kora has no names of its own. What serde would do and Kora cannot follow is refused where it
//! stands.

use proc_macro2::Span;
use syn::{Attribute, LitStr};

use super::list::{Item, Rest, for_each_item, items};
use crate::problems::Problems;

/// How serde makes the names of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Case {
    /// As they are in Rust.
    #[default]
    Snake,
    Lower,
    Upper,
    Pascal,
    Camel,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    const ALL: [(&'static str, Case); 8] = [
        ("lowercase", Case::Lower),
        ("UPPERCASE", Case::Upper),
        ("PascalCase", Case::Pascal),
        ("camelCase", Case::Camel),
        ("snake_case", Case::Snake),
        ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
        ("kebab-case", Case::Kebab),
        ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
    ];

    /// The name that a field of Rust has in this case, as serde makes it.
    pub(crate) fn apply(self, field: &str) -> String {
        match self {
            // Serde takes a field for snake case already.
            Case::Snake | Case::Lower => field.to_owned(),
            Case::Upper | Case::ScreamingSnake => field.to_ascii_uppercase(),
            Case::Pascal => pascal(field),
            Case::Camel => {
                let name = pascal(field);
                let first = name.chars().next().map_or(0, char::len_utf8);
                name[..first].to_ascii_lowercase() + &name[first..]
            }
            Case::Kebab => field.replace('_', "-"),
            Case::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn pascal(field: &str) -> String {
    let mut name = String::new();
    let mut begins = true;
    for c in field.chars() {
        if c == '_' {
            begins = true;
        } else {
            name.push(if begins { c.to_ascii_uppercase() } else { c });
            begins = false;
        }
    }
    name
}

/// What serde says of a struct.
#[derive(Debug, Default)]
pub(crate) struct SerdeContainer {
    pub(crate) case: Case,
    /// Fields that are missing have a default.
    pub(crate) has_default: bool,
    pub(crate) transparent: Option<Span>,
    pub(crate) untagged: Option<Span>,
    /// Another type is written or read instead.
    pub(crate) replaced: Option<Span>,
}

impl SerdeContainer {
    pub(crate) fn parse(attributes: &[Attribute], problems: &mut Problems) -> SerdeContainer {
        let mut said = SerdeContainer::default();
        for_each_item(attributes, "serde", problems, |item, problems| match &*item.name() {
            "rename_all" => {
                if let Some(text) = one_name(&item, problems) {
                    let case = Case::ALL.iter().find(|(name, _)| *name == text.value());
                    said.case = case.map_or(Case::Snake, |(_, case)| *case);
                }
            }
            "default" => said.has_default = true,
            "transparent" => said.transparent = Some(item.span()),
            "untagged" | "tag" | "content" => said.untagged = Some(item.span()),
            "from" | "try_from" | "into" | "remote" => said.replaced = Some(item.span()),
            _ => {}
        });
        said
    }
}

/// What serde says of a field.
#[derive(Default)]
pub(crate) struct SerdeField {
    pub(crate) rename: Option<LitStr>,
    /// The field is not stored, or not read.
    pub(crate) skip: Option<Span>,
    pub(crate) has_default: bool,
    pub(crate) flatten: Option<Span>,
    /// Something else than the type's own code writes or reads it.
    pub(crate) with: Option<Span>,
}

impl SerdeField {
    pub(crate) fn parse(attributes: &[Attribute], problems: &mut Problems) -> SerdeField {
        let mut said = SerdeField::default();
        for_each_item(attributes, "serde", problems, |item, problems| match &*item.name() {
            "rename" => said.rename = one_name(&item, problems).or(said.rename.take()),
            "skip" | "skip_serializing" | "skip_deserializing" => said.skip = Some(item.span()),
            "default" => said.has_default = true,
            "flatten" => said.flatten = Some(item.span()),
            "with" | "serialize_with" | "deserialize_with" => said.with = Some(item.span()),
            _ => {}
        });
        said
    }
}

/// The name that is written and read; an error when these are two.
fn one_name(item: &Item, problems: &mut Problems) -> Option<LitStr> {
    let tokens = match &item.rest {
        Rest::Value(value) => return syn::parse2(value.clone()).ok(),
        Rest::List(tokens) => tokens.clone(),
        Rest::Nothing => return None,
    };
    let mut names = items(tokens, problems).into_iter().map(|item| {
        let Rest::Value(value) = &item.rest else { return None };
        syn::parse2::<LitStr>(value.clone()).ok()
    });
    let (first, second) = (names.next().flatten(), names.next().flatten());
    let is_one = first.as_ref().map(LitStr::value) == second.as_ref().map(LitStr::value);
    if !is_one {
        let what = item.name();
        problems.of(
            &item.word,
            format!(
                "serde writes this under one name and reads it under another, so a stored document \
                 could not be read: give `{what}` one name"
            ),
        );
    }
    first.or(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_those_of_serde() {
        let cases = [
            (Case::Snake, "first_name"),
            (Case::Lower, "first_name"),
            (Case::Upper, "FIRST_NAME"),
            (Case::Pascal, "FirstName"),
            (Case::Camel, "firstName"),
            (Case::ScreamingSnake, "FIRST_NAME"),
            (Case::Kebab, "first-name"),
            (Case::ScreamingKebab, "FIRST-NAME"),
        ];
        for (case, expected) in cases {
            assert_eq!(case.apply("first_name"), expected, "{case:?}");
        }
        assert_eq!(Case::Camel.apply("_x__y2"), "xY2");
    }
}
