//! Indexes over several fields, or over some documents: `index(city, age, name = "by_city")`.

use proc_macro2::{Span, TokenStream};
use syn::{Ident, LitStr};

use super::list::{Item, Rest, items};
use crate::problems::Problems;

/// An index of the struct.
pub(crate) struct Compound {
    pub(crate) span: Span,
    pub(crate) is_unique: bool,
    pub(crate) fields: Vec<Ident>,
    pub(crate) name: Option<LitStr>,
    pub(crate) when: Option<LitStr>,
}

impl Compound {
    pub(crate) fn parse(item: &Item, is_unique: bool, problems: &mut Problems) -> Option<Compound> {
        let word = item.name();
        let Rest::List(list) = &item.rest else {
            problems.of(
                &item.word,
                format!(
                    "`{word}` on the struct takes the fields: `{word}(city, age)`; \
                     for one field put `#[kora({word})]` on the field"
                ),
            );
            return None;
        };
        let span = item.span();
        let mut index = Compound { span, is_unique, fields: Vec::new(), name: None, when: None };
        index.read(list.clone(), problems);
        Some(index)
    }

    fn read(&mut self, list: TokenStream, problems: &mut Problems) {
        for item in items(list, problems) {
            match (&*item.name(), &item.rest) {
                ("name", Rest::Value(_)) => {
                    self.name = item.text("name = \"by_city_and_age\"", problems);
                }
                ("when", Rest::Value(_)) => {
                    self.when = item.text("when = \"active = true\"", problems);
                }
                (_, Rest::Nothing) => self.fields.push(item.word),
                (word, Rest::Value(_)) => problems.of(
                    &item.word,
                    format!("`{word}` is no option of an index\nthe options are `name` and `when`"),
                ),
                (_, Rest::List(_)) => {
                    problems.of(&item.word, "a field stands here by its name alone");
                }
            }
        }
    }

    /// Its name: the given one, or the fields with `_` between them.
    pub(crate) fn name(&self) -> String {
        self.name.as_ref().map_or_else(
            || self.fields.iter().map(ToString::to_string).collect::<Vec<_>>().join("_"),
            LitStr::value,
        )
    }
}
