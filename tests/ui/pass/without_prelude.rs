#![no_implicit_prelude]
#![allow(dead_code)]

#[derive(::serde::Serialize, ::serde::Deserialize, ::kora::KoraDocument)]
#[kora(collection = "users", patch, index(age, name))]
struct User {
    #[kora(id(auto = ulid))]
    id: ::std::string::String,
    age: u32,
    #[kora(index)]
    name: ::std::string::String,
    #[kora(embed)]
    place: ::std::vec::Vec<Place>,
    #[kora(version)]
    version: u64,
}

#[derive(::serde::Serialize, ::serde::Deserialize, ::kora::KoraEmbed)]
struct Place {
    #[kora(index)]
    city: ::std::string::String,
}

#[derive(::serde::Serialize, ::serde::Deserialize, ::kora::KoraKey)]
enum Kind {
    One,
}

fn main() {}
