use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Plain {
    id: String,
}

fn main() {
    kora::Database::in_memory().repository::<Plain>().ok();
}
