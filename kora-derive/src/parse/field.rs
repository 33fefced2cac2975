//! One field: its type, its name in documents, and the words of `#[kora(..)]` on it.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Attribute, Ident, LitStr, Type, Visibility};

use super::list::{Item, Rest, for_each_item, items, word_of};
use super::serde::{SerdeContainer, SerdeField};
use crate::problems::Problems;
use crate::words::{self, Word};

/// How an id is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auto {
    Ulid,
    Uuid7,
}

/// The kind of an index, as far as it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IndexKind {
    /// The type's own.
    Auto,
    Hash,
    Sorted,
    Array,
}

/// One field.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) vis: Visibility,
    pub(crate) docs: Vec<Attribute>,
    /// Its name in documents.
    pub(crate) name: String,
    pub(crate) id: Option<Span>,
    pub(crate) auto: Option<(Auto, Span)>,
    pub(crate) index: Option<(IndexKind, Span)>,
    pub(crate) unique: Option<Span>,
    pub(crate) embed: Option<Span>,
    pub(crate) version: Option<Span>,
    pub(crate) created_at: Option<Span>,
    pub(crate) updated_at: Option<Span>,
    pub(crate) expires_at: Option<Span>,
    pub(crate) renamed_from: Vec<LitStr>,
    pub(crate) sensitive: Option<Span>,
    pub(crate) has_default: bool,
    pub(crate) serde: SerdeField,
}

impl Field {
    pub(crate) fn parse(
        field: syn::Field,
        ident: Ident,
        container: &SerdeContainer,
        words: &'static [Word],
        problems: &mut Problems,
    ) -> Field {
        let serde = SerdeField::parse(&field.attrs, problems);
        let name = serde
            .rename
            .as_ref()
            .map_or_else(|| container.case.apply(&ident.unraw().to_string()), LitStr::value);
        let docs = field.attrs.iter().filter(|it| it.path().is_ident("doc")).cloned().collect();
        let mut parsed = Field {
            ident,
            ty: field.ty,
            vis: field.vis,
            docs,
            name,
            id: None,
            auto: None,
            index: None,
            unique: None,
            embed: None,
            version: None,
            created_at: None,
            updated_at: None,
            expires_at: None,
            renamed_from: Vec::new(),
            sensitive: None,
            has_default: container.has_default || serde.has_default,
            serde,
        };
        for_each_item(&field.attrs, "kora", problems, |item, problems| {
            parsed.word(&item, words, problems);
        });
        parsed
    }

    fn word(&mut self, item: &Item, words: &'static [Word], problems: &mut Problems) {
        let name = item.name();
        if words.iter().all(|(word, _)| *word != name) {
            let of = if words.len() == words::FIELD.len() { "a field" } else { "a nested field" };
            problems.of(&item.word, words::unknown(&name, words, of));
            return;
        }
        let slot = match &*name {
            "id" => {
                self.id_word(item, problems);
                return;
            }
            "index" => {
                self.index_word(item, problems);
                return;
            }
            "renamed_from" => {
                let old = item.text("renamed_from = \"old\"", problems);
                self.renamed_from.extend(old);
                return;
            }
            "unique" => &mut self.unique,
            "embed" => &mut self.embed,
            "version" => &mut self.version,
            "created_at" => &mut self.created_at,
            "updated_at" => &mut self.updated_at,
            "expires_at" => &mut self.expires_at,
            _ => &mut self.sensitive,
        };
        let span = item.flag(problems);
        if slot.replace(span).is_some() {
            twice(item, problems);
        }
    }

    fn id_word(&mut self, item: &Item, problems: &mut Problems) {
        if self.id.replace(item.span()).is_some() {
            twice(item, problems);
        }
        match &item.rest {
            Rest::Nothing => {}
            Rest::Value(_) => problems.of(&item.word, "`id` stands alone, or as `id(auto = ulid)`"),
            Rest::List(list) => {
                for item in items(list.clone(), problems) {
                    self.auto_word(&item, problems);
                }
            }
        }
    }

    fn auto_word(&mut self, item: &Item, problems: &mut Problems) {
        let value = match &item.rest {
            Rest::Value(value) if item.name() == "auto" => word_of(value),
            Rest::Nothing | Rest::Value(_) | Rest::List(_) => {
                problems.of(&item.word, "an id takes `id(auto = ulid)` or `id(auto = uuid7)`");
                return;
            }
        };
        match value.as_ref().map(ToString::to_string).as_deref() {
            Some("ulid") => self.auto = Some((Auto::Ulid, item.span())),
            Some("uuid7") => self.auto = Some((Auto::Uuid7, item.span())),
            _ => problems.of(&item.word, "ids are made as `auto = ulid` or `auto = uuid7`"),
        }
    }

    fn index_word(&mut self, item: &Item, problems: &mut Problems) {
        const KINDS: [(&str, IndexKind); 3] =
            [("hash", IndexKind::Hash), ("sorted", IndexKind::Sorted), ("array", IndexKind::Array)];
        let kind = match &item.rest {
            Rest::Nothing => IndexKind::Auto,
            Rest::List(_) => {
                problems.of(
                    &item.word,
                    "an index over several fields stands on the struct: `#[kora(index(city, age))]`",
                );
                return;
            }
            Rest::Value(value) => {
                let word = word_of(value).map(|word| word.to_string()).unwrap_or_default();
                match KINDS.iter().find(|(name, _)| *name == word) {
                    Some((_, kind)) => *kind,
                    None if word == "unique" => {
                        problems.of(value, "`unique` is a word of its own: `#[kora(unique)]`");
                        return;
                    }
                    None => {
                        let names = KINDS.iter().map(|(name, _)| *name);
                        let message =
                            words::unknown_name(&word, names, "no kind of index", "the kinds are");
                        problems.of(value, message);
                        return;
                    }
                }
            }
        };
        if self.index.replace((kind, item.span())).is_some() {
            twice(item, problems);
        }
    }

    /// Whether it is in documents.
    pub(crate) fn is_stored(&self) -> bool {
        self.serde.skip.is_none()
    }

    /// Whether its fields stand beside those around it.
    pub(crate) fn is_flat(&self) -> bool {
        self.serde.flatten.is_some()
    }

    /// Whether the engine writes it.
    pub(crate) fn is_kept(&self) -> bool {
        self.version.is_some() || self.created_at.is_some() || self.updated_at.is_some()
    }
}

fn twice(item: &Item, problems: &mut Problems) {
    problems.of(&item.word, format!("`{}` stands twice", item.name()));
}
