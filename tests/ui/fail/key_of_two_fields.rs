use kora::KoraKey;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraKey)]
struct Pair(u32, u32);

fn main() {}
