//! How long one read of a document takes, one thread.

use std::hint::black_box;

use hdrhistogram::Histogram;
use kora::{Database, Repository};

use crate::arguments::Arguments;
use crate::data::{Ask, Person, asks};

/// Reads that are timed.
const READS: usize = 300_000;

pub(crate) fn run(arguments: &Arguments) {
    let people: Repository<Person> = Database::in_memory().repository().expect("a new collection");
    people.insert_many(&Person::many(arguments.size)).expect("room");
    let asks = asks(arguments.seed, arguments.size);
    let f = Person::fields();
    println!("\n| one of {} people | p50, us | p99, us |\n|---|---|---|", arguments.size);
    row("get by id into the struct", 1.0, &asks, |ask| {
        black_box(people.get(&ask.id).expect("a person"));
    });
    row("pluck one text", 0.5, &asks, |ask| {
        black_box(people.pluck(&ask.id, f.name).expect("a person"));
    });
    row("pluck one number", 0.5, &asks, |ask| {
        black_box(people.pluck(&ask.id, f.score).expect("a person"));
    });
}

/// Prints what the calls take; what the clock itself takes is left out.
fn row(title: &str, target_us: f64, asks: &[Ask], call: impl Fn(&Ask)) {
    let clock = quanta::Clock::new();
    let time = |call: &dyn Fn(&Ask)| {
        let mut times = Histogram::<u64>::new(3).expect("a histogram");
        for ask in asks.iter().cycle().take(READS) {
            let start = clock.raw();
            call(ask);
            times.saturating_record(clock.delta_as_nanos(start, clock.raw()));
        }
        times
    };
    let nothing = time(&|ask| {
        black_box(ask);
    });
    time(&call);
    let times = time(&call);
    let us = |quantile: f64| {
        let own = nothing.value_at_quantile(0.5);
        times.value_at_quantile(quantile).saturating_sub(own) as f64 / 1e3
    };
    let verdict = if us(0.5) <= target_us { "met" } else { "SHORT" };
    println!("| {title} | {:.2} (<= {target_us}) {verdict} | {:.2} |", us(0.5), us(0.99));
}
