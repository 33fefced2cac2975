use kora::{Database, KoraDocument, KoraKey};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraKey)]
struct UserId(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraKey)]
#[serde(transparent)]
struct Cents {
    amount: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, KoraKey)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum State {
    InUse,
    #[serde(rename = "gone")]
    Lost,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraKey)]
#[kora(as = "text")]
struct Address(std::net::IpAddr);

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "things")]
struct Thing {
    #[kora(id)]
    id: UserId,
    #[kora(index)]
    price: Cents,
    #[kora(index)]
    state: State,
    #[kora(unique)]
    address: Option<Address>,
    #[kora(index)]
    states: Vec<State>,
}

fn main() -> kora::Result<()> {
    let things = Database::in_memory().repository::<Thing>()?;
    let address = Address("10.0.0.1".parse().unwrap());
    things.insert(&Thing {
        id: UserId("a".into()),
        price: Cents { amount: 5 },
        state: State::InUse,
        address: Some(address.clone()),
        states: vec![State::Lost],
    })?;
    let f = Thing::fields();
    assert_eq!(f.state.eq(State::InUse).to_string(), "state = 'IN_USE'");
    assert_eq!(things.find(f.price.ge(Cents { amount: 4 })).count()?, 1);
    assert_eq!(things.find(f.states.contains(State::Lost)).count()?, 1);
    assert_eq!(things.find(f.address.eq(&address)).ids()?, [UserId("a".into())]);
    assert!(things.get(&UserId("a".into()))?.is_some());
    Ok(())
}
