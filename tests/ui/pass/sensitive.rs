use kora::{Database, KoraDocument};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User {
    #[kora(id)]
    id: String,
    #[kora(unique, sensitive)]
    token: String,
}

fn main() {
    let users = Database::in_memory().repository::<User>().unwrap();
    let filter = User::fields().token.eq("secret");
    assert_eq!(format!("{filter} {filter:?}"), "(sensitive) Where((sensitive))");
    let text = format!("{:?}", users.find(filter));
    assert!(!text.contains("secret"));
}
