//! Operations through a database: what they record, and that its replay gives the same sets.

use bytes::Bytes;

use super::{FLAVOURS, random_member};
use crate::keyspace::Key;
use crate::keyspace::effect::{Effect, Record};
use crate::types::random::Random;
use crate::types::set::value::{Set, SetEffect};
use crate::types::{Effect as _, Kind, TypedValue};
use crate::{Config, Database, Error};

fn recording() -> Database {
    let config = Config { shard_count: 1, record_effects: true, ..Config::default() };
    Database::open(config).expect("a valid configuration")
}

/// What `act` records, as text.
fn recorded(db: &Database, act: impl FnOnce() -> Result<(), Error>) -> Vec<String> {
    let start = db.engine().log().records().len();
    act().expect("it works");
    let bytes = db.engine().log().records();
    let (mut rest, mut texts) = (&bytes[start..], Vec::new());
    while !rest.is_empty() {
        let (record, after) = Record::decode(rest).expect("a whole record");
        let what = match record.effect {
            Effect::Edit { kind: Kind::Set, body } => match SetEffect::decode(body) {
                Some(SetEffect::Add(member)) => format!("+{}", member.escape_ascii()),
                Some(SetEffect::Remove(member)) => format!("-{}", member.escape_ascii()),
                None => panic!("not an effect of sets: {body:?}"),
            },
            Effect::Store { kind: Kind::Set, deadline, image } => {
                let set = Set::from_image(image).expect("an image");
                format!("={} {deadline:?}", set.view().len())
            }
            Effect::Remove => "gone".to_owned(),
            other @ (Effect::Deadline(_)
            | Effect::Clear
            | Effect::Swap(_)
            | Effect::PutDocument { .. }
            | Effect::RemoveDocument { .. }
            | Effect::Collection { .. }
            | Effect::Edit { .. }
            | Effect::Store { .. }) => format!("{other:?}"),
        };
        texts.push(format!("{} {what}", record.key.escape_ascii()));
        rest = after;
    }
    texts
}

#[test]
fn only_changes_are_recorded_and_as_what_changed() -> Result<(), Error> {
    let db = recording();
    let see = |act: &dyn Fn() -> Result<(), Error>| recorded(&db, act);
    assert_eq!(see(&|| db.sadd("a", ["x", "7", "x"]).map(drop)), ["a +x", "a +7"]);
    assert!(see(&|| db.sadd("a", ["x", "7"]).map(drop)).is_empty());
    assert!(see(&|| db.srem("a", ["y", "z"]).map(drop)).is_empty());
    assert_eq!(see(&|| db.srem("a", ["y", "7"]).map(drop)), ["a -7"]);
    assert_eq!(see(&|| db.spop("a").map(drop)), ["a -x", "a gone"]);
    assert_eq!(db.scard("a")?, 0);
    assert!(see(&|| db.spop("a").map(drop)).is_empty());
    assert!(see(&|| db.spop_many("a", 3).map(drop)).is_empty());
    Ok(())
}

#[test]
fn popping_records_the_lesser_part() -> Result<(), Error> {
    let db = recording();
    let members: Vec<String> = (0..1_000).map(|n| format!("m{n}")).collect();
    db.sadd("s", &members[..])?;
    let key = Key::new(b"s");
    let later = 1_i64 << 45;
    db.engine().on(0, &key, |keyspace| Ok(keyspace.set_deadline(&key, Some(later))))?;

    let some = recorded(&db, || db.spop_many("s", 300).map(drop));
    assert_eq!(some.len(), 300);
    assert!(some.iter().all(|record| record.starts_with("s -m")));
    let most = recorded(&db, || db.spop_many("s", 690).map(drop));
    assert_eq!(most, [format!("s =10 Some({later})")]);
    let all = recorded(&db, || db.spop_many("s", 10).map(drop));
    assert_eq!(all, ["s gone"]);
    Ok(())
}

#[test]
fn a_stored_result_is_one_effect() -> Result<(), Error> {
    let db = recording();
    db.sadd("a", ["1", "2", "3"])?;
    db.sadd("b", ["2", "3", "4"])?;
    db.set("d", "text")?;
    let store = |act: &dyn Fn() -> Result<usize, Error>| recorded(&db, || act().map(drop));
    assert_eq!(store(&|| db.sinterstore("d", ["a", "b"])), ["d =2 None"]);
    assert_eq!(store(&|| db.sunionstore("d", ["a", "b"])), ["d =4 None"]);
    assert_eq!(store(&|| db.sdiffstore("a", ["a", "b"])), ["a =1 None"]);
    assert_eq!(db.smembers("a")?, ["1"]);
    assert_eq!(store(&|| db.sinterstore("d", ["a", "none"])), ["d gone"]);
    assert!(store(&|| db.sinterstore("d", ["a", "none"])).is_empty());
    Ok(())
}

#[test]
fn moving_between_sets_is_one_step_in_every_case() -> Result<(), Error> {
    let db = recording();
    db.sadd("a", ["x", "y", "z"])?;
    db.sadd("b", "y")?;
    let shift =
        |from: &str, to: &str, member: &str| recorded(&db, || db.smove(from, to, member).map(drop));
    assert_eq!(shift("a", "b", "x"), ["a -x", "b +x"]);
    assert_eq!(shift("a", "b", "y"), ["a -y"]);
    assert_eq!(shift("a", "new", "z"), ["a -z", "a gone", "new =1 None"]);
    assert!(shift("a", "b", "x").is_empty());
    assert!(shift("b", "b", "x").is_empty());
    assert_eq!((db.smove("b", "b", "x")?, db.smove("b", "b", "q")?), (true, false));
    assert_eq!((db.scard("a")?, db.scard("b")?, db.scard("new")?), (0, 2, 1));
    Ok(())
}

#[test]
fn results_take_the_form_that_fits_them() -> Result<(), Error> {
    let db = Database::in_memory();
    let numbers: Vec<String> = (0..600).map(|n| n.to_string()).collect();
    let names: Vec<String> = (0..600).map(|n| format!("m{n}")).collect();
    let encoding = |name: &str| {
        let key = Key::new(name.as_bytes());
        db.engine()
            .on(0, &key, |keyspace| Ok(keyspace.read::<Set>(&key)?.map_or("none", Set::encoding)))
    };
    db.sadd("numbers", &numbers[..])?;
    db.sadd("all", numbers.iter().chain(&names).collect::<Vec<_>>())?;
    db.sadd("few", ["1", "2", "m1"])?;
    db.sinterstore("d", ["numbers", "all", "few"])?;
    assert_eq!(encoding("d")?, "intset");
    db.sinterstore("d", ["all", "few"])?;
    assert_eq!(encoding("d")?, "listpack");
    db.sinterstore("d", ["all", "numbers"])?;
    assert_eq!(encoding("d")?, "hashtable");
    db.sdiffstore("d", ["few", "numbers"])?;
    assert_eq!(encoding("d")?, "listpack");
    db.sunionstore("d", ["few", "d"])?;
    assert_eq!(encoding("d")?, "listpack");
    Ok(())
}

#[test]
fn a_huge_number_of_repetitions_is_refused() -> Result<(), Error> {
    let db = Database::in_memory();
    db.sadd("a", "x")?;
    assert!(matches!(db.srandmember_many("a", i64::MIN), Err(Error::TooLarge { .. })));
    assert_eq!(db.srandmember_many("a", -3)?, ["x", "x", "x"]);
    assert_eq!(db.srandmember_many("none", i64::MIN)?, Vec::<Bytes>::new());
    Ok(())
}

/// A random operation on a few keys.
fn act(db: &Database, random: &mut Random) -> Result<(), Error> {
    let keys = ["a", "b", "c", "d"];
    let [one, two, three] = [(); 3].map(|()| keys[random.within(0..keys.len())]);
    let flavour = FLAVOURS[random.within(0..FLAVOURS.len())];
    let count = [1, 5, 40][random.within(0..3)];
    let members: Vec<Vec<u8>> = (0..count).map(|_| random_member(random, flavour, 400)).collect();
    match random.within(0..12) {
        0..4 => db.sadd(one, &members[..]).map(drop),
        4 => db.srem(one, &members[..]).map(drop),
        5 => db.spop(one).map(drop),
        6 => db.spop_many(one, count * random.within(0..8)).map(drop),
        7 | 8 => db.smove(one, two, &members[0]).map(drop),
        9 => db.sinterstore(one, [two, three]).map(drop),
        10 => db.sunionstore(one, [two, three]).map(drop),
        _ => db.sdiffstore(one, [two, three]).map(drop),
    }
}

#[test]
fn the_replay_of_all_records_gives_the_same_sets() -> Result<(), Error> {
    let mut random = Random::from_environment();
    let db = recording();
    for _ in 0..4_000 {
        act(&db, &mut random)?;
    }
    let replayed = Database::in_memory();
    replayed.replay(&db.effects())?;
    assert_eq!(replayed.digest(), db.digest());
    assert!(!db.effects().is_empty());
    for key in ["a", "b", "c", "d"] {
        db.spop_many(key, usize::MAX)?;
    }
    assert_eq!(db.used_memory(), Database::in_memory().used_memory());
    Ok(())
}
