use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User<'a> {
    #[kora(id)]
    id: String,
    name: std::borrow::Cow<'a, str>,
}

fn main() {}
