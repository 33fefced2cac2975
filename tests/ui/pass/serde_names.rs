use kora::{Database, KoraDocument};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
#[serde(rename_all = "camelCase")]
struct User {
    #[kora(id)]
    user_id: String,
    #[kora(index)]
    first_name: String,
    #[serde(rename = "odd name")]
    #[kora(index = sorted)]
    odd: u32,
    #[serde(skip)]
    cached: u32,
    #[serde(default)]
    more: Vec<String>,
}

fn main() -> kora::Result<()> {
    let users = Database::in_memory().repository::<User>()?;
    users.insert(&User {
        user_id: "a".into(),
        first_name: "Ann".into(),
        odd: 3,
        cached: 9,
        more: vec![],
    })?;
    let f = User::fields();
    assert_eq!(f.odd.gt(1).to_string(), "`odd name` > 1");
    assert_eq!(users.find(f.first_name.eq("Ann").and(f.odd.eq(3))).one()?.cached, 0);
    let text = users.collection().get_json("a")?.unwrap();
    assert_eq!(text, r#"{"userId":"a","firstName":"Ann","odd name":3,"more":[]}"#);
    Ok(())
}
