//! The struct as a whole: its words, and its fields.

use proc_macro2::Span;
use syn::{Attribute, Data, DeriveInput, Fields, Generics, Ident, LitStr, Path, Visibility};

use super::field::Field;
use super::index::Compound;
use super::list::{Item, Rest, for_each_item, items};
use super::serde::SerdeContainer;
use crate::problems::Problems;
use crate::words::{self, Word};

/// What the struct is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Document,
    Embed,
}

impl Role {
    fn words(self) -> (&'static [Word], &'static [Word]) {
        match self {
            Role::Document => (words::DOCUMENT, words::FIELD),
            Role::Embed => (words::EMBED, words::EMBED_FIELD),
        }
    }

    /// The name of the derive.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::Document => "KoraDocument",
            Role::Embed => "KoraEmbed",
        }
    }
}

/// A struct with named fields.
pub(crate) struct Structure {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) generics: Generics,
    pub(crate) collection: Option<LitStr>,
    /// The fields of an id of several.
    pub(crate) id: Option<(Vec<Ident>, Span)>,
    pub(crate) indexes: Vec<Compound>,
    /// In milliseconds.
    pub(crate) ttl: Option<u64>,
    pub(crate) krate: Path,
    /// The name of the function that gives the tokens.
    pub(crate) accessor: Ident,
    pub(crate) patch: Option<Span>,
    pub(crate) serde: SerdeContainer,
    pub(crate) fields: Vec<Field>,
}

impl Structure {
    /// Reads a struct; what is none has no fields.
    pub(crate) fn parse(input: DeriveInput, role: Role, problems: &mut Problems) -> Structure {
        let serde = SerdeContainer::parse(&input.attrs, problems);
        let accessor = Ident::new("fields", Span::call_site());
        let mut parsed = Structure {
            ident: input.ident,
            vis: input.vis,
            generics: input.generics,
            collection: None,
            id: None,
            indexes: Vec::new(),
            ttl: None,
            krate: syn::parse_quote!(::kora),
            accessor,
            patch: None,
            serde,
            fields: Vec::new(),
        };
        parsed.words(&input.attrs, role, problems);
        let fields = match input.data {
            Data::Struct(data) => data.fields,
            Data::Enum(_) | Data::Union(_) => {
                let name = role.name();
                problems.of(&parsed.ident, format!("only a struct can derive `{name}`"));
                return parsed;
            }
        };
        let Fields::Named(fields) = fields else {
            let message = "the fields need names: documents are objects";
            problems.of(&parsed.ident, message);
            return parsed;
        };
        for field in fields.named {
            let Some(ident) = field.ident.clone() else { continue };
            let field = Field::parse(field, ident, &parsed.serde, role.words().1, problems);
            parsed.fields.push(field);
        }
        parsed
    }

    fn words(&mut self, attributes: &[Attribute], role: Role, problems: &mut Problems) {
        let words = role.words().0;
        for_each_item(attributes, "kora", problems, |item, problems| {
            let name = item.name();
            if words.iter().any(|(word, _)| *word == name) {
                self.word(&item, &name, problems);
                return;
            }
            let of = match role {
                Role::Document => "a document",
                Role::Embed => "a nested struct",
            };
            problems.of(&item.word, words::unknown(&name, words, of));
        });
    }

    fn word(&mut self, item: &Item, name: &str, problems: &mut Problems) {
        match name {
            "collection" => {
                let text = item.text("collection = \"users\"", problems);
                if self.collection.is_some() {
                    problems.of(&item.word, "`collection` stands twice");
                }
                self.collection = text.or(self.collection.take());
            }
            "id" => self.id_word(item, problems),
            "index" => self.indexes.extend(Compound::parse(item, false, problems)),
            "unique" => self.indexes.extend(Compound::parse(item, true, problems)),
            "ttl" => {
                let Some(text) = item.text("ttl = \"30d\"", problems) else { return };
                self.ttl = milliseconds(&text.value());
                if self.ttl.is_none() {
                    problems.of(
                        &text,
                        "a time to live is a whole number and a unit, one of `ms`, `s`, `m`, `h`, \
                         `d`: `ttl = \"30d\"`",
                    );
                }
            }
            "patch" => self.patch = Some(item.flag(problems)),
            "fields" => {
                let text = item.text("fields = \"columns\"", problems);
                self.accessor = parsed_or(text, "the name of a function", problems)
                    .unwrap_or_else(|| self.accessor.clone());
            }
            _ => {
                let text = item.text("crate = \"path\"", problems);
                self.krate =
                    parsed_or(text, "a path", problems).unwrap_or_else(|| self.krate.clone());
            }
        }
    }

    fn id_word(&mut self, item: &Item, problems: &mut Problems) {
        let Rest::List(list) = &item.rest else {
            problems.of(
                &item.word,
                "`id` on the struct names the fields: `id(tenant, number)`; \
                 an id of one field stands on the field",
            );
            return;
        };
        if self.id.is_some() {
            problems.of(&item.word, "`id` stands twice");
        }
        let parts = items(list.clone(), problems).into_iter().map(|item| item.word).collect();
        self.id = Some((parts, item.span()));
    }

    /// The fields that are in documents.
    pub(crate) fn stored(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.is_stored())
    }

    /// The field of this name.
    pub(crate) fn field(&self, ident: &Ident) -> Option<&Field> {
        self.fields.iter().find(|field| field.ident == *ident)
    }
}

/// What a string says in the language of Rust.
pub(crate) fn parsed_or<T: syn::parse::Parse>(
    text: Option<LitStr>,
    what: &str,
    problems: &mut Problems,
) -> Option<T> {
    let text = text?;
    let parsed = text.parse().ok();
    if parsed.is_none() {
        problems.of(&text, format!("`{}` is not {what}", text.value()));
    }
    parsed
}

/// A time like `30d`.
fn milliseconds(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(end);
    let factor = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor).filter(|ms| *ms > 0)
}
