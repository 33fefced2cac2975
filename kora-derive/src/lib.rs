//! Derive macros of Kora: `KoraDocument`, `KoraEmbed` and `KoraKey`.
//!
//! `parse` reads what the user wrote, `check` knows the rules between words, `expand` writes code.
//! All that is wrong with a type is reported at once, each at its place; and whatever is wrong, the
//! code of what could be read is written, so that the rest of the user's crate is checked too.

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

mod check;
mod expand;
mod parse;
mod problems;
mod words;

#[cfg(test)]
mod tests;

use parse::{Role, Structure};
use problems::Problems;

/// Makes a struct the documents of a collection.
///
/// Names of fields are serde's: `rename`, `rename_all`, `skip`, `default` and `flatten` are
/// followed, and what cannot be followed is refused.
///
/// On the struct, `#[kora(..)]` takes
///
/// | word | meaning |
/// |---|---|
/// | `collection = "users"` | the collection; required |
/// | `id(tenant, number)` | the id is these fields together |
/// | `index(city, age)` | a sorted index over several fields; `name = ".."`, `when = "active = true"` |
/// | `unique(tenant, email)` | no two documents have the same; options as of `index` |
/// | `ttl = "30d"` | how long a new document lives (`ms`, `s`, `m`, `h`, `d`) |
/// | `patch` | makes `UserPatch`, see `Repository::patch` |
/// | `fields = "columns"` | another name for the function `fields` |
/// | `crate = "path"` | where the crate `kora` is |
///
/// and on a field
///
/// | word | meaning |
/// |---|---|
/// | `id` | the id; `id(auto = ulid)` and `id(auto = uuid7)` make one where it is empty |
/// | `index` | an index of the kind that the type suggests: hash for strings, booleans and enums, sorted for numbers, array for arrays; or `index = hash`, `sorted`, `array` |
/// | `unique` | no two documents have the same value; also finds equal ones |
/// | `embed` | a nested struct that derives `KoraEmbed`, an `Option` or a `Vec` of one |
/// | `version` | a `u64` that is raised by every change; who writes an older one is refused |
/// | `created_at`, `updated_at` | a time that the engine writes: `SystemTime`, or milliseconds as `i64` or `u64` |
/// | `expires_at` | an `Option` of a time: when the document goes |
/// | `renamed_from = "old"` | the name that the field had: stored documents are changed |
/// | `sensitive` | values are not shown by `Debug` and `Display` of filters |
#[proc_macro_derive(KoraDocument, attributes(kora))]
pub fn derive_document(input: TokenStream) -> TokenStream {
    document(parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct one whose fields have tokens and may have indexes within documents.
///
/// On its fields, `#[kora(..)]` takes `index`, `unique`, `embed`, `renamed_from` and `sensitive`, as
/// for `KoraDocument`.
#[proc_macro_derive(KoraEmbed, attributes(kora))]
pub fn derive_embed(input: TokenStream) -> TokenStream {
    embed(parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a newtype, or an enum without fields, a value that indexes hold and filters compare.
///
/// A key is what serde writes. Where that cannot be seen from the type, `#[kora(as = "text")]`,
/// `whole`, `real` or `bool` says it.
#[proc_macro_derive(KoraKey, attributes(kora))]
pub fn derive_key(input: TokenStream) -> TokenStream {
    key(&parse_macro_input!(input as DeriveInput)).into()
}

fn document(input: DeriveInput) -> proc_macro2::TokenStream {
    structure(input, Role::Document, expand::document)
}

fn embed(input: DeriveInput) -> proc_macro2::TokenStream {
    structure(input, Role::Embed, expand::embed)
}

fn structure(
    input: DeriveInput,
    role: Role,
    expand: impl Fn(&Structure) -> proc_macro2::TokenStream,
) -> proc_macro2::TokenStream {
    let mut problems = Problems::default();
    let structure = Structure::parse(input, role, &mut problems);
    check::check(&structure, role, &mut problems);
    let mut code = expand(&structure);
    code.extend(problems.into_tokens());
    code
}

fn key(input: &DeriveInput) -> proc_macro2::TokenStream {
    let mut problems = Problems::default();
    let mut code = expand::key(input, &mut problems);
    code.extend(problems.into_tokens());
    code
}
