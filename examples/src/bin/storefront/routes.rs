//! The shop over HTTP: what is asked, what is answered. What is done stands in `shop.rs`.

use axum::extract::{Path, Query};
use axum::response::Html;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use kora::Problem;
use kora_tower::{Doc, Kora, Repo};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{Cart, Order, Product, User};
use crate::shop::{self, Checkout};

/// Rows of a page: what fits on a screen.
const PAGE: usize = 20;

/// All routes, for a router that has the layer.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(async || Html(include_str!("page.html"))))
        .route("/products", get(search))
        .route("/products/{sku}", get(show).put(stock_up))
        .route("/users", post(sign_up))
        .route("/users/{id}", get(async |user: Doc<User>| user))
        .route("/users/{id}/orders", get(orders))
        .route("/users/{id}/cart", get(async |cart: Doc<Cart>| cart))
        .route("/users/{id}/cart/{sku}", put(put_into_cart))
        .route("/users/{id}/checkout", post(check_out))
        .route("/orders/{id}", get(async |order: Doc<Order>| order))
        .route("/leaderboard", get(leaderboard))
        .route("/numbers", get(numbers))
}

/// A page of what was asked for, and how to ask for the next.
#[derive(Serialize)]
struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

impl<T> From<kora::Page<T>> for Page<T> {
    fn from(page: kora::Page<T>) -> Page<T> {
        Page { items: page.items, next: page.next }
    }
}

#[derive(Deserialize)]
struct Wanted {
    /// A word of the product.
    q: Option<String>,
    category: Option<String>,
    /// In cents.
    max_price: Option<u32>,
    after: Option<String>,
}

/// Every way to search is served by an index: the compiler would not take one that is not.
async fn search(
    products: Repo<Product>,
    Query(wanted): Query<Wanted>,
) -> kora::Result<Json<Page<Product>>> {
    let f = Product::fields();
    let price = f.price.le(wanted.max_price.unwrap_or(u32::MAX));
    let mut found = products.find(price);
    if let Some(word) = &wanted.q {
        found = found.and(f.words.contains(word.to_lowercase()));
    }
    if let Some(category) = &wanted.category {
        found = found.and(f.category.eq(category));
    }
    if let Some(cursor) = &wanted.after {
        found = found.after(cursor);
    }
    Ok(Json(found.order_by(f.price.asc()).page(PAGE).await?.into()))
}

/// A product, and one more who has looked at it.
async fn show(product: Doc<Product>, kora: Kora) -> kora::Result<Doc<Product>> {
    kora.incr(format!("seen:{}", product.sku)).await?;
    Ok(product)
}

/// A new product, or another price or stock; with `If-Match` only for the version that was seen.
async fn stock_up(
    Path(sku): Path<String>,
    products: Repo<Product>,
    current: Result<Doc<Product>, kora_tower::DocRejection>,
    Json(mut product): Json<Product>,
) -> Result<(StatusCode, Doc<Product>), Problem> {
    let status = match current {
        Ok(_) => StatusCode::OK,
        Err(kora_tower::DocRejection::NotFound { .. }) => StatusCode::CREATED,
        Err(rejection) => return Err(rejection.into()),
    };
    if product.sku != sku {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Another product")
            .detail(format!("the path says {sku}, the product says {}", product.sku)));
    }
    products.save(&mut product).await?;
    Ok((status, Doc::new(product)))
}

async fn sign_up(
    users: Repo<User>,
    Json(mut user): Json<User>,
) -> kora::Result<(StatusCode, Doc<User>)> {
    users.insert(&mut user).await?;
    Ok((StatusCode::CREATED, Doc::new(user)))
}

#[derive(Deserialize)]
struct Count {
    count: u32,
}

async fn put_into_cart(
    kora: Kora,
    Path((user, sku)): Path<(String, String)>,
    Json(Count { count }): Json<Count>,
) -> Result<Doc<Cart>, Problem> {
    shop::put_into_cart(&kora, &user, &sku, count).await.map(Doc::new)
}

/// An `Idempotency-Key` makes it safe to ask again when the answer was lost.
async fn check_out(
    kora: Kora,
    Path(user): Path<String>,
    headers: HeaderMap,
) -> Result<(StatusCode, Doc<Order>), Problem> {
    let key = headers.get("idempotency-key").map(|key| key.to_str());
    let Ok(key) = key.transpose() else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "The key is no text"));
    };
    match shop::check_out(&kora, &user, key).await? {
        Checkout::Placed(order) => Ok((StatusCode::CREATED, Doc::new(order))),
        Checkout::Repeated(order) => Ok((StatusCode::OK, Doc::new(order))),
        Checkout::Refused(problem) => Err(problem),
    }
}

#[derive(Deserialize)]
struct Cursor {
    after: Option<String>,
}

/// The newest first.
async fn orders(
    orders: Repo<Order>,
    Path(user): Path<String>,
    Query(Cursor { after }): Query<Cursor>,
) -> kora::Result<Json<Page<Order>>> {
    let f = Order::fields();
    let mut found = orders.find(f.user.eq(&user)).order_by(f.placed_at.desc());
    if let Some(cursor) = after {
        found = found.after(cursor);
    }
    Ok(Json(found.page(PAGE).await?.into()))
}

/// The ten that sell best.
async fn leaderboard(kora: Kora) -> kora::Result<Json<Vec<Value>>> {
    let best = kora.zrevrange_with_scores("sales", 0, 9).await?;
    let row = |(sku, sold)| json!({ "sku": String::from_utf8_lossy(sku), "sold": sold });
    Ok(Json(best.iter().map(|(sku, sold)| row((sku, sold))).collect()))
}

async fn numbers(kora: Kora, users: Repo<User>, carts: Repo<Cart>) -> kora::Result<Json<Value>> {
    let placed = kora.get("orders:placed").await?.unwrap_or_else(|| "0".into());
    Ok(Json(json!({
        "orders": String::from_utf8_lossy(&placed).parse::<u64>().unwrap_or(0),
        "users": users.count().await?,
        "carts": carts.count().await?,
    })))
}
