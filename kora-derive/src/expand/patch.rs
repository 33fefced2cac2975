//! `#[kora(patch)]`: a struct with an edit for each field that may be changed.

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::document::where_clause;
use super::{arguments, parameters, support, tokens};
use crate::parse::{Field, Structure};

/// The struct, and how it becomes a change; nothing unless it is asked for.
pub(crate) fn patch(structure: &Structure) -> TokenStream {
    if structure.patch.is_none() {
        return quote!();
    }
    let support = support(&structure.krate);
    let (vis, ident) = (&structure.vis, &structure.ident);
    let name = format_ident!("{}Patch", ident.unraw());
    let (parameters, arguments) = (parameters(&structure.generics), arguments(&structure.generics));
    let bounds = &structure.generics.where_clause;
    let edited: Vec<&Field> =
        structure.stored().filter(|field| is_edited(structure, field)).collect();
    let fields = edited.iter().map(|field| {
        let (docs, vis, ident, ty) = (tokens::docs(field), &field.vis, &field.ident, &field.ty);
        quote!(#docs #vis #ident: #support::Edit<#ty>,)
    });
    let keeps = edited.iter().map(|field| {
        let ident = &field.ident;
        quote!(#ident: #support::Edit::Keep,)
    });
    let edits = edited.iter().map(|field| edit(structure, field, &support));
    let written = edited.iter().filter_map(|field| self::bounds(structure, field, &support));
    let written: TokenStream = written.collect();
    let is_generic = !written.is_empty();
    let written = where_clause(bounds.as_ref(), is_generic.then_some(written));
    let docs = format!("Edits of some fields of a `{ident}`; the default edits none.");
    quote! {
        #[doc = #docs]
        #vis struct #name<#parameters> #bounds {
            #(#fields)*
        }

        const _: () = {
            impl<#parameters> ::core::default::Default for #name<#arguments> #bounds {
                fn default() -> Self {
                    #name { #(#keeps)* }
                }
            }

            impl<#parameters> ::core::fmt::Debug for #name<#arguments> #bounds {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct(::core::stringify!(#name)).finish_non_exhaustive()
                }
            }

            #[automatically_derived]
            impl<#parameters> #support::Patch<#ident<#arguments>> for #name<#arguments> #written {
                fn into_change(self) -> #support::Change<#ident<#arguments>> {
                    #support::Change::new() #(#edits)*
                }
            }
        };
    }
}

fn is_edited(structure: &Structure, field: &Field) -> bool {
    let is_id = field.id.is_some()
        || structure.id.as_ref().is_some_and(|(parts, _)| parts.contains(&field.ident));
    !is_id && !field.is_kept() && !field.is_flat()
}

/// What a field of a generic type must be to be written.
fn bounds(structure: &Structure, field: &Field, support: &TokenStream) -> Option<TokenStream> {
    let ty = &field.ty;
    let names = structure.generics.type_params().map(|parameter| &parameter.ident);
    let is_generic = names.into_iter().any(|name| mentions(quote!(#ty), name));
    is_generic.then(|| quote!(#ty: #support::Serialize,))
}

/// Recurses as deep as types are written.
fn mentions(tokens: TokenStream, name: &syn::Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn edit(structure: &Structure, field: &Field, support: &TokenStream) -> TokenStream {
    let (of, arguments) = (&structure.ident, arguments(&structure.generics));
    let (ident, ty, place) = (&field.ident, &field.ty, tokens::place(field, support));
    quote! {
        .edit(
            #support::Field::<#of<#arguments>, #ty, #support::NoIndex>::at(const { &#place }),
            self.#ident,
        )
    }
}
