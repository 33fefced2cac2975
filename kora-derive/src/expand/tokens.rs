//! The fields of a type as a struct of tokens.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;
use syn::ext::IdentExt;

use crate::parse::{Compound, Field, IndexKind, Structure};

/// The kind of a field's index, as a type.
pub(crate) fn kind(structure: &Structure, field: &Field, support: &TokenStream) -> TokenStream {
    let ty = &field.ty;
    let kind = match (field.index, field.unique) {
        _ if field.id.is_some() => quote!(#support::Id),
        (Some((IndexKind::Sorted, _)), Some(_)) => quote!(#support::UniqueSortedIndex),
        (_, Some(_)) => quote!(#support::UniqueIndex),
        (Some((IndexKind::Hash, _)), None) => quote!(#support::HashIndex),
        (Some((IndexKind::Sorted, _)), None) => quote!(#support::SortedIndex),
        (Some((IndexKind::Array, _)), None) => quote!(#support::ArrayIndex),
        (Some((IndexKind::Auto, _)), None) => quote!(<#ty as #support::AutoIndexed>::Kind),
        (None, None) if leads(structure, field) => quote!(#support::Leading),
        (None, None) => quote!(#support::NoIndex),
    };
    if field.is_kept() { quote!(#support::Kept<#kind>) } else { kind }
}

/// Whether the field is the first of a sorted index that holds all documents.
fn leads(structure: &Structure, field: &Field) -> bool {
    let is_led = |index: &&Compound| {
        !index.is_unique && index.when.is_none() && index.fields.first() == Some(&field.ident)
    };
    structure.indexes.iter().any(|index| is_led(&index))
}

/// The name of the struct of tokens.
pub(crate) fn name(structure: &Structure) -> Ident {
    format_ident!("{}Fields", structure.ident.unraw())
}

/// The kind of an index over several fields, as a type.
pub(crate) fn compound_kind(index: &Compound, support: &TokenStream) -> TokenStream {
    match (index.is_unique, index.when.is_some()) {
        (_, true) => quote!(#support::PartialIndex),
        (true, false) => quote!(#support::UniqueIndex),
        (false, false) => quote!(#support::SortedIndex),
    }
}

/// The documentation of a token: that of its field.
pub(crate) fn docs(field: &Field) -> TokenStream {
    if field.docs.is_empty() {
        let text = format!("The field `{}`.", field.ident.unraw());
        return quote!(#[doc = #text]);
    }
    let docs = &field.docs;
    quote!(#(#docs)*)
}

/// Where a field of the document itself stands.
pub(crate) fn place(field: &Field, support: &TokenStream) -> TokenStream {
    let (name, is_sensitive) = (&field.name, field.sensitive.is_some());
    quote!(#support::Place::new(#name, #is_sensitive))
}
