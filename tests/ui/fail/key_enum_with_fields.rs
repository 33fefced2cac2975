use kora::KoraKey;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraKey)]
enum State {
    Open,
    Closed(u32),
}

fn main() {}
