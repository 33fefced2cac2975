use axum::{Router, routing::get};
use kora_tower::Doc;

async fn show(user: Doc<String>) -> String {
    user.into_inner()
}

fn main() {
    let _: Router = Router::new().route("/users/{id}", get(show));
}
