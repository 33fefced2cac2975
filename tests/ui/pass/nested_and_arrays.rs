use kora::repository::Where;
use kora::{Database, KoraDocument, KoraEmbed};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "carts")]
struct Cart {
    #[kora(id)]
    id: u64,
    #[kora(embed)]
    lines: Vec<Line>,
    #[kora(embed)]
    to: Option<Place>,
}

#[derive(Clone, Serialize, Deserialize, KoraEmbed)]
struct Line {
    #[kora(index)]
    sku: String,
    #[kora(embed)]
    from: Place,
}

#[derive(Clone, Serialize, Deserialize, KoraEmbed)]
struct Place {
    #[kora(index)]
    city: String,
}

fn far() -> Where<Cart> {
    let f = Cart::fields();
    f.lines.from.city.ne("Accra").erase()
}

fn main() -> kora::Result<()> {
    let carts = Database::in_memory().repository::<Cart>()?;
    let line = Line { sku: "pen".into(), from: Place { city: "Kumasi".into() } };
    carts.insert(&Cart { id: 1, lines: vec![], to: None })?;
    let f = Cart::fields();
    carts.update(1).push(f.lines.whole(), &line).apply()?;
    carts.update(1).set(f.to.whole(), Place { city: "Tamale".into() }).apply()?;
    assert_eq!(carts.find(f.lines.sku.eq("pen").and(far())).count()?, 1);
    assert_eq!(carts.find(f.lines.from.city.eq("Kumasi")).ids()?, [1]);
    assert_eq!(carts.find(f.to.city.eq("Tamale")).count()?, 1);
    carts.update(1).unset(f.to.whole()).apply()?;
    assert_eq!(carts.scan(f.to.whole().is_none()).count()?, 1);
    Ok(())
}
