use kora::{Database, KoraDocument};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "things", index(r#type, r#match, name = "both"))]
struct r#Thing {
    #[kora(id)]
    id: u64,
    r#type: String,
    r#match: u32,
    #[kora(index)]
    fields: String,
}

fn main() {
    let f = r#Thing::fields();
    assert_eq!(f.both.eq(("a", 1)).to_string(), "type = 'a' AND match = 1");
    assert_eq!(f.fields.eq("x").to_string(), "fields = 'x'");
    Database::in_memory().repository::<r#Thing>().unwrap();
}
