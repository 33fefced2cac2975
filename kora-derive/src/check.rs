//! Rules between several words. Whether a type fits an index is not asked here: the compiler knows
//! types, see `expand/checks.rs`.

use proc_macro2::Span;
use syn::{GenericParam, Ident};

use crate::parse::{Compound, Field, IndexKind, Role, Structure};
use crate::problems::Problems;
use crate::words;

/// Notes what is wrong with a struct as a whole.
pub(crate) fn check(structure: &Structure, role: Role, problems: &mut Problems) {
    generics(structure, problems);
    container(structure, role, problems);
    for field in &structure.fields {
        field_alone(field, problems);
    }
    if role == Role::Document && !structure.fields.is_empty() {
        collection(structure, problems);
        ids(structure, problems);
        once(structure, "version", |field| field.version, problems);
        once(structure, "created_at", |field| field.created_at, problems);
        once(structure, "updated_at", |field| field.updated_at, problems);
        once(structure, "expires_at", |field| field.expires_at, problems);
        for index in &structure.indexes {
            compound(structure, index, problems);
        }
    }
    names(structure, problems);
}

fn generics(structure: &Structure, problems: &mut Problems) {
    for parameter in &structure.generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            problems.of(
                lifetime,
                "a document owns what is in it: a type with a lifetime cannot be read from the store",
            );
        }
    }
}

fn container(structure: &Structure, role: Role, problems: &mut Problems) {
    let serde = &structure.serde;
    if let Some(span) = serde.transparent {
        problems.at(span, "a transparent struct is not an object, and so no document");
    }
    if let Some(span) = serde.replaced {
        problems.at(
            span,
            format!(
                "serde stores another type in place of this one, whose fields are not known here: \
                 derive `{}` for that type",
                role.name()
            ),
        );
    }
}

fn collection(structure: &Structure, problems: &mut Problems) {
    match &structure.collection {
        None => problems.of(
            &structure.ident,
            "a document belongs to a collection: `#[kora(collection = \"..\")]`",
        ),
        Some(name) => {
            let text = name.value();
            let is_bad = |c: char| c.is_whitespace() || c.is_control();
            if text.is_empty() || text.len() > 128 || text.contains(is_bad) {
                problems.of(name, "the name of a collection has 1 to 128 bytes and no spaces");
            }
        }
    }
}

fn ids(structure: &Structure, problems: &mut Problems) {
    let mut marked = structure.fields.iter().filter_map(|field| Some((field, field.id?)));
    let first = marked.next();
    if let Some((_, span)) = marked.next() {
        problems.at(
            span,
            "a second `id`: an id of several fields stands on the struct, `#[kora(id(one, other))]`",
        );
    }
    match (&structure.id, first) {
        (None, None) => problems.of(
            &structure.ident,
            "a document needs an id: mark a field `#[kora(id)]`, \
             or name several on the struct, `#[kora(id(one, other))]`",
        ),
        (Some(_), Some((_, span))) => {
            problems.at(span, "the struct names its id already: only one of the two can stand");
        }
        (None, Some(_)) => {}
        (Some((parts, span)), None) => composite(structure, parts, *span, problems),
    }
}

fn composite(structure: &Structure, parts: &[Ident], span: Span, problems: &mut Problems) {
    if !(2..=4).contains(&parts.len()) {
        problems.at(
            span,
            "an id on the struct has two to four fields; one alone is marked `#[kora(id)]`",
        );
    }
    known_fields(structure, parts, problems);
}

/// Notes names that are no stored fields, or stand twice.
fn known_fields(structure: &Structure, names: &[Ident], problems: &mut Problems) {
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            problems.of(name, format!("`{name}` stands twice"));
        }
        match structure.field(name) {
            None => {
                let fields: Vec<String> =
                    structure.stored().map(|field| field.ident.to_string()).collect();
                let message = words::unknown_name(
                    &name.to_string(),
                    fields.iter().map(String::as_str),
                    "no field of this struct",
                    "the fields are",
                );
                problems.of(name, message);
            }
            Some(field) if !field.is_stored() => {
                problems.of(name, format!("serde skips `{name}`: it is not in the documents"));
            }
            Some(field) if field.embed.is_some() => problems.of(
                name,
                format!("`{name}` is a nested struct: index its fields where they are declared"),
            ),
            Some(_) => {}
        }
    }
}

/// A word that only one field can have.
fn once(
    structure: &Structure,
    word: &str,
    span: impl Fn(&Field) -> Option<Span>,
    problems: &mut Problems,
) {
    for second in structure.fields.iter().filter_map(&span).skip(1) {
        problems.at(second, format!("a second `{word}`: a document has one"));
    }
}

fn compound(structure: &Structure, index: &Compound, problems: &mut Problems) {
    let word = if index.is_unique { "unique" } else { "index" };
    known_fields(structure, &index.fields, problems);
    match index.fields.len() {
        0 => problems.at(index.span, format!("`{word}(..)` names fields: `{word}(city, age)`")),
        1 if index.when.is_none() => problems.at(
            index.span,
            format!("an index of one field stands on the field: `#[kora({word})]`"),
        ),
        1..=4 => {}
        _ => problems.at(index.span, "an index has at most four fields"),
    }
    let name = index.name();
    let is_word = syn::parse_str::<Ident>(&name).is_ok();
    match &index.name {
        Some(literal) if !is_word => {
            problems.of(literal, "the name of an index is a word: it is a field of `fields()` too");
        }
        _ => {}
    }
    let same_field = structure.stored().any(|field| field.ident == name);
    let same_index = structure.indexes.iter().filter(|other| other.name() == name).count() > 1;
    // An index of one field has been answered, and has the field's name.
    if (same_field || same_index) && (index.fields.len() > 1 || index.name.is_some()) {
        let span = index.name.as_ref().map_or(index.span, syn::LitStr::span);
        problems.at(
            span,
            format!("`{name}` names a field or an index already: give this one `name = \"..\"`"),
        );
    }
}

fn field_alone(field: &Field, problems: &mut Problems) {
    let first_word = [
        field.id,
        field.index.map(|(_, span)| span),
        field.unique,
        field.embed,
        field.version,
        field.created_at,
        field.updated_at,
        field.expires_at,
    ]
    .into_iter()
    .flatten()
    .next();
    if let (Some(span), Some(_)) = (first_word, field.serde.skip) {
        problems.at(span, format!("serde skips `{}`: it is not in the documents", field.ident));
    }
    flatten_and_with(field, problems);
    roles(field, problems);
    index_words(field, problems);
    for old in &field.renamed_from {
        if old.value() == field.name || old.value().is_empty() {
            problems.of(old, "`renamed_from` is the name that the field had, not the one it has");
        }
    }
}

fn flatten_and_with(field: &Field, problems: &mut Problems) {
    if let (Some(span), None) = (field.serde.flatten, field.embed) {
        problems.at(
            span,
            "the fields of a flattened type are not known here: derive `KoraEmbed` for it and add \
             `#[kora(embed)]`",
        );
    }
    let is_indexed = field.index.is_some() || field.unique.is_some() || field.id.is_some();
    if let (Some(span), true) = (field.serde.with, is_indexed) {
        problems.at(
            span,
            format!(
                "`{}` is stored by a function of its own, so its index would hold other values than \
                 filters ask for: wrap it in a newtype that derives `KoraKey`",
                field.ident
            ),
        );
    }
}

/// What a field is can be one thing only.
fn roles(field: &Field, problems: &mut Problems) {
    let roles = [
        ("id", field.id),
        ("embed", field.embed),
        ("version", field.version),
        ("created_at", field.created_at),
        ("updated_at", field.updated_at),
        ("expires_at", field.expires_at),
    ];
    let mut roles = roles.into_iter().filter_map(|(name, span)| Some((name, span?)));
    let Some((first, _)) = roles.next() else { return };
    for (second, span) in roles {
        problems.at(span, format!("a field is not `{first}` and `{second}` at once"));
    }
}

fn index_words(field: &Field, problems: &mut Problems) {
    let index = field.index.map(|(_, span)| span);
    let not_with = [
        (field.id, "the id is indexed by itself: leave this out"),
        (field.embed, "a nested struct has no index; its fields may have"),
        (field.version, "a version has no index: it is asked for with the id"),
    ];
    for (role, message) in not_with {
        for span in [index, field.unique].into_iter().flatten().filter(|_| role.is_some()) {
            problems.at(span, message);
        }
    }
    if let (Some((kind, span)), Some(_)) = (field.index, field.unique) {
        match kind {
            IndexKind::Sorted => {}
            IndexKind::Auto | IndexKind::Hash => problems.at(
                span,
                "`unique` finds equal values already: leave `index` out, \
                 or add `index = sorted` for ranges",
            ),
            IndexKind::Array => {
                problems.at(span, "an array index cannot be unique: its values are elements");
            }
        }
    }
}

/// Two fields of one name.
fn names(structure: &Structure, problems: &mut Problems) {
    let stored: Vec<&Field> = structure.stored().filter(|field| !field.is_flat()).collect();
    for (at, field) in stored.iter().enumerate() {
        if stored[..at].iter().any(|other| other.name == field.name) {
            problems.of(
                &field.ident,
                format!("another field is stored under the name `{}`", field.name),
            );
        }
    }
}
