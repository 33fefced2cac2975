//! From plain structs to code. Generated code names `kora::repository::support` and `core`, and
//! nothing else.

mod checks;
mod declaration;
mod document;
mod embed;
mod key;
mod patch;
mod tokens;

pub(crate) use document::document;
pub(crate) use embed::embed;
pub(crate) use key::key;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Path};

/// The module that generated code names.
fn support(krate: &Path) -> TokenStream {
    quote!(#krate::repository::support)
}

/// The parameters of a type without defaults, with a comma behind each: they follow others.
fn parameters(generics: &Generics) -> TokenStream {
    let parameters = generics.params.iter().map(|parameter| {
        let mut parameter = parameter.clone();
        match &mut parameter {
            syn::GenericParam::Type(parameter) => parameter.default = None,
            syn::GenericParam::Const(parameter) => parameter.default = None,
            syn::GenericParam::Lifetime(_) => {}
        }
        quote!(#parameter,)
    });
    quote!(#(#parameters)*)
}

/// The arguments of a type, with a comma behind each.
fn arguments(generics: &Generics) -> TokenStream {
    let arguments = generics.params.iter().map(|parameter| match parameter {
        syn::GenericParam::Type(parameter) => {
            let ident = &parameter.ident;
            quote!(#ident,)
        }
        syn::GenericParam::Const(parameter) => {
            let ident = &parameter.ident;
            quote!(#ident,)
        }
        syn::GenericParam::Lifetime(parameter) => {
            let lifetime = &parameter.lifetime;
            quote!(#lifetime,)
        }
    });
    quote!(#(#arguments)*)
}
