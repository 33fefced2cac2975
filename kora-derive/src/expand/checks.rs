//! Questions to the compiler: does the type of a field fit what is said of it?
//!
//! Each is a call that is never made, with the field's type where the user wrote it, so that the
//! answer points there. No type is looked at by name: aliases deceive nobody.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{parameters, support};
use crate::parse::{Field, IndexKind, Structure};

/// A function whose body asks.
pub(crate) fn checks(structure: &Structure) -> TokenStream {
    let support = support(&structure.krate);
    let asked: Vec<TokenStream> =
        structure.stored().flat_map(|field| of_field(structure, field, &support)).collect();
    let parameters = parameters(&structure.generics);
    let bounds = &structure.generics.where_clause;
    quote! {
        #[allow(dead_code, clippy::extra_unused_type_parameters)]
        fn __kora_checks<#parameters>() #bounds {
            #(#asked)*
        }
    }
}

fn of_field(structure: &Structure, field: &Field, support: &TokenStream) -> Vec<TokenStream> {
    let mut names = Vec::new();
    match field.index {
        // The type of the token asks, as the trait does for an id, a version, a time and a nested
        // struct: asking twice would be answered twice.
        Some((IndexKind::Auto, _)) | None => {}
        Some((IndexKind::Hash, _)) => names.push("key"),
        Some((IndexKind::Sorted, _)) => names.push("sorted_key"),
        Some((IndexKind::Array, _)) => names.push("array_key"),
    }
    let is_compound = structure.indexes.iter().any(|index| index.fields.contains(&field.ident));
    if field.unique.is_some() || is_compound {
        names.push("key");
    }
    if field.auto.is_some() {
        names.push("made_id");
    }
    if field.expires_at.is_some() {
        names.push("optional_timestamp");
    }
    let ty = &field.ty;
    let ask = |name| {
        let name = syn::Ident::new(name, ty.span());
        quote_spanned!(ty.span()=> #support::#name::<#ty>();)
    };
    names.into_iter().map(ask).collect()
}
