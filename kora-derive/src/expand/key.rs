//! `#[derive(KoraKey)]`: newtypes and enums without fields as keys.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Member, Path, Type};

use super::document::where_clause;
use super::{arguments, parameters, support};
use crate::parse::{SerdeContainer, for_each_item};
use crate::problems::Problems;
use crate::words;

/// What serde makes of the key.
enum Form {
    /// The name of a variant.
    Variant,
    /// What it makes of the only field.
    Inner(Member, Box<Type>),
    /// This class, as the user says.
    Said(&'static str),
}

/// The words of `as`, with the class and kind of each.
const CLASSES: [(&str, &str); 4] =
    [("text", "Text"), ("whole", "Whole"), ("real", "Real"), ("bool", "Truth")];

/// The code of a key.
pub(crate) fn key(input: &DeriveInput, problems: &mut Problems) -> TokenStream {
    let serde = SerdeContainer::parse(&input.attrs, problems);
    let (said, krate) = read_words(input, problems);
    if let (Some(span), None) = (serde.untagged.or(serde.replaced), said) {
        problems.at(
            span,
            "serde stores this in another form: say which with `#[kora(as = \"text\")]`, \
             or `whole`, `real`, `bool`",
        );
    }
    let form = match said {
        Some(class) => Form::Said(class),
        None => form(input, problems),
    };
    implementation(input, &form, &support(&krate))
}

fn read_words(input: &DeriveInput, problems: &mut Problems) -> (Option<&'static str>, Path) {
    let (mut said, mut krate) = (None, syn::parse_quote!(::kora));
    for_each_item(&input.attrs, "kora", problems, |item, problems| match &*item.name() {
        "as" => {
            let Some(text) = item.text("as = \"text\"", problems) else { return };
            let class = CLASSES.iter().find(|(word, _)| *word == text.value());
            said = class.map(|(_, class)| *class);
            if said.is_none() {
                let names = CLASSES.iter().map(|(word, _)| *word);
                let message =
                    words::unknown_name(&text.value(), names, "no form of a key", "the forms are");
                problems.of(&text, message);
            }
        }
        "crate" => {
            if let Some(path) = item.text("crate = \"path\"", problems) {
                match path.parse() {
                    Ok(path) => krate = path,
                    Err(_) => problems.of(&path, "expected a path"),
                }
            }
        }
        word => problems.of(&item.word, words::unknown(word, words::KEY, "a key")),
    });
    (said, krate)
}

fn form(input: &DeriveInput, problems: &mut Problems) -> Form {
    match &input.data {
        Data::Enum(data) => {
            for variant in data.variants.iter().filter(|it| !matches!(it.fields, Fields::Unit)) {
                problems.of(
                    variant,
                    "a key is one value, and a variant with fields is an object: \
                     take the fields out, or do not index the enum",
                );
            }
            Form::Variant
        }
        Data::Struct(data) if data.fields.len() == 1 => {
            let field = data.fields.iter().next().expect("there is one");
            let member = match &field.ident {
                Some(ident) => Member::Named(ident.clone()),
                None => Member::Unnamed(0.into()),
            };
            let is_transparent =
                SerdeContainer::parse(&input.attrs, &mut Problems::default()).transparent.is_some();
            if field.ident.is_some() && !is_transparent {
                problems.of(
                    &input.ident,
                    "serde writes this struct as an object: make it a newtype, \
                     or add `#[serde(transparent)]`",
                );
            }
            Form::Inner(member, Box::new(field.ty.clone()))
        }
        Data::Struct(_) | Data::Union(_) => {
            problems.of(
                &input.ident,
                "a key is one value: only a newtype or an enum without fields can derive `KoraKey`",
            );
            Form::Variant
        }
    }
}

fn implementation(input: &DeriveInput, form: &Form, support: &TokenStream) -> TokenStream {
    let ident = &input.ident;
    let (parameters, arguments) = (parameters(&input.generics), arguments(&input.generics));
    let is_generic = !input.generics.params.is_empty();
    let mut own = is_generic.then(|| quote!(#ident<#arguments>: #support::Serialize,));
    let (class, kind, shape, text) = match form {
        Form::Variant => (
            quote!(#support::Variant),
            quote!(#support::HashIndex),
            quote!(#support::Shape::Text),
            None,
        ),
        Form::Said(class) => {
            let kind = match *class {
                "Text" | "Truth" => quote!(#support::HashIndex),
                _ => quote!(#support::SortedIndex),
            };
            let shape = match *class {
                "Text" => quote!(Text),
                "Truth" => quote!(Bool),
                _ => quote!(Any),
            };
            let class = format_ident!("{class}");
            (quote!(#support::#class), kind, quote!(#support::Shape::#shape), None)
        }
        Form::Inner(member, ty) => {
            own = own.map(|own| quote!(#own #ty: #support::KoraKey + #support::AutoIndexed,));
            let span = ty.span();
            let class = quote::quote_spanned!(span=> <#ty as #support::KoraKey>::Class);
            let text = quote! {
                fn as_text(&self) -> ::core::option::Option<&str> {
                    #support::KoraKey::as_text(&self.#member)
                }
            };
            let kind = quote!(<#ty as #support::AutoIndexed>::Kind);
            (class, kind, quote!(#support::Probe::<#ty>::SHAPE), Some(text))
        }
    };
    let bounds = where_clause(input.generics.where_clause.as_ref(), own);
    quote! {
        #[allow(unused_imports, deprecated, clippy::pedantic, reason = "generated by `KoraKey`")]
        const _: () = {
            use #support::Unshaped as _;

            #[automatically_derived]
            impl<#parameters> #support::KoraKey for #ident<#arguments> #bounds {
                type Class = #class;

                #text
            }

            #[automatically_derived]
            impl<#parameters> #support::AutoIndexed for #ident<#arguments> #bounds {
                type Kind = #kind;
            }

            #[automatically_derived]
            impl<#parameters> #support::Shaped for #ident<#arguments> #bounds {
                const SHAPE: #support::Shape = #shape;
            }
        };
    }
}
