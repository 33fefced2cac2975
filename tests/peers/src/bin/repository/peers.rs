//! The repository beside other stores that take the same struct.

use crate::arguments::Arguments;
use crate::data::{Ask, Person, asks};
use crate::judged;
use crate::measure::{Rates, pace, rate};
use crate::stores::{PEERS, Peer, Store};

/// What the repository is to do of each peer's speed.
const TARGET: f64 = 2.0;

type Step = fn(&dyn Store, &Ask) -> usize;

const OPERATIONS: [(&str, Step); 3] = [
    ("get by id", |store, ask| store.get(&ask.id).map_or(0, |person| person.name.len())),
    ("by unique email", |store, ask| {
        store.by_email(&ask.email).map_or(0, |person| person.name.len())
    }),
    ("score >=, by score, limit 20", |store, ask| {
        store.from_score(ask.score).iter().map(|person| person.name.len()).sum()
    }),
];

pub(crate) fn run(arguments: &Arguments) {
    let people = Person::many(arguments.size);
    let wanted = |peer: &&Peer| peer.name == PEERS[0].name || arguments.wants(peer.name);
    let peers: Vec<&Peer> = PEERS.iter().filter(wanted).collect();
    head(&peers);
    let mut inserts = Rates::new(peers.len());
    let mut stores: Vec<Box<dyn Store>> = Vec::new();
    for round in 0..arguments.rounds.min(3) {
        stores.clear();
        for (at, peer) in peers.iter().enumerate().filter(|(_, peer)| round == 0 || !peer.is_slow) {
            let mut store = (peer.open)();
            inserts.add(at, pace(people.len(), || store.insert(&people)).0);
        }
    }
    row("insert all", &peers, &inserts);
    for peer in &peers {
        let mut store = (peer.open)();
        store.insert(&people);
        store.prepare();
        stores.push(store);
    }
    let asks = asks(arguments.seed, arguments.size);
    for (title, step) in OPERATIONS {
        let mut rates = Rates::new(peers.len());
        for (peer, store) in peers.iter().zip(&stores) {
            for ask in &asks[..20] {
                assert_eq!(step(&*stores[0], ask), step(&**store, ask), "{title} {}", peer.name);
            }
        }
        for round in 0..arguments.rounds {
            for (at, (peer, store)) in peers.iter().zip(&stores).enumerate() {
                if round == 0 || !peer.is_slow {
                    rates.add(at, rate(&asks, round, arguments.slot, |ask| step(&**store, ask)));
                }
            }
        }
        row(title, &peers, &rates);
    }
}

fn head(peers: &[&Peer]) {
    let names: Vec<&str> = peers.iter().map(|peer| peer.name).collect();
    let against: Vec<String> = names[1..].iter().map(|name| format!("kora / {name}")).collect();
    println!("\n| thousands a second | {} | {} |", names.join(" | "), against.join(" | "));
    println!("|---|{}", "---|".repeat(names.len() + against.len()));
}

fn row(title: &str, peers: &[&Peer], rates: &Rates) {
    let cells: Vec<String> = (0..peers.len()).map(|at| rates.cell(at)).collect();
    let against: Vec<String> =
        (1..peers.len()).map(|at| judged(rates.ratio(0, at), TARGET)).collect();
    println!("| {title} | {} | {} |", cells.join(" | "), against.join(" | "));
}
