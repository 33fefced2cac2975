//! Typed filters, the same as texts, and brute force.

use kora::repository::Where;
use kora::{Database, KoraDocument, KoraEmbed, KoraKey, Update};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::dice::{self, Dice};

/// Dice of this run, which print their seed where a test fails.
#[expect(clippy::print_stdout, reason = "a random test says its seed")]
fn dice() -> Dice {
    let seed = dice::seed();
    println!("KORA_SEED={seed}");
    Dice::new(seed)
}
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, KoraKey)]
#[serde(rename_all = "lowercase")]
enum Color {
    Red,
    Green,
    Blue,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "items", index(size, name))]
struct Item {
    #[kora(id)]
    id: u32,
    #[kora(unique)]
    code: String,
    #[kora(index)]
    color: Color,
    #[kora(index)]
    price: i64,
    size: u8,
    name: String,
    weight: Option<f64>,
    #[kora(index)]
    tags: Vec<String>,
    #[kora(embed)]
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraEmbed)]
struct Part {
    #[kora(index)]
    kind: String,
    count: u8,
}

fn word(dice: &mut Dice, most: usize) -> String {
    format!("w{}", dice.below(most))
}

fn item(dice: &mut Dice, id: u32) -> Item {
    const COLORS: [Color; 3] = [Color::Red, Color::Green, Color::Blue];
    let mut part = || Part { kind: word(dice, 6), count: 3 };
    let parts = vec![part(), part()];
    Item {
        id,
        code: format!("c{id}"),
        color: COLORS[dice.below(3)],
        price: i64::try_from(dice.below(40)).expect("small") - 20,
        size: u8::try_from(dice.below(5)).expect("small"),
        name: word(dice, 4),
        weight: (dice.below(3) > 0)
            .then(|| f64::from(u8::try_from(dice.below(9)).expect("small")) / 2.0),
        tags: (0..dice.below(4)).map(|_| word(dice, 5)).collect(),
        parts,
    }
}

type Check = Box<dyn Fn(&Item) -> bool>;

/// A filter, and the same said in Rust.
fn leaf(dice: &mut Dice) -> (Where<Item>, Check) {
    let f = Item::fields();
    let price = i64::try_from(dice.below(44)).expect("small") - 22;
    let (size, text) = (u8::try_from(dice.below(6)).expect("small"), word(dice, 6));
    let weight = f64::from(size) / 2.0;
    match dice.below(16) {
        0 => (f.price.ge(price).erase(), Box::new(move |item| item.price >= price)),
        1 => (f.price.lt(price).erase(), Box::new(move |item| item.price < price)),
        2 => (
            f.price.between(price, price + 9).erase(),
            Box::new(move |item| (price..=price + 9).contains(&item.price)),
        ),
        3 => (f.color.eq(Color::Green).erase(), Box::new(|item| item.color == Color::Green)),
        4 => (
            f.color.in_list([Color::Red, Color::Blue]).erase(),
            Box::new(|item| item.color != Color::Green),
        ),
        5 => (f.size.eq(size).erase(), Box::new(move |item| item.size == size)),
        6 => (f.size.ne(size), Box::new(move |item| item.size != size)),
        7 => {
            let name = text.clone();
            let filter = f.size_name.eq((size, &name)).erase();
            (filter, Box::new(move |item| item.size == size && item.name == name))
        }
        8 => (f.weight.is_none().erase(), Box::new(|item| item.weight.is_none())),
        9 => (f.weight.gt(weight), Box::new(move |item| item.weight.is_some_and(|w| w > weight))),
        10 => (f.tags.contains(&text).erase(), Box::new(move |item| item.tags.contains(&text))),
        11 => {
            let all = ["w1".to_owned(), text];
            let filter = f.tags.contains_all(&all).erase();
            (filter, Box::new(move |item| all.iter().all(|tag| item.tags.contains(tag))))
        }
        12 => {
            let filter = f.parts.kind.eq(&text).erase();
            (filter, Box::new(move |item| item.parts.iter().any(|part| part.kind == text)))
        }
        13 => {
            let code = format!("c{}", dice.below(300));
            let filter = f.code.eq(&code).erase();
            (filter, Box::new(move |item| item.code == code))
        }
        14 => {
            let ids = [u32::from(size), u32::try_from(dice.below(250)).expect("small")];
            (f.id.in_list(ids).erase(), Box::new(move |item| ids.contains(&item.id)))
        }
        _ => {
            (f.name.scan().starts_with("w1").erase(), Box::new(|item| item.name.starts_with("w1")))
        }
    }
}

fn filter(dice: &mut Dice, depth: usize) -> (Where<Item>, Check) {
    if depth == 0 {
        return leaf(dice);
    }
    match dice.below(4) {
        0 => {
            let ((one, is_one), (other, is_other)) =
                (filter(dice, depth - 1), filter(dice, depth - 1));
            (one.and(other), Box::new(move |item| is_one(item) && is_other(item)))
        }
        1 => {
            let ((one, is_one), (other, is_other)) =
                (filter(dice, depth - 1), filter(dice, depth - 1));
            (one.or(other), Box::new(move |item| is_one(item) || is_other(item)))
        }
        2 => {
            let (one, is_one) = filter(dice, depth - 1);
            (one.not(), Box::new(move |item| !is_one(item)))
        }
        _ => leaf(dice),
    }
}

#[test]
fn typed_filters_text_and_brute_force_agree() {
    let mut dice = dice();
    let items = Database::in_memory().repository::<Item>().expect("a new collection");
    let all: Vec<Item> = (0..250).map(|id| item(&mut dice, id)).collect();
    items.insert_many(&all).expect("new ids");
    let f = Item::fields();
    for _ in 0..150 {
        let (filter, check) = filter(&mut dice, 3);
        let text = filter.to_string();
        let expected: Vec<u32> =
            all.iter().filter(|item| check(item)).map(|item| item.id).collect();
        let mut typed = items.scan(filter.clone()).ids().expect("a filter");
        typed.sort_unstable();
        assert_eq!(typed, expected, "{text}");
        let mut raw = items.where_raw(&text).ids().expect("a text");
        raw.sort_unstable();
        assert_eq!(raw, expected, "{text}");
        assert_eq!(items.scan(filter.clone()).count(), Ok(expected.len() as u64), "{text}");

        let order = f.price.desc().then(f.id.asc());
        let ordered = items.scan(filter.clone()).order_by(order.clone());
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let query = ordered.clone();
            let query = cursor.map_or(query.clone(), |cursor| query.after(cursor));
            let page = query.page(60).expect("a page");
            seen.extend(page.items);
            let Some(next) = page.next else { break };
            cursor = Some(next);
        }
        assert_eq!(seen, ordered.all().expect("rows"), "{text}");
        assert_eq!(seen.len(), expected.len(), "{text}");
    }
}

#[test]
fn what_compiles_as_served_is_served() {
    let items = Database::in_memory().repository::<Item>().expect("a new collection");
    let mut dice = dice();
    items
        .insert_many(&(0..250).map(|id| item(&mut dice, id)).collect::<Vec<_>>())
        .expect("new ids");
    let f = Item::fields();
    for query in [
        items.find(f.code.eq("c3")),
        items.find(f.code.in_list(["c3", "c4"]).or(f.id.eq(7_u32))),
        items.find(f.code.eq("c3").and(f.name.eq("w1"))),
        items.find(f.id.eq(9_u32)),
        items.find(f.color.eq(Color::Red)),
        items.find(f.color.eq(Color::Red).or(f.price.gt(3))),
        items.find(f.price.between(1, 3).and(f.weight.is_some())),
        items.find(f.size.eq(1)),
        items.find(f.size_name.eq((1, "w1"))),
        items.find(f.tags.contains("w1")),
        items.find(f.tags.contains_any(["w1", "w2"])),
        items.find(f.parts.kind.eq("w1")),
    ] {
        let explain = query.explain().expect("a query");
        assert!(!explain.indexes.is_empty(), "{explain}");
    }
    let rows = items.find(f.id.eq(9_u32)).select((f.id, f.weight, f.color)).expect("rows");
    assert_eq!(rows[0].0, 9);
}

#[test]
fn raw_commands_and_the_repository_see_each_other() {
    let db = Database::in_memory();
    let items = db.repository::<Item>().expect("a new collection");
    let item = item(&mut dice(), 5);
    items.insert(&item).expect("a new id");
    let raw = db.collection("items").expect("it is there");
    assert_eq!(
        raw.get::<Value>("5").expect("an item").map(|item| item["code"].clone()),
        Some(json!("c5"))
    );
    raw.update("5", &Update::new().set("price", 99).expect("a number")).expect("an item");
    assert_eq!(items.find(Item::fields().price.eq(99)).ids(), Ok(vec![5]));
}
