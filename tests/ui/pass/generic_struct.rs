use kora::{Database, KoraDocument};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "events", patch)]
struct Event<T> {
    #[kora(id)]
    id: u64,
    #[kora(index)]
    name: String,
    body: T,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "bounded")]
struct Bounded<K, const N: usize>
where
    K: kora::KoraKey + kora::repository::AutoIndexed,
{
    #[kora(id)]
    id: u64,
    #[kora(index)]
    key: K,
    size: Option<u32>,
}

fn main() -> kora::Result<()> {
    let db = Database::in_memory();
    let events = db.repository::<Event<Vec<u32>>>()?;
    events.insert(&Event { id: 1, name: "made".into(), body: vec![1, 2] })?;
    let f = Event::<Vec<u32>>::fields();
    assert_eq!(events.find(f.name.eq("made")).one()?.body, [1, 2]);
    assert!(events.patch(1, EventPatch { body: vec![3].into(), ..EventPatch::default() })?);
    assert_eq!(events.require(1)?.body, [3]);

    let bounded = db.repository::<Bounded<String, 3>>()?;
    bounded.insert(&Bounded { id: 1, key: "k".to_owned(), size: None })?;
    assert_eq!(bounded.find(Bounded::<String, 3>::fields().key.eq("k")).count()?, 1);
    Ok(())
}
