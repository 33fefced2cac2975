//! What happens when a struct changes and its collection is opened again: additive changes are made,
//! others are refused with the ways to mend them.

use kora::{Database, KoraDocument};
use serde::{Deserialize, Serialize};

mod before {
    use super::*;

    #[derive(Serialize, Deserialize, KoraDocument)]
    #[kora(collection = "products")]
    pub(crate) struct Product {
        #[kora(id)]
        pub(crate) sku: String,
        pub(crate) title: String,
        pub(crate) price: u32,
    }
}

mod after {
    use super::*;

    /// The title has another name, the price is wider and has an index, and there is a new field
    /// that may be missing.
    #[derive(Debug, Serialize, Deserialize, KoraDocument)]
    #[kora(collection = "products")]
    pub(crate) struct Product {
        #[kora(id)]
        pub(crate) sku: String,
        #[kora(unique, renamed_from = "title")]
        pub(crate) name: String,
        #[kora(index)]
        pub(crate) price: u64,
        pub(crate) color: Option<String>,
    }
}

mod wrong {
    use super::*;

    /// No product has a weight yet.
    #[derive(Serialize, Deserialize, KoraDocument)]
    #[kora(collection = "products")]
    pub(crate) struct Product {
        #[kora(id)]
        sku: String,
        name: String,
        weight: f64,
    }
}

#[expect(clippy::print_stdout, reason = "a program that shows what it does")]
fn main() -> kora::Result<()> {
    let db = Database::in_memory();
    let products = db.repository::<before::Product>()?;
    for (sku, title, price) in [("p1", "pen", 2), ("b1", "book", 9)] {
        products.insert(&before::Product { sku: sku.into(), title: title.into(), price })?;
    }

    println!("what opening would change:\n{}", db.schema_diff::<after::Product>()?);
    let products = db.repository::<after::Product>()?;
    let f = after::Product::fields();
    println!("{:?}", products.find(f.price.gt(5)).one()?);
    println!("{}", products.find(f.name.eq("pen")).explain()?);

    match db.repository::<wrong::Product>() {
        Ok(_) => println!("opened"),
        Err(error) => println!("refused: {error}"),
    }
    Ok(())
}
