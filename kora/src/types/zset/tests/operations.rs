//! Operations through the typed methods: what has no reply that a script could compare.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::keyspace::Key;
use crate::keyspace::effect::Record;
use crate::types::random::Random;
use crate::{
    Aggregate, ArgumentError, Bytes, Config, Database, Error, Limit, Result, ScanOptions, ScoreEnd,
    ScoreRange, ZAddOptions,
};

fn board(len: usize) -> Database {
    let db = Database::in_memory();
    let scored: Vec<_> = (0..len).map(|i| ((i / 2) as f64, format!("member:{i}"))).collect();
    assert_eq!(db.zadd("board", &scored), Ok(len));
    db
}

/// The database that the effects of another one make.
fn replayed(db: &Database) -> Database {
    let copy = Database::in_memory();
    let records = db.engine().log().records();
    let mut rest = &records[..];
    while let Some((record, after)) = Record::decode(rest) {
        let key = Key::new(record.key);
        let fits = copy.engine().on(0, &key, |keyspace| Ok(keyspace.replay(&key, record.effect)));
        assert_eq!(fits, Ok(Some(())), "{record:?}");
        rest = after;
    }
    assert!(rest.is_empty());
    copy
}

/// One change of one of some keys; whatever it answers.
fn change(db: &Database, random: &mut Random) -> Result<()> {
    let keys = ["a", "b", "c"];
    let (key, other) = (keys[random.within(0..3)], keys[random.within(0..3)]);
    let member = random.within(0..300).to_string();
    let (score, rank) = (random.within(0..50) as f64 / 4.0, random.within(0..200) as i64);
    match random.within(0..40) {
        0 => db.zremrangebyrank(key, rank, rank + 3).map(drop),
        1 => db.zremrangebyscore(key, score..score + 0.5).map(drop),
        2 => db.zpopmin(key, random.within(0..4)).map(drop),
        3 => db.zmpop([key, other], ScoreEnd::Highest, 2).map(drop),
        4 => db.zunionstore(key, [(key, 0.5), (other, 2.0)], Aggregate::Min).map(drop),
        5 => db.zinterstore(key, [key, other], Aggregate::Max).map(drop),
        6 => db.zdiffstore(key, [other, key]).map(drop),
        7 => db.zrangestore(key, other, 0, rank).map(drop),
        8..=14 => db.zrem(key, &member).map(drop),
        15..=18 => db.zincrby(key, score, &member).map(drop),
        19 => db.zadd(key, [(score, "x".repeat(70))]).map(drop),
        _ => db.zadd(key, [(score, member)]).map(drop),
    }
}

#[test]
fn replay_gives_the_same_sets_and_memory_comes_back() {
    let mut random = Random::from_environment();
    let config = Config { record_effects: true, ..Config::default() };
    let db = Database::open(config).expect("a valid configuration");
    for _ in 0..5_000 {
        change(&db, &mut random).expect("every change is possible");
    }
    let copy = replayed(&db);
    let all = |db: &Database, key| db.zrange_with_scores(key, 0, -1).expect("a sorted set");
    for key in ["a", "b", "c"] {
        assert_eq!(all(&db, key), all(&copy, key));
    }
    let empty = Database::in_memory().used_memory();
    for db in [db, copy] {
        assert!(db.used_memory() > empty);
        for key in ["a", "b", "c"] {
            db.zremrangebyrank(key, 0, -1).expect("a sorted set");
        }
        assert_eq!(db.used_memory(), empty);
    }
}

#[test]
fn what_changes_nothing_is_not_recorded() {
    let config = Config { record_effects: true, ..Config::default() };
    let db = Database::open(config).expect("a valid configuration");
    db.zadd("k", [(1.0, "a")]).expect("new");
    let before = db.engine().log().records();
    assert_eq!(db.zadd("k", [(1.0, "a")]), Ok(0));
    assert_eq!(db.zadd_with("k", [(2.0, "a")], ZAddOptions::new().only_if_absent()), Ok(0));
    assert_eq!(db.zadd_with("new", [(2.0, "a")], ZAddOptions::new().only_if_present()), Ok(0));
    assert_eq!(db.zincrby("k", 0.0, "a"), Ok(1.0));
    assert_eq!(db.zrem("k", ["b", "c"]), Ok(0));
    assert_eq!(db.zremrangebyscore("k", 2.0..), Ok(0));
    assert_eq!(db.zpopmin("k", 0), Ok(Vec::new()));
    assert_eq!(db.zadd("k", [(1.0, "b"), (f64::NAN, "c")]), Err(Error::NotAFloat));
    assert_eq!(db.engine().log().records(), before);
}

#[test]
fn a_destination_may_be_a_source() {
    let db = board(300);
    let keys = [("board", 1.0), ("board", 2.0)];
    assert_eq!(db.zunionstore("board", keys, Aggregate::Sum), Ok(300));
    assert_eq!(db.zscore("board", "member:7"), Ok(Some(9.0)));
    assert_eq!(db.zrangestore_byscore("board", "board", 9.0..=30.0, Limit::first(5)), Ok(5));
    let left = ["member:6", "member:7", "member:8", "member:9", "member:10"];
    let mut found = db.zrange("board", 0, -1).expect("a sorted set");
    found.sort_by_key(Bytes::len);
    assert_eq!(found, left);
    assert_eq!(db.zdiffstore("board", ["board", "board"]), Ok(0));
    assert_eq!(db.zcard("board"), Ok(0));
}

#[test]
fn the_members_of_plain_sets_score_one() {
    let db = board(300);
    // Integers, a packed run, a table: every form of a set.
    db.sadd("integers", ["7", "8"]).expect("new");
    db.sadd("packed", ["member:6", "member:8", "else"]).expect("new");
    let many: Vec<String> = (0..200).map(|i| format!("member:{i}")).collect();
    db.sadd("table", &many).expect("new");
    db.zadd("board", [(0.5, "8")]).expect("a sorted set");
    let keys = [("board", 1.0), ("packed", 10.0)];
    let both = db.zinter_with_scores(keys, Aggregate::Sum).expect("two sets");
    assert_eq!(both, [(Bytes::from("member:6"), 13.0), (Bytes::from("member:8"), 14.0)]);
    assert_eq!(db.zintercard(["board", "table"], 0), Ok(200));
    assert_eq!(
        db.zinter_with_scores(["board", "integers"], Aggregate::Min).map(|all| all[0].1),
        Ok(0.5)
    );
    assert_eq!(db.zunion(["integers", "packed"], Aggregate::Sum).map(|all| all.len()), Ok(5));
    assert_eq!(db.zdiffstore("rest", ["board", "table", "integers"]), Ok(100));
    assert_eq!(db.zdiff_with_scores(["integers", "board"]), Ok(vec![(Bytes::from("7"), 1.0)]));
    // A union takes a set's place, whatever it was.
    assert_eq!(db.zunionstore("table", ["table", "packed"], Aggregate::Sum), Ok(201));
    assert_eq!(db.zscore("table", "member:6"), Ok(Some(2.0)));
    db.set("text", "x").expect("a string");
    assert_eq!(db.zunion(["board", "text"], Aggregate::Sum), Err(Error::WrongType));
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let db = board(3);
    let options = ZAddOptions::new();
    for (options, error) in [
        (options.only_if_absent().only_if_present(), ArgumentError::XxWithNx),
        (options.only_if_absent().only_if_less(), ArgumentError::GtLtWithNx),
        (options.only_if_greater().only_if_less(), ArgumentError::GtLtWithNx),
    ] {
        let error = Error::Argument(error);
        assert_eq!(db.zadd_with("board", [(9.0, "a")], options), Err(error.clone()));
        assert_eq!(db.zincrby_with("board", 9.0, "a", options), Err(error));
    }
    let bound = Error::Argument(ArgumentError::ScoreBound);
    assert_eq!(db.zcount("board", f64::NAN..), Err(bound.clone()));
    assert_eq!(db.zcount("missing", ..f64::NAN), Err(bound.clone()));
    assert_eq!(db.zremrangebyscore("board", ScoreRange::ALL.above(f64::NAN)), Err(bound));
    assert_eq!(db.zincrby("board", f64::NAN, "a"), Err(Error::NotAFloat));
    db.zadd("board", [(f64::INFINITY, "endless")]).expect("infinity is a score");
    let sum = db.zincrby("board", f64::NEG_INFINITY, "endless");
    assert_eq!(sum, Err(Error::ScoreNotANumber));
    let weight = Err(Error::Argument(ArgumentError::WeightNotAFloat));
    assert_eq!(db.zunion([("board", f64::NAN)], Aggregate::Sum), weight);
    assert!(matches!(db.zrandmember_many("board", -i64::MAX), Err(Error::TooLarge { .. })));
    assert_eq!(db.zcard("board"), Ok(4));
}

#[test]
fn ranges_are_written_as_in_rust() {
    let db = board(20);
    let (from, to) = (Bound::Excluded(2.0), Bound::Included(4.0));
    assert_eq!(db.zcount("board", ..), Ok(20));
    assert_eq!(db.zcount("board", 2.0..4.0), Ok(4));
    assert_eq!(db.zcount("board", 2.0..=4.0), Ok(6));
    assert_eq!(db.zcount("board", 8.0..), Ok(4));
    assert_eq!(db.zcount("board", ..1.0), Ok(2));
    assert_eq!(db.zcount("board", ..=1.0), Ok(4));
    assert_eq!(db.zcount("board", (from, to)), Ok(4));
    db.zadd("names", [(0.0, "ann"), (0.0, "bob"), (0.0, "eve")]).expect("new");
    let bob = Bound::Excluded("bob".to_owned());
    assert_eq!(db.zlexcount("names", ..), Ok(3));
    assert_eq!(db.zlexcount("names", "ann".."bob"), Ok(1));
    assert_eq!(db.zlexcount("names", b"ann".to_vec()..=b"bob".to_vec()), Ok(2));
    assert_eq!(db.zlexcount("names", "bob"..), Ok(2));
    assert_eq!(db.zlexcount("names", .."bob"), Ok(1));
    assert_eq!(db.zlexcount("names", ..=&"bob"), Ok(2));
    assert_eq!(db.zlexcount("names", (Bound::Unbounded, bob)), Ok(1));
    assert_eq!(db.zremrangebylex("names", "b"..), Ok(2));
}

#[test]
fn picks_differ_unless_the_count_is_negative() {
    for len in [1, 4, 100, 2_000] {
        let db = board(len);
        for count in [0, 1, 3, 99, 700, 2_000, i64::MAX] {
            let picked = db.zrandmember_with_scores("board", count).expect("a sorted set");
            let wanted = usize::try_from(count).expect("positive").min(len);
            assert_eq!(picked.len(), wanted);
            for (member, score) in &picked {
                assert_eq!(db.zscore("board", member), Ok(Some(*score)));
            }
            let names: BTreeSet<Bytes> = picked.into_iter().map(|(member, _)| member).collect();
            assert_eq!(names.len(), wanted);
        }
        assert_eq!(db.zrandmember_many("board", -3_000).map(|picked| picked.len()), Ok(3_000));
    }
}

#[test]
fn choices_are_about_uniform() {
    // 6,000 choices of two of four members: 1,000 of each of the six pairs, give or take 29.
    let db = board(4);
    let mut pairs = BTreeMap::<BTreeSet<Bytes>, usize>::new();
    let mut singles = BTreeMap::<Option<Bytes>, usize>::new();
    for _ in 0..6_000 {
        let pair = db.zrandmember_many("board", 2).expect("a sorted set");
        *pairs.entry(pair.into_iter().collect()).or_default() += 1;
        *singles.entry(db.zrandmember("board").expect("a sorted set")).or_default() += 1;
    }
    assert_eq!((pairs.len(), singles.len()), (6, 4));
    assert!(pairs.values().all(|count| (750..1_250).contains(count)), "{pairs:?}");
    assert!(singles.values().all(|count| (1_200..1_800).contains(count)), "{singles:?}");
}

#[test]
fn a_scan_sees_every_member_that_stays() {
    for (len, steps_min) in [(100, 1), (5_000, 100)] {
        let db = board(len);
        let (mut cursor, mut seen, mut steps) = (0, BTreeMap::<Bytes, usize>::new(), 0);
        loop {
            let options = ScanOptions::new().count(10);
            let (next, found) = db.zscan("board", cursor, options).expect("a sorted set");
            for (member, score) in found {
                assert_eq!(db.zscore("board", &member), Ok(Some(score)));
                *seen.entry(member).or_default() += 1;
            }
            steps += 1;
            // The set grows and shrinks meanwhile.
            db.zadd("board", [(0.0, format!("late:{steps}"))]).expect("a sorted set");
            db.zrem("board", format!("late:{}", steps / 2)).expect("a sorted set");
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        assert!(steps >= steps_min, "{steps} steps");
        let stayed = seen.iter().filter(|(member, _)| member.starts_with(b"member:"));
        assert_eq!(stayed.map(|(_, times)| *times).collect::<Vec<_>>(), vec![1; len]);
    }
}

/// Polls until there is an answer; a shard's thread may have to make it.
fn wait<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}

#[test]
fn arguments_leave_the_thread_when_a_lease_is_taken() {
    let db = board(20);
    let begin = |db: crate::AsyncDatabase| {
        let union = {
            let db = db.clone();
            async move { db.zunion_with_scores([("board".to_owned(), 2.0)], Aggregate::Sum).await }
        };
        let names = {
            let db = db.clone();
            async move { db.zrangebylex("board", "member:1".to_owned().., Limit::first(1)).await }
        };
        let count = async move { db.zcount("board", 2.0..).await };
        (Box::pin(union), Box::pin(names), Box::pin(count))
    };
    let (mut union, mut names, mut count) = begin(db.asynchronous());
    db.read(
        &Key::new(b"board"),
        |_| None,
        |_| {
            // The lease of the key is taken, so a shard's thread will have to do what begins here.
            let mut context = Context::from_waker(Waker::noop());
            assert!(union.as_mut().poll(&mut context).is_pending());
            assert!(names.as_mut().poll(&mut context).is_pending());
            assert!(count.as_mut().poll(&mut context).is_pending());
            Ok(())
        },
    )
    .expect("the job does not fail");
    assert_eq!(wait(union).map(|all| all.last().map(|(_, score)| *score)), Ok(Some(18.0)));
    assert_eq!(wait(names).map(|names| names.len()), Ok(1));
    assert_eq!(wait(count), Ok(16));
}
