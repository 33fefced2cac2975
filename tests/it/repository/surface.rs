//! What the other tests of the repository do not come by: pieces of queries, ids of all kinds, and
//! fields of nested structs, newtypes and enums that are changed one by one.

use std::time::Duration;

use kora::repository::Change;
use kora::{Clock, Config, Database, DocumentError, KoraDocument, KoraEmbed, KoraKey, Repository};
use serde::{Deserialize, Serialize};

use super::{START, document_error};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, KoraKey)]
#[serde(rename_all = "kebab-case")]
enum Grade {
    Good,
    VeryGood,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraKey)]
struct Reference(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraEmbed)]
struct Address {
    #[kora(index)]
    city: String,
    #[kora(unique)]
    phone: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "shops", id(country, number), index(grade, name, when = "open = true"))]
struct Shop {
    country: String,
    number: u32,
    name: String,
    #[kora(index)]
    grade: Grade,
    #[kora(unique, index = sorted)]
    reference: Reference,
    #[kora(embed)]
    address: Address,
    #[kora(index)]
    rating: f32,
    open: bool,
    notes: Option<Vec<String>>,
    #[kora(index)]
    tags: Vec<String>,
}

fn shop(number: u32) -> Shop {
    Shop {
        country: "GH".into(),
        number,
        name: format!("shop {number}"),
        grade: if number % 2 == 0 { Grade::Good } else { Grade::VeryGood },
        reference: Reference(format!("r{number:02}")),
        address: Address { city: format!("city {}", number % 3), phone: None },
        rating: 0.5,
        open: number % 4 == 0,
        notes: None,
        tags: vec![format!("t{number}"), "all".into()],
    }
}

fn shops() -> Repository<Shop> {
    let shops = Database::in_memory().repository::<Shop>().expect("a new collection");
    let all: Vec<Shop> = (0..12).map(shop).collect();
    let ids = shops.insert_many(&all).expect("new shops");
    assert_eq!(ids[3], ("GH".to_owned(), 3));
    shops
}

fn id(number: u32) -> (String, u32) {
    ("GH".to_owned(), number)
}

fn numbers(shops: &[Shop]) -> Vec<u32> {
    shops.iter().map(|shop| shop.number).collect()
}

#[test]
fn queries_are_cut_ordered_and_given_up() {
    let (shops, f) = (shops(), Shop::fields());
    let ordered = shops.all().order_by(f.grade.scan().desc()).order_by(f.name.asc());
    let cut = ordered.clone().offset(1).limit(3).all().expect("shops");
    assert_eq!(numbers(&cut), [11, 3, 5]);
    assert_eq!(ordered.first().expect("shops").map(|shop| shop.number), Some(1));
    assert_eq!(ordered.clone().offset(12).first(), Ok(None));
    assert_eq!(ordered.clone().offset(3).count(), Ok(12), "whatever is left out");

    let by_reference = shops.find(f.reference.le(Reference("r05".into())));
    let by_reference = by_reference.order_by(f.reference.desc());
    let first = by_reference.page(4).expect("a page");
    assert_eq!(numbers(&first.items), [5, 4, 3, 2]);
    let next = first.next.expect("there are more");
    // What goes meanwhile shifts nothing.
    assert_eq!(shops.delete(id(4)), Ok(true));
    let second = by_reference.clone().after(&next).page(4).expect("a page");
    assert_eq!((numbers(&second.items), second.next), (vec![1, 0], None));
    let bad = document_error(by_reference.after("nothing").page(4));
    assert!(matches!(bad, DocumentError::BadCursor), "{bad}");

    let two = document_error(shops.find(f.address.city.eq("city 1")).one());
    assert!(matches!(two, DocumentError::NotOne), "{two}");
    let none = document_error(shops.find(f.address.city.eq("city 9")).one());
    assert_eq!(none, DocumentError::NoSuchDocument);

    let any = f.tags.contains_any(["t1", "t2"]);
    assert_eq!(shops.find(any.clone()).count(), Ok(2));
    let both = f.tags.contains_all(["t1", "all"]);
    assert_eq!(
        shops.find(both).and(any).and_opt(None::<kora::repository::Where<Shop>>).count(),
        Ok(1)
    );
    assert_eq!(shops.find(f.grade.in_list([Grade::Good, Grade::VeryGood])).count(), Ok(11));
    let of_open = f.grade_name.scan().eq((Grade::Good, "shop 8"));
    assert_eq!(shops.scan(of_open.and(f.open.eq(true))).ids(), Ok(vec![id(8)]));
}

#[test]
fn a_query_that_takes_long_is_given_up() {
    let db = Database::open(Config { shard_count: 1, ..Config::default() }).expect("in memory");
    let shops = db.repository::<Shop>().expect("a new collection");
    shops.insert_many(&(0..3000).map(shop).collect::<Vec<_>>()).expect("new shops");
    let all = shops.scan(Shop::fields().name.ne("x"));
    let late = all.clone().timeout(Duration::ZERO).ids();
    assert!(matches!(document_error(late), DocumentError::Timeout), "no time at all");
    assert_eq!(all.timeout(Duration::from_secs(600)).ids().map(|ids| ids.len()), Ok(3000));
}

#[test]
fn nested_fields_options_and_keys_change_one_by_one() {
    let (shops, f) = (shops(), Shop::fields());
    let moved = shops
        .update(id(1))
        .set(f.address.city, "elsewhere")
        .set(f.address.phone, "123".to_owned())
        .set(f.grade, Grade::Good)
        .set(f.notes, vec!["one".to_owned()])
        .add(f.rating, 0.25)
        .fetch();
    let moved = moved.expect("a shop").expect("it is there");
    assert_eq!((&*moved.address.city, moved.grade, moved.rating), ("elsewhere", Grade::Good, 0.75));
    assert_eq!(moved.notes.as_deref(), Some(&["one".to_owned()][..]));
    assert_eq!(shops.find(f.address.city.eq("elsewhere")).ids(), Ok(vec![id(1)]));
    assert_eq!(shops.find(f.rating.gt(0.5)).ids(), Ok(vec![id(1)]));
    let taken = shops.update(id(2)).set(f.address.phone, "123".to_owned()).apply();
    assert!(matches!(document_error(taken), DocumentError::NotUnique(_)));
    assert_eq!(shops.update(id(1)).unset(f.address.phone).unset(f.notes).apply(), Ok(true));
    let (phone, notes) =
        shops.pluck(id(1), (f.address.phone, f.notes)).expect("a shop").expect("is");
    assert_eq!((phone, notes), (None, None));

    let close = Change::new().set(f.open, false).pull(f.tags, "all");
    assert_eq!(shops.find(f.grade.eq(Grade::Good)).update_all(&close), Ok(7));
    assert_eq!(shops.update(id(3)).with(&close).only_if(f.open.eq(true)).apply(), Ok(false));
    assert_eq!(shops.update(id(3)).with(&close).apply(), Ok(true));
    assert_eq!(shops.find(f.tags.contains("all")).count(), Ok(4));
    assert_eq!(shops.scan(f.open.eq(true)).exists(), Ok(false));
    let replaced = Shop { name: "new".into(), ..shop(5) };
    assert_eq!(shops.replace(&replaced), Ok(id(5)));
    assert_eq!(shops.get(id(5)), Ok(Some(replaced)));
    assert_eq!(shops.find(f.tags.contains("t5")).delete_all(), Ok(1));
    assert_eq!(shops.take(id(5)), Ok(None));
    assert_eq!(shops.count(), Ok(11));
}

#[test]
fn ids_are_made_of_the_time() {
    #[derive(Debug, Serialize, Deserialize, KoraDocument)]
    #[kora(collection = "events", ttl = "90s")]
    struct Event {
        #[kora(id(auto = uuid7))]
        id: String,
        name: String,
    }

    let clock = Clock::manual(START);
    let db = Database::open(Config { clock: clock.clone(), ..Config::default() });
    let events = db.expect("in memory").repository::<Event>().expect("a new collection");
    let mut made = Vec::new();
    for name in ["one", "two", "three"] {
        let mut event = Event { id: String::new(), name: name.into() };
        let id = events.insert(&mut event).expect("a new event");
        assert_eq!(id, event.id);
        made.push(id);
        clock.advance(Duration::from_millis(1));
    }
    assert!(made.is_sorted(), "{made:?}");
    let parts: Vec<usize> = made[0].split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12]);
    let millis = format!("{START:012x}");
    assert_eq!(made[0].replace('-', "")[..12], millis, "it begins with the time");
    assert_eq!(&made[0][14..15], "7", "the version");
    let own = Event { id: "own".into(), name: "mine".into() };
    assert_eq!(events.insert(&own), Ok("own".to_owned()), "one that is there stays");
    assert_eq!(events.ttl("own"), Ok(Some(Duration::from_secs(90))));
    clock.advance(Duration::from_secs(90));
    assert_eq!(events.exists("own"), Ok(false));
}
