use kora::KoraKey;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraKey)]
#[kora(as = "number")]
struct Number(u32);

fn main() {}
