//! Indexes over several paths, and indexes of some documents: they change no answer, and are used.

use kora::{Collection, Database, Index};
use serde_json::{Value, json};

use crate::support::dice::{self, Dice};

fn people(db: &Database) -> Collection {
    let people = db.create_collection("people").expect("a new name");
    for i in 0..2_000 {
        let person = json!({"city": format!("city {}", i % 7), "age": i % 80});
        people.insert(&format!("{i:05}"), &person).expect("a new id");
    }
    people
}

/// What a query finds, and in what order, must not depend on the indexes there are.
#[test]
#[expect(clippy::print_stderr, reason = "a random test says its seed")]
fn indexes_over_several_paths_and_of_some_documents_change_no_answer() {
    let seed = dice::seed();
    eprintln!("KORA_SEED={seed}");
    let mut dice = Dice::new(seed);
    for round in 0..6 {
        let db = Database::in_memory();
        let indexed = db.create_collection("indexed").expect("a new name");
        let plain = db.create_collection("plain").expect("a new name");
        for index in some_indexes(&mut dice) {
            indexed.create_index(index).expect("a new index");
        }
        // In the last rounds some have several values at a path.
        for number in 0..400 {
            let document = random_document(&mut dice, round > 3);
            indexed.insert(&number.to_string(), &document).expect("a new id");
            plain.insert(&number.to_string(), &document).expect("a new id");
        }
        for _ in 0..250 {
            let filter = random_filter(&mut dice);
            let order = *dice.pick(&["", "n", "n DESC", "m DESC, n", "k, m"]);
            let limit = *dice.pick(&[1, 3, 20, 1_000]);
            let of = |collection: &Collection| {
                let find = collection.find(&filter).order_by(order);
                let whole = if order.is_empty() { 1_000 } else { limit };
                let page = find.clone().limit(7).page::<Value>().expect("a page");
                let next = page.next.map(|next| find.clone().limit(7).after(next).ids());
                (find.clone().limit(whole).ids(), page.items, next, find.count())
            };
            let explain = indexed.find(&filter).order_by(order).limit(limit).explain();
            assert_eq!(of(&indexed), of(&plain), "{filter} ORDER BY {order}: {explain:?}");
        }
    }
}

fn some_indexes(dice: &mut Dice) -> Vec<Index> {
    let all = [
        Index::hash("k"),
        Index::sorted("n"),
        Index::sorted("k").and("n").named("kn"),
        Index::sorted("k").and("m").and("n").named("kmn"),
        Index::sorted("m").and("n").only("k = 1").named("mn1"),
        Index::sorted("n").only("m > 3").named("n3"),
        Index::hash("m").only("n EXISTS AND k < 3").named("mk"),
        Index::sorted("m").only("m STARTS WITH 'a'").named("ma"),
    ];
    all.into_iter().filter(|_| dice.percent(60)).collect()
}

fn random_value(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0 => json!(null),
        1 => json!(*dice.pick(&["a", "ab", "b"])),
        2 => json!(2.5),
        3 => json!(true),
        _ => json!(dice.below(6)),
    }
}

fn random_document(dice: &mut Dice, has_lists: bool) -> Value {
    let mut document = json!({});
    for name in ["k", "m", "n"] {
        if has_lists && dice.percent(3) {
            document[name] = json!([random_value(dice), random_value(dice)]);
        } else if dice.percent(90) {
            document[name] = random_value(dice);
        }
    }
    document
}

fn random_filter(dice: &mut Dice) -> String {
    let term = |dice: &mut Dice| {
        let (path, value) = (*dice.pick(&["k", "m", "n"]), random_value(dice));
        let number = dice.below(6);
        match dice.below(10) {
            0..=4 => format!("{path} = {value}"),
            5 => format!("{path} > {number}"),
            6 => format!("{path} BETWEEN {number} AND {}", number + 2),
            7 => format!("{path} <= {number}.5"),
            8 => format!("{path} STARTS WITH 'a'"),
            _ => (*dice.pick(&["n EXISTS", "k = 1", "m > 3", "k < 3", "NOT m = 1"])).to_owned(),
        }
    };
    let and = |dice: &mut Dice| {
        let terms: Vec<String> = (0..1 + dice.below(4)).map(|_| term(dice)).collect();
        terms.join(" AND ")
    };
    match dice.below(5) {
        0 => format!("({}) OR ({})", and(dice), and(dice)),
        1 => format!("NOT ({})", and(dice)),
        2 => format!("({} OR {}) AND {}", term(dice), term(dice), and(dice)),
        _ => and(dice),
    }
}

#[test]
fn an_index_over_several_paths_gives_a_range_and_an_order() {
    let db = Database::in_memory();
    let people = people(&db);
    people.create_index(Index::sorted("city").and("age").named("city_age")).expect("a new index");
    let old = Index::sorted("age").only("age >= 70").named("old");
    people.create_index(old).expect("a new index");
    let oldest = people.find("city = 'city 3'").order_by("age DESC").limit(3);
    let explain = oldest.explain().expect("a query");
    assert_eq!(explain.ordered_by.as_deref(), Some("city_age"));
    assert!(explain.rows_examined < 40 && !explain.is_filtered, "{explain}");
    let some = people.find("city = 'city 3' AND age > 30 AND age <= 35");
    let explain = some.explain().expect("a query");
    assert_eq!((&explain.indexes[..], explain.is_filtered), (&["city_age".to_owned()][..], false));
    assert_eq!(explain.rows_examined, explain.rows_returned);
    let older = people.find("age > 75").explain().expect("a query");
    assert_eq!((&older.indexes[..], older.is_filtered), (&["old".to_owned()][..], false));
    let sixty = people.find("age > 60").explain().expect("a query");
    assert!(sixty.indexes.is_empty(), "{sixty}");
}

#[test]
fn a_range_in_the_order_of_its_own_index_ends_at_the_limit() {
    let db = Database::in_memory();
    let people = people(&db);
    people.create_index(Index::sorted("age")).expect("a new index");
    for order in ["age", "age DESC"] {
        let some = people.find("age >= 10").order_by(order).limit(5);
        let explain = some.explain().expect("a query");
        assert_eq!((explain.ordered_by.as_deref(), explain.is_filtered), (Some("age"), false));
        assert!(explain.rows_examined < 200, "of 1750: {explain}");
        let tall = people.find("age >= 10 AND city = 'city 3'").order_by(order).limit(5);
        let explain = tall.explain().expect("a query");
        assert!(explain.is_filtered && explain.rows_examined < 600, "of 1750: {explain}");
    }
}

/// Which rows come first is told by how their keys begin; those that begin alike are told apart by the
/// rest, and those that are equal by their ids.
#[test]
fn the_first_of_an_order_are_found_whatever_their_keys_begin_with() {
    for shards in [1, 2, 5] {
        let config = kora::Config { shard_count: shards, ..kora::Config::default() };
        let db = Database::open(config).expect("a database");
        let people = db.create_collection("people").expect("a new name");
        people.create_index(Index::sorted("name")).expect("a new index");
        people.create_index(Index::hash("team")).expect("a new index");
        let mut all = Vec::new();
        for i in 0..3_000 {
            let name = match i % 4 {
                0 => format!("a long beginning that all share {}", i * 7_919 % 3_000),
                1 => "the same".to_owned(),
                2 => format!("{:04}", i * 7_919 % 3_000),
                _ => String::new(),
            };
            let (id, team) = (format!("{i:05}"), i % 3);
            people.insert(&id, &json!({"name": name, "team": team})).expect("a new id");
            all.push((name, id, team));
        }
        all.sort();
        for (filter, is_meant) in [
            ("*", (|_, _| true) as fn(&str, u32) -> bool),
            ("team = 1", |_, team| team == 1),
            ("name >= 'a'", |name, _| name >= "a"),
            ("name STARTS WITH 'a long'", |name, _| name.starts_with("a long")),
            ("name < 'b' AND team = 2", |name, team| name < "b" && team == 2),
        ] {
            let mut meant: Vec<_> =
                all.iter().filter(|(name, _, team)| is_meant(name, *team)).collect();
            for order in ["name", "name DESC"] {
                let ids: Vec<&str> = meant.iter().map(|(_, id, _)| &**id).collect();
                for (limit, offset) in [(1, 0), (7, 0), (20, 13), (740, 0), (760, 3), (5_000, 0)] {
                    let find = people.find(filter).order_by(order).limit(limit).offset(offset);
                    let expected: Vec<&str> =
                        ids.iter().skip(offset).take(limit).copied().collect();
                    assert_eq!(find.ids().expect("ids"), expected, "{filter} {order} {limit}");
                }
                // Equal names stay in the order of their ids.
                meant.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
            }
        }
    }
}
