use kora::{Database, KoraDocument};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "invoices", id(tenant, number), unique(tenant, reference))]
struct Invoice {
    tenant: String,
    number: u64,
    reference: String,
}

fn main() -> kora::Result<()> {
    let invoices = Database::in_memory().repository::<Invoice>()?;
    let invoice = Invoice { tenant: "a:b%c".into(), number: 7, reference: "r".into() };
    let id = invoices.insert(&invoice)?;
    assert_eq!(id, ("a:b%c".to_owned(), 7));
    assert_eq!(invoices.get(&id)?, Some(invoice));
    let f = Invoice::fields();
    assert_eq!(invoices.find(f.tenant_reference.eq(("a:b%c", "r"))).count()?, 1);
    Ok(())
}
