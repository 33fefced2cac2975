//! Extractors: what is taken out of requests and of a router's state, and what is said when it is
//! not there.

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use kora::{Database, KoraDocument, Problem};
use kora_tower::{Kora, KoraLayer, KoraRejection, Repo};
use serde::{Deserialize, Serialize};

use super::{Product, pen, send};

async fn visit(kora: Kora) -> kora::Result<String> {
    Ok(kora.incr("visits").await?.to_string())
}

async fn all(products: Repo<Product>) -> kora::Result<Json<Vec<Product>>> {
    Ok(Json(products.all().all().await?))
}

fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/visits", get(visit)).route("/products", get(all))
}

#[tokio::test]
async fn handlers_with_any_state_are_given_the_database() {
    let db = Database::in_memory();
    db.repository::<Product>().expect("a new collection fits").insert(&pen()).expect("it is new");
    let plain: Router = routes().layer(KoraLayer::new(&db));
    let stateful: Router = routes::<u32>().layer(KoraLayer::new(&db)).with_state(7);
    for (visits, app) in (1..).zip([plain, stateful]) {
        assert_eq!(send(&app, "GET", "/visits", &[]).await.body, visits.to_string());
        assert_eq!(send(&app, "GET", "/products", &[]).await.json()[0]["sku"], "pen");
    }
    assert_eq!(db.get("visits").expect("a string").as_deref(), Some(&b"2"[..]));
}

#[tokio::test]
async fn a_missing_layer_is_named_with_its_mend() {
    let app: Router = routes();
    for (path, wanted) in [("/visits", "Kora"), ("/products", "Product>")] {
        let detail = send(&app, "GET", path, &[]).await.refusal(StatusCode::INTERNAL_SERVER_ERROR);
        assert!(detail.contains(wanted) && detail.contains(".layer(KoraLayer::new"), "{detail}");
    }
}

#[tokio::test]
async fn a_handler_may_do_without() {
    async fn maybe(kora: Option<Kora>) -> &'static str {
        if kora.is_some() { "with" } else { "without" }
    }
    async fn why(kora: Result<Kora, KoraRejection>) -> &'static str {
        if kora.is_err() { "rejected" } else { "given" }
    }
    let app: Router = Router::new().route("/", get(maybe)).route("/why", get(why));
    assert_eq!(send(&app, "GET", "/", &[]).await.body, "without");
    assert_eq!(send(&app, "GET", "/why", &[]).await.body, "rejected");
    let app = app.layer(KoraLayer::new(Database::in_memory()));
    assert_eq!(send(&app, "GET", "/", &[]).await.body, "with");
    assert_eq!(send(&app, "GET", "/why", &[]).await.body, "given");
}

#[derive(Clone, FromRef)]
struct App {
    kora: Kora,
    products: Repo<Product>,
}

#[tokio::test]
async fn a_routers_state_may_have_them() {
    async fn count(State(products): State<Repo<Product>>, State(kora): State<Kora>) -> String {
        kora.incr("counts").await.expect("a counter");
        products.count().await.expect("the collection is there").to_string()
    }
    let kora = Kora::from(Database::in_memory());
    let products = Repo::open(&kora).await.expect("a new collection fits");
    let app: Router =
        Router::new().route("/", get(count)).with_state(App { kora: kora.clone(), products });
    assert_eq!(send(&app, "GET", "/", &[]).await.body, "0");
    assert_eq!(kora.incr("counts").await, Ok(2));
}

#[tokio::test]
async fn a_schema_that_does_not_fit_is_not_told_to_callers() {
    #[derive(Serialize, Deserialize, KoraDocument)]
    #[kora(collection = "products")]
    struct Other {
        #[kora(id)]
        name: String,
    }
    async fn others(_others: Repo<Other>) {}
    let db = Database::in_memory();
    db.repository::<Product>().expect("a new collection fits");
    let error = db.repository::<Other>().expect_err("the id is another field");
    let app: Router = Router::new().route("/", get(others)).layer(KoraLayer::new(&db));
    let answer = send(&app, "GET", "/", &[]).await;
    assert_eq!(answer.refusal(StatusCode::INTERNAL_SERVER_ERROR), "");
    assert_eq!(Problem::from(error.clone()).error(), Some(&error));
}

#[tokio::test]
async fn errors_of_handlers_are_answers() {
    async fn wrong_type(kora: Kora) -> kora::Result<String> {
        kora.rpush("list", "a").await?;
        Ok(kora.incr("list").await?.to_string())
    }
    async fn twice(products: Repo<Product>) -> Result<String, Problem> {
        products.insert(&pen()).await?;
        products.insert(&Product { sku: "other".into(), ..pen() }).await?;
        Ok("no".into())
    }
    async fn teapot() -> Problem {
        Problem::new(StatusCode::IM_A_TEAPOT, "No coffee").detail("try \"tea\"")
    }
    let app: Router = Router::new()
        .route("/type", get(wrong_type))
        .route("/twice", get(twice))
        .route("/pot", get(teapot))
        .layer(KoraLayer::new(Database::in_memory()));
    send(&app, "GET", "/type", &[]).await.refusal(StatusCode::CONFLICT);
    let detail = send(&app, "GET", "/twice", &[]).await.refusal(StatusCode::CONFLICT);
    assert!(detail.contains("name") && detail.contains("pen"), "{detail}");
    let pot = send(&app, "GET", "/pot", &[]).await;
    assert_eq!(pot.refusal(StatusCode::IM_A_TEAPOT), "try \"tea\"");
    assert_eq!(pot.json()["title"], "No coffee");
}
