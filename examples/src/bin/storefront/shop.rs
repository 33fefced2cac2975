//! What can be done in the shop, apart from HTTP: the cart, the checkout, the lists.

use http::StatusCode;
use kora::{Error, Problem, Transaction};
use kora_tower::Kora;

use crate::model::{Cart, Line, Order, Product, User};

/// The most of one product that a cart takes: arbitrary.
const COUNT_MAX: u32 = 1000;

/// How long a cart is kept that nobody touches; `model::Cart` says the same of a new one.
const CART_TTL: std::time::Duration = std::time::Duration::from_secs(30 * 60);

/// Puts so many of a product into a cart, 0 to take it out; the cart lives for another half hour.
pub(crate) async fn put_into_cart(
    kora: &Kora,
    user: &str,
    sku: &str,
    count: u32,
) -> Result<Cart, Problem> {
    if count > COUNT_MAX {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Too many")
            .detail(format!("a cart takes at most {COUNT_MAX} of a product")));
    }
    let cart = kora.transaction(|tx| {
        tx.repository::<User>()?.require(user)?;
        tx.repository::<Product>()?.require(sku)?;
        let carts = tx.repository::<Cart>()?;
        let mut cart = carts.get(user)?.unwrap_or_else(|| Cart {
            user: user.to_owned(),
            lines: Vec::new(),
            expires_at: None,
            version: 0,
        });
        cart.lines.retain(|line| line.sku != sku);
        if count > 0 {
            cart.lines.push(Line { sku: sku.to_owned(), count });
        }
        carts.save(&mut cart)?;
        carts.expire(user, CART_TTL)?;
        carts.require(user)
    });
    Ok(cart.await?)
}

/// What became of a checkout.
pub(crate) enum Checkout {
    /// It is ordered, by this call.
    Placed(Order),
    /// It was ordered before, by a call with the same key.
    Repeated(Order),
    /// Nothing was ordered.
    Refused(Problem),
}

/// Buys what is in the cart. The order, the stock, the cart and the numbers of the leaderboard change
/// as one step, or not at all; with a key, however often it is called, it is done once.
pub(crate) async fn check_out(
    kora: &Kora,
    user: &str,
    key: Option<&str>,
) -> Result<Checkout, Error> {
    kora.transaction(|tx| check_out_in(tx, user, key)).await
}

fn check_out_in(
    tx: &mut Transaction<'_>,
    user: &str,
    key: Option<&str>,
) -> Result<Checkout, Error> {
    let (products, orders) = (tx.repository::<Product>()?, tx.repository::<Order>()?);
    if let Some(key) = key {
        if let Some(order) = orders.get(key)? {
            let is_theirs = order.user == user;
            let taken = || refused("The key is taken", "choose another Idempotency-Key");
            return Ok(if is_theirs { Checkout::Repeated(order) } else { taken() });
        }
    }
    let carts = tx.repository::<Cart>()?;
    let Some(cart) = carts.get(user)?.filter(|cart| !cart.lines.is_empty()) else {
        return Ok(refused("The cart is empty", "put something into it first"));
    };
    // Everything is looked at before anything is written: what is refused changes nothing.
    let mut total = 0;
    for line in &cart.lines {
        let Some(product) = products.get(&line.sku)?.filter(|it| it.stock >= line.count) else {
            return Ok(refused("Sold out", &format!("there are no {} {}", line.count, line.sku)));
        };
        total += u64::from(product.price) * u64::from(line.count);
    }
    let f = Product::fields();
    for Line { sku, count } in &cart.lines {
        products.update(sku).add(f.stock, -i64::from(*count)).apply()?;
        tx.zincrby("sales", f64::from(*count), sku)?;
    }
    carts.delete(user)?;
    tx.incr("orders:placed")?;
    let mut order = Order {
        id: key.unwrap_or_default().to_owned(),
        user: user.to_owned(),
        lines: cart.lines,
        total,
        placed_at: 0,
    };
    orders.insert(&mut order)?;
    Ok(Checkout::Placed(order))
}

fn refused(title: &'static str, detail: &str) -> Checkout {
    Checkout::Refused(Problem::new(StatusCode::CONFLICT, title).detail(detail))
}
