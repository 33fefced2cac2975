//! The lists within `#[kora(..)]` and `#[serde(..)]`: words with or without something behind them.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Expr, Ident, LitStr, Meta, Token};

use crate::problems::Problems;

/// What stands behind a word.
#[derive(Debug)]
pub(crate) enum Rest {
    /// Nothing.
    Nothing,
    /// `= value`
    Value(TokenStream),
    /// `(..)`
    List(TokenStream),
}

/// A word of a list.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) word: Ident,
    pub(crate) rest: Rest,
}

impl Item {
    /// The word as text.
    pub(crate) fn name(&self) -> String {
        self.word.unraw().to_string()
    }

    /// Where the word stands.
    pub(crate) fn span(&self) -> Span {
        self.word.span()
    }

    /// Nothing may stand behind the word.
    pub(crate) fn flag(&self, problems: &mut Problems) -> Span {
        if !matches!(self.rest, Rest::Nothing) {
            problems.of(&self.word, format!("`{}` stands alone", self.name()));
        }
        self.span()
    }

    /// A string stands behind the word: `word = ".."`.
    pub(crate) fn text(&self, example: &str, problems: &mut Problems) -> Option<LitStr> {
        let text = match &self.rest {
            Rest::Value(value) => syn::parse2::<LitStr>(value.clone()).ok(),
            Rest::Nothing | Rest::List(_) => None,
        };
        if text.is_none() {
            problems.of(&self.word, format!("`{}` takes a string: `{example}`", self.name()));
        }
        text
    }
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Item> {
        let word = input.call(Ident::parse_any)?;
        let rest = if input.peek(syn::token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            Rest::List(content.parse()?)
        } else if input.parse::<Option<Token![=]>>()?.is_some() {
            Rest::Value(until_comma(input)?)
        } else {
            Rest::Nothing
        };
        Ok(Item { word, rest })
    }
}

/// All tokens up to a comma that is not within brackets.
fn until_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    if tokens.is_empty() {
        return Err(input.error("a value is missing"));
    }
    Ok(tokens)
}

/// Reads a list; what is no item is noted and left out.
pub(crate) fn items(tokens: TokenStream, problems: &mut Problems) -> Vec<Item> {
    let read = |input: ParseStream<'_>| {
        let mut found = Vec::new();
        while !input.is_empty() {
            let item = input.parse::<Item>().and_then(|item| {
                if input.is_empty() || input.peek(Token![,]) {
                    Ok(item)
                } else {
                    Err(input.error("expected `,`"))
                }
            });
            let is_bad = item.is_err();
            found.push(item);
            if is_bad {
                until_comma(input).ok();
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(found)
    };
    let found = read.parse2(tokens).unwrap_or_else(|error| vec![Err(error)]);
    let keep = |item: syn::Result<Item>| item.map_err(|error| problems.add(error)).ok();
    found.into_iter().filter_map(keep).collect()
}

/// Visits the items of all attributes of this name.
pub(crate) fn for_each_item(
    attributes: &[Attribute],
    name: &str,
    problems: &mut Problems,
    mut visit: impl FnMut(Item, &mut Problems),
) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
        let Meta::List(list) = &attribute.meta else {
            problems.of(attribute, format!("`#[{name}(..)]` takes a list of words"));
            continue;
        };
        for item in items(list.tokens.clone(), problems) {
            visit(item, problems);
        }
    }
}

/// A value that is a single word: `auto = ulid`.
pub(crate) fn word_of(value: &TokenStream) -> Option<Ident> {
    match syn::parse2::<Expr>(value.clone()) {
        Ok(Expr::Path(path)) => path.path.get_ident().cloned(),
        _ => None,
    }
}
