#![deny(warnings)]

use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", fields = "columns")]
struct User {
    #[kora(id)]
    id: String,
    #[kora(index = sorted)]
    age: u32,
}

impl User {
    fn id(&self) -> &str {
        &self.id
    }

    fn age(&self) -> u32 {
        self.age
    }

    fn fields(&self) -> usize {
        2
    }
}

fn main() {
    let ann = User { id: "ann".into(), age: 31 };
    assert_eq!((ann.id(), ann.age(), ann.fields()), ("ann", 31, 2));
    assert_eq!(User::columns().age.ge(30).to_string(), "age >= 30");
}
