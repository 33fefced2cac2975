use kora::{Database, KoraDocument, KoraEmbed};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User {
    #[kora(id)]
    id: String,
    #[serde(flatten)]
    #[kora(embed)]
    place: Place,
}

#[derive(Serialize, Deserialize, KoraEmbed)]
struct Place {
    #[kora(index)]
    city: String,
}

fn main() -> kora::Result<()> {
    let users = Database::in_memory().repository::<User>()?;
    users.insert(&User { id: "a".into(), place: Place { city: "Accra".into() } })?;
    let f = User::fields();
    assert_eq!(f.place.city.eq("x").to_string(), "city = 'x'");
    assert_eq!(users.find(f.place.city.eq("Accra")).count()?, 1);
    Ok(())
}
