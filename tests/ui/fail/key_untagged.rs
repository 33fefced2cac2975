use kora::KoraKey;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraKey)]
#[serde(untagged)]
enum State {
    Open,
}

fn main() {}
