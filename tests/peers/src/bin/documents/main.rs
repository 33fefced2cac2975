//! Collections with five indexes in Kora, SQLite, native_db and kora-embedded 0.2, beside maps kept by
//! hand, in one run.
//!
//! `cargo run --release --manifest-path tests/peers/Cargo.toml --features documents --bin documents`
//! prints tables in markdown; tests/peers/README.md names the options. The stores hold the same documents at the
//! same time and take turns, round by round; the numbers are medians of the rounds, ratios those of each round.
#![expect(clippy::print_stdout, reason = "a program that prints a report")]

mod arguments;
mod data;
mod measure;
mod memory;
mod report;
mod stores;

use arguments::Arguments;
use data::{Person, asks};
use measure::{Rates, insert_rate, mixed_rate, rate};
use stores::{Kora, Operation, PEERS, Peer, Store, step};

/// Documents of the larger collection.
const LARGE: u32 = 1_000_000;

fn main() {
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}");
            std::process::exit(2);
        }
    };
    match &arguments.alone {
        Some(peer) if arguments.measures_memory => memory::child(peer, arguments.size),
        Some(peer) => alone(peer, &arguments),
        None if arguments.only_threads => threads(&arguments, &Person::many(arguments.size)),
        None => run(&arguments),
    }
}

/// One peer, for a profiler: the operations so many times and nothing else.
fn alone(peer: &Peer, arguments: &Arguments) {
    let people = Person::many(arguments.size);
    let store = filled(peer, &people);
    let asks = asks(1, arguments.size);
    for operation in &arguments.operations {
        let start = std::time::Instant::now();
        let asks = asks.iter().cycle().take(arguments.steps);
        let came: usize = asks.map(|ask| step(&*store, *operation, ask)).sum();
        let nanos = start.elapsed().as_nanos() / arguments.steps.max(1) as u128;
        println!("{} {}: {nanos} ns a step, {came} came", peer.name, operation.word());
    }
}

fn filled(peer: &Peer, people: &[Person]) -> Box<dyn Store> {
    let mut store = (peer.open)();
    store.insert(people);
    store.prepare();
    store
}

fn run(arguments: &Arguments) {
    let people = Person::many(arguments.size);
    let bytes: usize =
        people.iter().map(|one| serde_json::to_vec(one).map_or(0, |json| json.len())).sum();
    println!(
        "{} documents of {} bytes as JSON text, {} rounds of {} ms\n",
        people.len(),
        bytes / people.len(),
        arguments.rounds,
        arguments.slot.as_millis()
    );
    let peers: Vec<&Peer> = PEERS.iter().filter(|peer| arguments.wants(peer)).collect();
    let mut inserts = Rates::new(peers.len());
    let mut stores: Vec<Box<dyn Store>> = Vec::new();
    for round in 0..arguments.rounds {
        stores.truncate(0);
        for (at, peer) in peers.iter().enumerate() {
            if round > 0 && peer.is_slow {
                continue;
            }
            let (rate, _) = insert_rate((peer.open)(), &people);
            inserts.add(at, rate);
        }
    }
    for peer in &peers {
        stores.push(filled(peer, &people));
    }
    let asks = asks(arguments.seed, arguments.size);
    agree(&peers, &stores, &asks[..50]);
    report::head(&peers);
    report::row("bulk insert", Some((1.7, None)), &peers, &inserts);
    for operation in &arguments.operations {
        let mut rates = Rates::new(peers.len());
        for round in 0..arguments.rounds {
            for (at, (peer, store)) in peers.iter().zip(&stores).enumerate() {
                if store.knows(*operation) && (round == 0 || !peer.is_slow) {
                    rates.add(at, rate(&**store, *operation, &asks, round, arguments.slot));
                }
            }
        }
        report::row(operation.title(), Some(operation.targets()), &peers, &rates);
    }
    drop(stores);
    if arguments.is_whole {
        larger(arguments, &people);
        threads(arguments, &people);
        memory::table(&peers, arguments.size, bytes / people.len());
    }
}

/// Stores that give different answers cannot be compared.
fn agree(peers: &[&Peer], stores: &[Box<dyn Store>], asks: &[data::Ask]) {
    let Some(first) = stores.first() else { return };
    for (peer, store) in peers.iter().zip(stores) {
        for ask in asks {
            for operation in Operation::ALL {
                if operation != Operation::Update && store.knows(operation) {
                    let (mine, its) =
                        (step(&**first, operation, ask), step(&**store, operation, ask));
                    assert_eq!(mine, its, "{} {} {ask:?}", peer.name, operation.word());
                }
            }
            let scores = |store: &dyn Store| -> Vec<f64> {
                let best = store.best(&ask.city, ask.age, ask.age + 10);
                best.iter().map(|person| person.score).collect()
            };
            assert_eq!(scores(&**first), scores(&**store), "{} {ask:?}", peer.name);
        }
    }
}

/// Kora with ten times as many documents against itself.
fn larger(arguments: &Arguments, people: &[Person]) {
    let (mut small, mut large) = (Kora::new(), Kora::new());
    small.insert(people);
    let many = Person::many(LARGE);
    large.insert(&many);
    drop(many);
    let (few, many) = (asks(arguments.seed, arguments.size), asks(arguments.seed, LARGE));
    report::larger_head(arguments.size, LARGE);
    for operation in &arguments.operations {
        let mut rates = Rates::new(2);
        for round in 0..arguments.rounds {
            rates.add(0, rate(&small, *operation, &few, round, arguments.slot));
            rates.add(1, rate(&large, *operation, &many, round, arguments.slot));
        }
        report::larger_row(operation.title(), &rates);
    }
}

/// Nine gets and an update, by one thread and by two.
fn threads(arguments: &Arguments, people: &[Person]) {
    let mut kora = Kora::new();
    kora.insert(people);
    let asks = asks(arguments.seed, arguments.size);
    let mut rates = Rates::new(2);
    for _ in 0..arguments.rounds {
        rates.add(0, mixed_rate(&kora, 1, &asks, arguments.slot * 2));
        rates.add(1, mixed_rate(&kora, 2, &asks, arguments.slot * 2));
    }
    report::threads(&rates);
}
