#![deny(warnings)]

mod vendor {
    pub use kora as store;
}

use vendor::store::{Database, KoraDocument, KoraEmbed, KoraKey};

#[derive(serde::Serialize, serde::Deserialize, KoraDocument)]
#[kora(collection = "users", crate = "crate::vendor::store")]
struct User {
    #[kora(id)]
    id: Name,
    #[kora(embed)]
    place: Place,
}

#[derive(serde::Serialize, serde::Deserialize, KoraEmbed)]
#[kora(crate = "crate::vendor::store")]
struct Place {
    #[kora(index)]
    city: String,
}

#[derive(Clone, serde::Serialize, serde::Deserialize, KoraKey)]
#[kora(crate = "crate::vendor::store")]
struct Name(String);

fn main() {
    let users = Database::in_memory().repository::<User>().unwrap();
    users.insert(&User { id: Name("a".into()), place: Place { city: "Accra".into() } }).unwrap();
    let f = User::fields();
    assert_eq!(users.find(f.place.city.eq("Accra")).ids().unwrap()[0].0, "a");
}
