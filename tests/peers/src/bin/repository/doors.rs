//! Every operation by the typed repository, beside the call of an untyped collection that does it.

use kora::{Collection, Database, Index, Repository, Update};

use crate::arguments::{Arguments, Door};
use crate::data::{Ask, LIMIT, Person, asks};
use crate::judged;
use crate::measure::{Rates, pace, rate};

/// What the repository is to keep of the speed of the untyped call.
const TARGET: f64 = 0.95;

/// One operation of both doors; what came of it tells whether they agree.
struct Operation {
    title: &'static str,
    typed: fn(&Repository<Person>, &Ask) -> usize,
    untyped: fn(&Collection, &Ask) -> usize,
}

const OPERATIONS: [Operation; 8] = [
    Operation {
        title: "get by id, decoded",
        typed: |people, ask| weight(people.get(&ask.id).expect("a person").as_slice()),
        untyped: |people, ask| weight(people.get(&ask.id).expect("a person").as_slice()),
    },
    Operation {
        title: "find by unique email",
        typed: |people, ask| {
            let f = Person::fields();
            weight(people.find(f.email.eq(&ask.email)).first().expect("a person").as_slice())
        },
        untyped: |people, ask| {
            let filter = &format!("email = '{}'", ask.email);
            weight(people.find(filter).first().expect("a person").as_slice())
        },
    },
    Operation {
        title: "city =, limit 20, decoded",
        typed: |people, ask| {
            let f = Person::fields();
            weight(&people.find(f.city.eq(&ask.city)).limit(LIMIT).all().expect("people"))
        },
        untyped: |people, ask| {
            let filter = &format!("city = '{}'", ask.city);
            weight(&people.find(filter).limit(LIMIT).all().expect("people"))
        },
    },
    Operation {
        title: "city = and age between, by score desc, limit 20",
        typed: |people, ask| {
            let f = Person::fields();
            let filter = f.city.eq(&ask.city).and(f.age.between(ask.age, ask.age + 10));
            let best = people.find(filter).order_by(f.score.desc()).limit(LIMIT);
            weight(&best.all().expect("people"))
        },
        untyped: |people, ask| {
            let (low, high) = (ask.age, ask.age + 10);
            let filter = &format!("city = '{}' AND age BETWEEN {low} AND {high}", ask.city);
            let best = people.find(filter).order_by("score DESC").limit(LIMIT);
            weight(&best.all().expect("people"))
        },
    },
    Operation {
        title: "tag contains, limit 20",
        typed: |people, ask| {
            let f = Person::fields();
            weight(&people.find(f.tags.contains(&ask.tag)).limit(LIMIT).all().expect("people"))
        },
        untyped: |people, ask| {
            let filter = &format!("tags CONTAINS '{}'", ask.tag);
            weight(&people.find(filter).limit(LIMIT).all().expect("people"))
        },
    },
    Operation {
        title: "count(city =)",
        typed: |people, ask| {
            number(people.find(Person::fields().city.eq(&ask.city)).count().expect("a number"))
        },
        untyped: |people, ask| {
            number(people.count(&format!("city = '{}'", ask.city)).expect("a number"))
        },
    },
    Operation {
        title: "update one indexed field",
        typed: |people, ask| {
            let update = people.update(&ask.id).set(Person::fields().score, ask.score);
            usize::from(update.apply().expect("room"))
        },
        untyped: |people, ask| {
            let update = Update::new().set("score", ask.score).expect("a number");
            usize::from(people.update(&ask.id, &update).expect("room"))
        },
    },
    Operation {
        title: "save over one that is there",
        typed: |people, ask| people.save(&changed(ask)).map(|id| id.len()).expect("room"),
        untyped: |people, ask| {
            let person = changed(ask);
            people.save(&person.id, &person).map(|()| person.id.len()).expect("room")
        },
    },
];

/// The person of an ask, with its score.
fn changed(ask: &Ask) -> Person {
    let number = ask.id.trim_start_matches(|c: char| !c.is_ascii_digit());
    let person = Person::new(number.parse().expect("an id ends with a number"));
    Person { score: ask.score, ..person }
}

fn weight(people: &[Person]) -> usize {
    people.iter().map(|person| person.name.len()).sum()
}

fn number(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn typed() -> Repository<Person> {
    Database::in_memory().repository().expect("a new collection")
}

fn untyped() -> Collection {
    let people = Database::in_memory().create_collection("people").expect("a new name");
    for index in [
        Index::unique("email"),
        Index::hash("city"),
        Index::sorted("age"),
        Index::array("tags"),
        Index::sorted("score"),
    ] {
        people.create_index(index).expect("an index");
    }
    people
}

/// One door, for a profiler: the operations and nothing else.
fn alone(door: Door, arguments: &Arguments, people: &[Person]) {
    let (typed, untyped) = (typed(), untyped());
    match door {
        Door::Typed => people.iter().for_each(|one| drop(typed.insert(one).expect("room"))),
        Door::Untyped => people.iter().for_each(|one| untyped.insert(&one.id, one).expect("room")),
    }
    let asks = asks(arguments.seed, arguments.size);
    for operation in OPERATIONS.iter().filter(|one| one.title.contains(&arguments.only)) {
        let step = |ask: &Ask| match door {
            Door::Typed => (operation.typed)(&typed, ask),
            Door::Untyped => (operation.untyped)(&untyped, ask),
        };
        let rate = rate(&asks, 0, arguments.slot, step);
        println!("{door:?}, {}: {:.0} ns a step", operation.title, 1e9 / rate);
    }
}

pub(crate) fn run(arguments: &Arguments) {
    let people = Person::many(arguments.size);
    if let Some(door) = arguments.door {
        return alone(door, arguments, &people);
    }
    println!(
        "\n{} people, {} rounds of {} ms\n",
        people.len(),
        arguments.rounds,
        arguments.slot.as_millis()
    );
    println!("| thousands a second | Repository<T> | Collection | ratio |\n|---|---|---|---|");
    let (typed, untyped) = inserted(arguments, &people);
    let asks = asks(arguments.seed, arguments.size);
    for operation in OPERATIONS.iter().filter(|one| one.title.contains(&arguments.only)) {
        for ask in &asks[..50] {
            let (mine, its) = ((operation.typed)(&typed, ask), (operation.untyped)(&untyped, ask));
            assert_eq!(mine, its, "{} {ask:?}", operation.title);
        }
        let mut rates = Rates::new(2);
        for turn in turns(arguments) {
            let rate = match turn.door {
                Door::Typed => {
                    let step = |ask: &Ask| (operation.typed)(&typed, ask);
                    rate(&asks, turn.round, arguments.slot, step)
                }
                Door::Untyped => {
                    let step = |ask: &Ask| (operation.untyped)(&untyped, ask);
                    rate(&asks, turn.round, arguments.slot, step)
                }
            };
            rates.add(turn.door as usize, rate);
        }
        row(operation.title, &rates);
    }
}

/// A measurement of a door.
struct Turn {
    round: usize,
    door: Door,
}

/// All turns: each door is the first of every other round, so that what the one before leaves
/// behind, in caches and in the allocator, is met by both.
fn turns(arguments: &Arguments) -> impl Iterator<Item = Turn> {
    (0..arguments.rounds).flat_map(|round| {
        let doors = match round % 2 {
            0 => [Door::Typed, Door::Untyped],
            _ => [Door::Untyped, Door::Typed],
        };
        doors.map(|door| Turn { round, door })
    })
}

/// Both doors with all people; their ways of inserting are measured.
fn inserted(arguments: &Arguments, people: &[Person]) -> (Repository<Person>, Collection) {
    let (mut singly, mut together) = (Rates::new(2), Rates::new(2));
    let all = people.len();
    for Turn { door, .. } in turns(arguments) {
        let (each, batch) = match door {
            Door::Typed => {
                let (one_by_one, at_once) = (typed(), typed());
                let each =
                    || people.iter().for_each(|one| drop(one_by_one.insert(one).expect("room")));
                let batch = || drop(at_once.insert_many(people).expect("room"));
                (pace(all, each).0, pace(all, batch).0)
            }
            Door::Untyped => {
                let (one_by_one, at_once) = (untyped(), untyped());
                let each =
                    || people.iter().for_each(|one| one_by_one.insert(&one.id, one).expect("room"));
                let pairs = || people.iter().map(|one| (one.id.as_str(), one));
                let batch = || at_once.save_all(pairs()).expect("room");
                (pace(all, each).0, pace(all, batch).0)
            }
        };
        singly.add(door as usize, each);
        together.add(door as usize, batch);
    }
    row("insert, one by one", &singly);
    row("insert_many, save_all", &together);
    let (other, door) = (untyped(), typed());
    // Side by side, so that neither lies in memory in another way than the other.
    for one in people {
        other.insert(&one.id, one).expect("room");
        door.insert(one).expect("room");
    }
    (door, other)
}

fn row(title: &str, rates: &Rates) {
    let verdict = judged(rates.ratio(0, 1), TARGET);
    println!("| {title} | {} | {} | {verdict} |", rates.cell(0), rates.cell(1));
}
