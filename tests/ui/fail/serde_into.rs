use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
#[serde(into = "String", from = "String")]
struct User {
    #[kora(id)]
    id: String,
}

impl From<User> for String {
    fn from(user: User) -> String {
        user.id
    }
}

impl From<String> for User {
    fn from(id: String) -> User {
        User { id }
    }
}

fn main() {}
