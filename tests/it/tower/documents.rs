//! A document by the id in the path: found or 404, entity tags and preconditions.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use kora::{Database, KoraDocument, Repository};
use kora_tower::{Doc, KoraLayer, Repo};
use serde::{Deserialize, Serialize};

use super::{Product, pen, send};

async fn show(product: Doc<Product>) -> Doc<Product> {
    product
}

async fn raise(product: Doc<Product>, products: Repo<Product>) -> kora::Result<Doc<Product>> {
    let mut product = product.into_inner();
    product.price += 1;
    products.save(&mut product).await?;
    Ok(Doc::new(product))
}

async fn price(product: Doc<Product>) -> Response {
    product.show(|product| product.price)
}

fn service() -> (Router, Repository<Product>) {
    let db = Database::in_memory();
    let products = db.repository::<Product>().expect("a new collection fits");
    products.insert(&pen()).expect("it is new");
    let app = Router::new()
        .route("/products/{sku}", get(show).put(raise))
        .route("/products/{sku}/price", get(price))
        .route("/shops/{shop}/products/{id}", get(show))
        .route("/shops/{shop}/first/{sku}", get(show))
        .route("/first", get(show))
        .layer(KoraLayer::new(db));
    (app, products)
}

#[tokio::test]
async fn a_document_is_found_by_the_id_in_the_path_or_not() {
    let (app, _products) = service();
    let answer = send(&app, "GET", "/products/pen", &[]).await;
    assert_eq!((answer.status, answer.json()["name"].as_str()), (StatusCode::OK, Some("a pen")));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(send(&app, "GET", "/shops/a/products/pen", &[]).await.json(), answer.json());
    let detail = send(&app, "GET", "/products/ink", &[]).await.refusal(StatusCode::NOT_FOUND);
    assert!(detail.contains("'products'"), "{detail}");
    for path in ["/first", "/shops/a/first/pen"] {
        let answer = send(&app, "GET", path, &[]).await;
        let detail = answer.refusal(StatusCode::INTERNAL_SERVER_ERROR);
        assert!(detail.contains("{id}"), "{detail}");
    }
}

#[tokio::test]
async fn an_id_of_another_type_is_no_id() {
    #[derive(Serialize, Deserialize, KoraDocument)]
    #[kora(collection = "orders")]
    struct Order {
        #[kora(id)]
        number: u64,
    }
    let db = Database::in_memory();
    db.repository::<Order>().expect("it fits").insert(&Order { number: 7 }).expect("it is new");
    let show = async |order: Doc<Order>| order;
    let app = Router::new().route("/orders/{id}", get(show)).layer(KoraLayer::new(db));
    let answer = send(&app, "GET", "/orders/7", &[]).await;
    assert_eq!(answer.body, "{\"number\":7}");
    assert_eq!(answer.header("etag"), None, "a type without a version has no tag");
    send(&app, "GET", "/orders/seven", &[]).await.refusal(StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn who_has_a_version_is_not_sent_it_again() {
    let (app, products) = service();
    let first = send(&app, "GET", "/products/pen", &[]).await;
    let tag = first.header("etag").expect("it has a version").to_owned();
    let again = send(&app, "GET", "/products/pen", &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(again.header("etag"), Some(&*tag));
    let view = send(&app, "GET", "/products/pen/price", &[]).await;
    assert_eq!((view.body.as_str(), view.header("etag")), ("3", Some(&*tag)));

    products.update("pen").add(Product::fields().price, 1).apply().expect("it is there");
    let changed = send(&app, "GET", "/products/pen", &[("if-none-match", &tag)]).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_ne!(changed.header("etag"), Some(&*tag));
}

#[tokio::test]
async fn a_document_that_was_made_anew_has_another_tag() {
    let (app, products) = service();
    let tag = send(&app, "GET", "/products/pen", &[]).await.headers["etag"].clone();
    products.delete("pen").expect("it is there");
    products.insert(&Product { price: 9, ..pen() }).expect("it is gone");
    let again = send(&app, "GET", "/products/pen", &[]).await;
    assert_eq!(again.json()["version"], 1);
    assert_ne!(again.headers["etag"], tag);
}

#[tokio::test]
async fn what_was_changed_meanwhile_is_not_written_over() {
    let (app, products) = service();
    let first = send(&app, "GET", "/products/pen", &[]).await;
    let tag = first.header("etag").expect("it has a version").to_owned();
    let raised = send(&app, "PUT", "/products/pen", &[("if-match", &tag)]).await;
    assert_eq!((raised.status, &raised.json()["price"]), (StatusCode::OK, &4.into()));
    let detail = send(&app, "PUT", "/products/pen", &[("if-match", &tag)]).await;
    let detail = detail.refusal(StatusCode::PRECONDITION_FAILED);
    assert!(detail.contains("ETag"), "{detail}");
    let next = raised.header("etag").expect("it has a version").to_owned();
    let shown = send(&app, "GET", "/products/pen", &[]).await;
    assert_eq!(shown.header("etag"), Some(&*next), "the tag of an answer is that of what it made");
    assert_eq!(send(&app, "PUT", "/products/pen", &[("if-match", &next)]).await.status, 200);
    assert_eq!(products.get("pen").expect("it is a product").map(|pen| pen.price), Some(5));
}
