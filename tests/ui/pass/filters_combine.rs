use kora::{Database, KoraDocument};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User {
    #[kora(id)]
    id: String,
    #[kora(unique)]
    email: String,
    #[kora(unique, index = sorted)]
    number: u32,
    #[kora(index)]
    city: String,
    name: String,
    nick: Option<String>,
}

fn main() {
    let users = Database::in_memory().repository::<User>().unwrap();
    let f = User::fields();
    let name = Some(f.name.eq("Ann"));
    let _ = users.find(f.city.eq("Accra").and(f.name.starts_with("A")).and_opt(name));
    let _ = users.find(f.name.eq("Ann").and(f.city.in_list(["Accra", "Kumasi"])));
    let _ = users.find(f.email.eq("a").or(f.email.eq("b")).or(f.id.eq("x")));
    let _ = users.find(f.number.between(1, 5).or(f.city.eq("Accra")));
    let _ = users.find(f.number.eq(3)).and(f.nick.eq("x")).order_by(f.name.asc());
    let _ = users.scan(f.city.scan().gt("A").or(f.nick.is_none().not()));
    let _ = users.scan(f.nick.eq(None::<String>));
}
