use kora::{Database, KoraDocument};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User {
    #[kora(id)]
    id: String,
}

fn main() -> kora::Result<()> {
    let users = Database::in_memory().repository::<User>()?;
    users.insert(&User { id: "ann".into() })?;
    assert!(users.exists("ann")?);
    assert_eq!(users.find(User::fields().id.eq("ann")).count()?, 1);
    Ok(())
}
