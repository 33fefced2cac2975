//! What is declared of a type, as a constant.

use proc_macro2::TokenStream;
use quote::quote;

use crate::parse::{Field, IndexKind, Structure};

/// One field.
pub(crate) fn field(field: &Field, support: &TokenStream) -> TokenStream {
    let (name, ty) = (&field.name, &field.ty);
    let new = if field.embed.is_some() {
        quote! {
            #support::FieldShape::nested(
                #name,
                <#ty as #support::KoraEmbed>::SHAPE,
                <#ty as #support::KoraEmbed>::FIELDS,
            )
        }
    } else {
        quote! {
            #support::FieldShape::new(#name, #support::Probe::<#ty>::SHAPE)
                .optional(#support::OptionProbe::<#ty>::IS_OPTION)
        }
    };
    let index = field.index.map(|(kind, _)| {
        let kind = match kind {
            IndexKind::Auto => quote!(<#ty as #support::AutoIndexed>::Kind),
            IndexKind::Hash => quote!(#support::HashIndex),
            IndexKind::Sorted => quote!(#support::SortedIndex),
            IndexKind::Array => quote!(#support::ArrayIndex),
        };
        quote!(.index(<#kind as #support::Declared>::INDEX))
    });
    let unique = field.unique.map(|_| quote!(.unique()));
    let default = (field.has_default || is_filled(field)).then(|| quote!(.with_default()));
    let flat = field.is_flat().then(|| quote!(.flat()));
    let old = &field.renamed_from;
    let renamed = (!old.is_empty()).then(|| quote!(.renamed_from(&[#(#old),*])));
    quote!(#new #index #unique #default #flat #renamed)
}

/// Whether the engine writes the field, so that no stored document lacks it for long.
fn is_filled(field: &Field) -> bool {
    field.id.is_some()
}

/// A time field: its name and how it is written.
pub(crate) fn time(
    structure: &Structure,
    is_it: impl Fn(&Field) -> bool,
    support: &TokenStream,
) -> TokenStream {
    match structure.stored().find(|field| is_it(field)) {
        None => quote!(::core::option::Option::None),
        Some(field) => {
            let (name, ty) = (&field.name, &field.ty);
            quote!(::core::option::Option::Some((#name, <#ty as #support::Timestamp>::FORMAT)))
        }
    }
}

/// The indexes over several fields.
pub(crate) fn compounds(structure: &Structure, support: &TokenStream) -> Vec<TokenStream> {
    let compound = |index: &crate::parse::Compound| {
        let name = index.name();
        let kind = if index.is_unique { quote!(Unique) } else { quote!(Sorted) };
        let fields = index.fields.iter().filter_map(|field| structure.field(field));
        let fields = fields.map(|field| &field.name);
        let when = match &index.when {
            Some(when) => quote!(::core::option::Option::Some(#when)),
            None => quote!(::core::option::Option::None),
        };
        quote! {
            #support::CompoundShape {
                name: #name,
                kind: #support::IndexKind::#kind,
                fields: &[#(#fields),*],
                when: #when,
            }
        }
    };
    structure.indexes.iter().map(compound).collect()
}
