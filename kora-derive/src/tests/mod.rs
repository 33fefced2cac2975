//! What the derives expand to, as one would read it. `UPDATE_EXPECT=1` writes the texts anew.

use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::quote;

fn parse(tokens: TokenStream) -> syn::DeriveInput {
    syn::parse2(tokens).expect("a struct or an enum")
}

/// Compares code with the text of this name.
fn check(name: &str, code: &TokenStream) {
    let file = syn2::parse_file(&code.to_string()).expect("the code is Rust");
    let text = prettyplease::unparse(&file);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("src/tests/{name}.expanded"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &text).expect("the folder is there");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{name} expands to\n{text}");
}

#[test]
fn the_smallest_document() {
    let code = crate::document(parse(quote! {
        #[kora(collection = "users")]
        struct User {
            #[kora(id)]
            id: String,
        }
    }));
    check("smallest", &code);
}

#[test]
fn a_document_with_every_kind_of_index() {
    let code = crate::document(parse(quote! {
        /// Somebody.
        #[kora(collection = "users", index(city, age), unique(city, email, when = "age > 3"))]
        #[serde(rename_all = "camelCase")]
        pub struct User {
            #[kora(id(auto = ulid))]
            pub id: String,
            /// Where to write to.
            #[kora(unique, sensitive)]
            pub email: String,
            #[kora(index)]
            pub(crate) tags: Vec<String>,
            #[kora(index = hash)]
            city: String,
            #[kora(unique, index = sorted)]
            age: u32,
            #[serde(rename = "nick name", default)]
            #[kora(renamed_from = "alias")]
            nick: String,
            #[serde(skip)]
            cache: u32,
        }
    }));
    check("indexes", &code);
}

#[test]
fn a_document_that_the_engine_keeps_fields_in() {
    let code = crate::document(parse(quote! {
        #[kora(collection = "sessions", ttl = "30d", patch, crate = "crate::store")]
        struct Session {
            #[kora(id)]
            id: u64,
            user: Option<String>,
            #[kora(version)]
            version: u64,
            #[kora(created_at)]
            created_at: SystemTime,
            #[kora(updated_at, index)]
            updated_at: i64,
            #[kora(expires_at)]
            expires_at: Option<i64>,
        }
    }));
    check("kept", &code);
}

#[test]
fn a_generic_document_with_an_id_of_two_fields() {
    let code = crate::document(parse(quote! {
        #[kora(collection = "events", id(tenant, number), fields = "columns")]
        struct Event<T: Clone = u8, const N: usize = 3>
        where
            T: Send,
        {
            tenant: String,
            number: u64,
            body: T,
        }
    }));
    check("generic", &code);
}

#[test]
fn nested_structs() {
    let code = crate::embed(parse(quote! {
        struct Line {
            #[kora(index)]
            sku: String,
            #[kora(embed)]
            from: Place,
            #[serde(flatten)]
            #[kora(embed)]
            more: More,
        }
    }));
    check("nested", &code);
}

#[test]
fn keys() {
    check(
        "key_newtype",
        &crate::key(&parse(quote!(
            struct Id(u64);
        ))),
    );
    check(
        "key_enum",
        &crate::key(&parse(quote!(
            enum State {
                Open,
                Closed,
            }
        ))),
    );
}

#[test]
fn a_struct_with_errors_is_expanded_all_the_same() {
    let code = crate::document(parse(quote! {
        #[kora(colection = "users")]
        struct User {
            name: String,
        }
    }));
    check("errors", &code);
}
