use kora::{Database, KoraDocument};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "seats", unique(number, name = "taken", when = "free = false"))]
struct Seat {
    #[kora(id)]
    id: u64,
    number: u32,
    free: bool,
}

fn main() -> kora::Result<()> {
    let seats = Database::in_memory().repository::<Seat>()?;
    for (id, free) in [(1, true), (2, true), (3, false)] {
        seats.insert(&Seat { id, number: 7, free })?;
    }
    assert!(seats.insert(&Seat { id: 4, number: 7, free: false }).is_err());
    let f = Seat::fields();
    assert_eq!(seats.scan(f.taken.eq((7,))).ids()?, [3]);
    Ok(())
}
