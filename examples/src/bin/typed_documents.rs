//! Typed documents: a struct as a collection with indexes, read and changed by its fields.

use kora::{Database, KoraDocument, KoraEmbed, KoraKey, Update};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", index(city, age, name = "by_city_and_age"))]
struct User {
    #[kora(id(auto = ulid))]
    id: String,
    #[kora(unique)]
    email: String,
    city: String,
    #[kora(index = sorted)]
    age: u32,
    #[kora(index)]
    tags: Vec<String>,
    #[kora(index)]
    state: State,
    #[kora(embed)]
    orders: Vec<Order>,
    nick: Option<String>,
    #[kora(version)]
    version: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, KoraKey)]
#[serde(rename_all = "lowercase")]
enum State {
    Active,
    Blocked,
}

#[derive(Debug, Serialize, Deserialize, KoraEmbed)]
struct Order {
    #[kora(index)]
    sku: String,
    count: u32,
}

fn user(email: &str, city: &str, age: u32) -> User {
    User {
        id: String::new(),
        email: email.into(),
        city: city.into(),
        age,
        tags: vec!["new".into()],
        state: State::Active,
        orders: Vec::new(),
        nick: None,
        version: 0,
    }
}

#[expect(clippy::print_stdout, reason = "a program that shows what it does")]
fn main() -> kora::Result<()> {
    let db = Database::in_memory();
    let users = db.repository::<User>()?;
    let mut ann = user("ann@example.org", "Accra", 31);
    // Given `&mut`, the user gets the id and the version that were stored.
    users.insert(&mut ann)?;
    users.insert_many([
        &user("bob@example.org", "Accra", 25),
        &user("eve@example.org", "Kumasi", 40),
    ])?;

    let f = User::fields();
    let of_accra = users.find(f.city.eq("Accra").and(f.age.ge(30)));
    println!("{} user of Accra is 30 or older: {}", of_accra.count()?, of_accra.explain()?);
    for (email, age) in
        users.find(f.age.between(20, 35)).order_by(f.age.asc()).select((f.email, f.age))?
    {
        println!("{email} is {age}");
    }

    let order = Order { sku: "pen".into(), count: 3 };
    users
        .update(&ann.id)
        .push(f.orders.whole(), order)
        .add(f.age, 1)
        .set(f.nick, "annie")
        .apply()?;
    println!("{} ordered pens", users.find(f.orders.sku.eq("pen")).one()?.email);
    println!("a stale copy is refused: {}", users.save(&ann).expect_err("it has version 1"));

    // What has no type sees the same documents, and is held to the same rules.
    let raw = db.collection("users")?;
    raw.update(&ann.id, &Update::new().set("state", "blocked")?)?;
    let blocked = users.find(f.state.eq(State::Blocked)).one()?;
    println!("{} is blocked, version {}", blocked.email, blocked.version);
    Ok(())
}
