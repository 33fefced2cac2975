//! Hashes against a model, through their effects: what the scripts cannot see.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::ops;
use super::value::{Hash, HashEffect, HashView, PACKED_FIELDS_MAX, PACKED_LEN_MAX, Pair};
use crate::arguments::ScanOptions;
use crate::clock::Clock;
use crate::config::Eviction;
use crate::error::Error;
use crate::keyspace::effect::Record;
use crate::keyspace::memory::Memory;
use crate::keyspace::{Job, Key, Keyspace, Shared, Stripe};
use crate::map::ALLOCATION_OVERHEAD;
use crate::types::packed;
use crate::types::random::Random;
use crate::types::{Change, Effect, FORM_COUNT, Inline, TypedValue};

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn copied((field, value): Pair<'_>) -> (Vec<u8>, Vec<u8>) {
    (field.to_bytes().to_vec(), value.to_bytes().to_vec())
}

fn contents(view: HashView<'_>) -> Model {
    let mut model = Model::new();
    view.each(|pair| {
        let (field, value) = copied(pair);
        assert_eq!(model.insert(field, value), None, "a field is there once");
    });
    model
}

/// Applies an effect that went through its bytes.
fn apply(hash: &mut Hash, effect: HashEffect<'_>) -> Change {
    let mut bytes = Vec::new();
    effect.encode(&mut bytes);
    let decoded = HashEffect::decode(&bytes).expect("an effect");
    assert_eq!(decoded, effect);
    hash.apply(&decoded)
}

fn hash_of(fields: usize) -> Hash {
    let mut hash = Hash::default();
    for n in 0..fields {
        let field = format!("field:{n}");
        let change = hash.apply(&HashEffect::Put { field: field.as_bytes(), value: b"value" });
        assert_eq!(change, Change::Added);
    }
    hash
}

/// A short text, an integer now and then, and rarely one that no run holds.
fn text(random: &mut Random, kinds: usize) -> Vec<u8> {
    let n = random.within(0..kinds);
    match random.within(0..40) {
        0..=15 => n.to_string().into_bytes(),
        16 => format!("0{n}").into_bytes(),
        17 => vec![b'x'; PACKED_LEN_MAX],
        18 if kinds > 600 => vec![b'y'; PACKED_LEN_MAX + 1 + n],
        _ => format!("text:{n}").into_bytes(),
    }
}

fn check(hash: &Hash, model: &Model) {
    let view = hash.view();
    assert_eq!(&contents(view), model);
    assert_eq!(view.len(), model.len());
    assert_eq!(hash.is_empty(), model.is_empty());
    assert_eq!(hash.heap_bytes(), recomputed_heap_bytes(hash));
    check_image(view, model);
    if let Some(Inline::Bytes(form, bytes)) = hash.inline() {
        assert!(form < FORM_COUNT);
        assert_eq!(Hash::view_inline(form, bytes).len(), model.len());
        assert_eq!(&contents(Hash::from_inline(form, bytes).view()), model);
    }
}

fn check_image(view: HashView<'_>, model: &Model) {
    let mut image = Vec::new();
    Hash::write_image(view, &mut image);
    let again = Hash::from_image(&image).expect("an image");
    assert_eq!(&contents(again.view()), model);
    assert_eq!(again.heap_bytes(), recomputed_heap_bytes(&again));
    let fits = model.len() <= PACKED_FIELDS_MAX
        && model.iter().all(|(field, value)| field.len().max(value.len()) <= PACKED_LEN_MAX);
    let expected = if fits { "listpack" } else { "hashtable" };
    assert_eq!(Hash::encoding(again.view()), expected);
}

fn recomputed_heap_bytes(hash: &Hash) -> usize {
    match hash.view() {
        // A run has no spare room worth speaking of.
        HashView::Packed(run, _) => {
            let spare = hash.heap_bytes() - run.len();
            assert!(spare <= 64 + ALLOCATION_OVERHEAD + run.len() / 2 + 16, "{spare} bytes spare");
            run.len() + spare
        }
        HashView::Table(table) => table.recomputed_heap_bytes(),
    }
}

/// Edits a hash and a model at random, fields and values of so many kinds.
fn edit_at_random(random: &mut Random, kinds: usize, edits: usize) {
    let (mut hash, mut replayed, mut model) = (Hash::default(), Hash::default(), Model::new());
    for edit in 0..edits {
        let (field, value) = (text(random, kinds), text(random, kinds));
        let (effect, expected) = if random.one_in(4) {
            let removed = model.remove(&field);
            (
                HashEffect::Remove { field: &field },
                removed.map_or(Change::Nothing, |_| Change::Removed),
            )
        } else {
            let change = match model.insert(field.clone(), value.clone()) {
                None => Change::Added,
                Some(old) if old == value => Change::Nothing,
                Some(_) => Change::Replaced,
            };
            (HashEffect::Put { field: &field, value: &value }, change)
        };
        assert_eq!(apply(&mut hash, effect), expected);
        if expected != Change::Nothing {
            apply(&mut replayed, effect);
        }
        let found = hash.view().get(&field).map(|value| value.to_bytes().to_vec());
        assert_eq!(found.as_ref(), model.get(&field));
        if edit % 97 == 0 {
            check(&hash, &model);
        }
    }
    check(&hash, &model);
    assert_eq!(Hash::encoding(replayed.view()), Hash::encoding(hash.view()));
    check(&replayed, &model);
}

#[test]
fn a_hash_is_a_map_in_both_forms() {
    let mut random = Random::from_environment();
    for kinds in [3, 20, 300] {
        edit_at_random(&mut random, kinds, 2000);
    }
    edit_at_random(&mut random, 2000, 6000);
}

#[test]
fn a_hash_becomes_a_table_as_in_redis() {
    let hash = hash_of(PACKED_FIELDS_MAX);
    assert_eq!(Hash::encoding(hash.view()), "listpack");
    let mut hash = hash_of(PACKED_FIELDS_MAX + 1);
    assert_eq!(Hash::encoding(hash.view()), "hashtable");
    for n in 0..PACKED_FIELDS_MAX {
        let field = format!("field:{n}");
        assert_eq!(hash.apply(&HashEffect::Remove { field: field.as_bytes() }), Change::Removed);
    }
    assert_eq!((hash.view().len(), Hash::encoding(hash.view())), (1, "hashtable"));

    let (longest, too_long) = ([b'x'; PACKED_LEN_MAX], [b'x'; PACKED_LEN_MAX + 1]);
    let mut hash = hash_of(1);
    hash.apply(&HashEffect::Put { field: &longest, value: &longest });
    assert_eq!(Hash::encoding(hash.view()), "listpack");
    hash.apply(&HashEffect::Put { field: &longest, value: &too_long });
    assert_eq!(Hash::encoding(hash.view()), "hashtable");
    assert_eq!(hash.view().len(), 2);
}

#[test]
fn effects_are_pinned_and_garbage_is_none() {
    let bytes = |effect: HashEffect<'_>| {
        let mut bytes = Vec::new();
        effect.encode(&mut bytes);
        bytes
    };
    let put = HashEffect::Put { field: b"fi", value: b"val" };
    assert_eq!(bytes(put), b"\x00\x02\x00\x00\x00fival");
    assert_eq!(bytes(HashEffect::Remove { field: b"fi" }), b"\x01fi");
    for garbage in [&b""[..], b"\x00", b"\x00\x02\x00\x00", b"\x00\x03\x00\x00\x00fi", b"\x02fi"] {
        assert_eq!(HashEffect::decode(garbage), None, "{garbage:?}");
    }
}

#[test]
fn what_is_no_image_is_refused() {
    let image_of = |elements: &[&[u8]]| {
        let mut image = Vec::new();
        elements.iter().for_each(|element| packed::encode(&mut image, element));
        image
    };
    assert!(Hash::from_image(&image_of(&[b"a", b"1", b"b", b"2"])).is_some());
    assert!(Hash::from_image(&image_of(&[b"a", b"1", b"b"])).is_none(), "a field without a value");
    assert!(Hash::from_image(&image_of(&[b"7", b"1", b"7", b"2"])).is_none(), "a field twice");
    let long = [b'x'; PACKED_LEN_MAX + 1];
    assert!(Hash::from_image(&image_of(&[b"7", &long, b"7", b"2"])).is_none(), "twice in a table");
    let whole = image_of(&[b"field", b"value"]);
    assert!(Hash::from_image(&whole[..whole.len() - 1]).is_none(), "a cut image");
    assert!(Hash::from_image(b"\x011\x011").is_none(), "an integer written as a string");
}

#[test]
fn typed_methods_answer_values() {
    let db = crate::Database::in_memory();
    let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
    assert_eq!(db.hset("h", "a", "1"), Ok(true));
    assert_eq!(db.hset("h", "a", "2"), Ok(false));
    assert_eq!(db.hset_many("h", [("a", "3"), ("b", "4")]), Ok(1));
    assert_eq!(db.hmset("h", vec![("c", "5")]), Ok(()));
    assert_eq!(db.hsetnx("h", "c", "6"), Ok(false));
    assert_eq!(db.hget("h", "c"), Ok(Some(bytes("5"))));
    assert_eq!(db.hmget("h", ["b", "x"]), Ok(vec![Some(bytes("4")), None]));
    assert_eq!(db.hincrby("h", "b", -5), Ok(-1));
    assert_eq!(db.hincrbyfloat("h", "c", 0.25), Ok(5.25));
    let all =
        vec![(bytes("a"), bytes("3")), (bytes("b"), bytes("-1")), (bytes("c"), bytes("5.25"))];
    assert_eq!(db.hgetall("h"), Ok(all.clone()));
    assert_eq!(db.hkeys("h"), Ok(vec![bytes("a"), bytes("b"), bytes("c")]));
    assert_eq!(db.hvals("h"), Ok(vec![bytes("3"), bytes("-1"), bytes("5.25")]));
    assert_eq!((db.hlen("h"), db.hstrlen("h", "c")), (Ok(3), Ok(4)));
    assert_eq!(db.hrandfield_withvalues("h", 3), Ok(all.clone()));
    assert_eq!(db.hrandfield_many("h", -9).map(|fields| fields.len()), Ok(9));
    assert_eq!(db.hrandfield("missing"), Ok(None));
    let options = ScanOptions::new().matching("[ab]").count(0);
    assert_eq!(db.hscan("h", 0, options), Ok((0, all[..2].to_vec())));
    assert_eq!(db.hdel("h", ["a", "b", "x"]), Ok(2));
    assert_eq!(db.hexists("h", "a"), Ok(false));
    assert_eq!(db.hdel("h", "c"), Ok(1));
    assert_eq!(db.used_memory(), 0);
}

#[test]
fn a_sum_beyond_f64_is_refused_and_changes_nothing() {
    let db = crate::Database::in_memory();
    db.hset("h", "f", "1e400").unwrap();
    assert_eq!(db.hincrbyfloat("h", "f", 1.0), Err(Error::NotFinite));
    assert_eq!(db.hget("h", "f").unwrap().as_deref(), Some(&b"1e400"[..]));
}

fn shared() -> Shared {
    Shared::new(Clock::system(), Memory::new(None, Eviction::None), true)
}

/// Runs a job on a stripe; the records of its effects, and the memory that came or went.
fn job(
    stripe: &mut Stripe,
    shared: &Shared,
    work: impl FnOnce(&mut Keyspace<'_>),
) -> (Vec<u8>, isize) {
    let job = Job::new(shared);
    work(&mut stripe.keyspace(0, &job));
    let outcome = job.finish();
    (outcome.journal, outcome.grown)
}

/// An operation at random; errors (a value that is no number) change nothing.
fn operate_at_random(random: &mut Random, keyspace: &mut Keyspace<'_>, key: &Key<'_>) {
    let (field, value) = (text(random, 700), text(random, 700));
    let failed = match random.within(0..8) {
        0..=2 => ops::set(keyspace, key, &field, &value).is_err(),
        3 => ops::setnx(keyspace, key, &field, &value).is_err(),
        4 => ops::incrby(keyspace, key, &field, 0).is_err(),
        5 => ops::incrby(keyspace, key, &field, 7).is_err(),
        6 => ops::incrbyfloat(keyspace, key, &field, 0.5).is_err(),
        _ => ops::del(keyspace, key, &[&field, &value]).is_err(),
    };
    let may_fail = keyspace.read::<Hash>(key).is_ok_and(|view| {
        view.and_then(|view| view.get(&field)).is_some_and(|old| old.as_i64().is_none())
    });
    assert!(!failed || may_fail);
}

#[test]
fn replay_gives_the_same_hashes_and_memory_comes_back() {
    let mut random = Random::from_environment();
    let (shared, keys) = (shared(), ["small", "large"].map(|name| Key::new(name.as_bytes())));
    let (mut stripe, mut again) = (Stripe::default(), Stripe::default());
    let mut held = 0;
    for step in 0..4000 {
        let key = &keys[usize::from(step % 50 != 0)];
        let (records, grown) = job(&mut stripe, &shared, |keyspace| {
            operate_at_random(&mut random, keyspace, key);
        });
        held += grown;
        job(&mut again, &shared, |keyspace| {
            let mut rest = &records[..];
            while let Some((record, after)) = Record::decode(rest) {
                keyspace.replay(key, record.effect).expect("fits");
                rest = after;
            }
            assert!(rest.is_empty());
        });
    }
    for key in &keys {
        let read = |stripe: &mut Stripe| {
            let mut found = None;
            job(stripe, &shared, |keyspace| {
                let view = keyspace.read::<Hash>(key).unwrap();
                found = view.map(|view| (contents(view), Hash::encoding(view)));
            });
            found
        };
        assert_eq!(read(&mut stripe), read(&mut again));
        let (_, grown) = job(&mut stripe, &shared, |keyspace| {
            keyspace.remove(key);
        });
        held += grown;
    }
    assert_eq!(held, 0);
}

/// A keyspace with one hash of so many fields.
fn with_hash<R>(fields: usize, look: impl FnOnce(&mut Keyspace<'_>, &Key<'_>) -> R) -> R {
    let (shared, key) = (shared(), Key::new(b"hash"));
    let (mut stripe, job) = (Stripe::default(), Job::new(&shared));
    let mut keyspace = stripe.keyspace(0, &job);
    keyspace.store(&key, hash_of(fields), None);
    look(&mut keyspace, &key)
}

#[test]
fn picks_differ_unless_the_count_is_negative() {
    for fields in [1, 4, 13, 14, 100, 2000] {
        for count in [0, 1, 2, 5, 99, 700, 2000, 5000, i64::MAX] {
            let picked: Vec<_> = with_hash(fields, |keyspace, key| {
                ops::pick_many(keyspace, key, count).unwrap().into_iter().map(copied).collect()
            });
            let wanted = usize::try_from(count).unwrap().min(fields);
            assert_eq!(picked.len(), wanted);
            assert_eq!(picked.into_iter().collect::<BTreeSet<_>>().len(), wanted);
        }
        for count in [1, 7, 3000] {
            let found = with_hash(fields, |keyspace, key| {
                ops::pick_many(keyspace, key, -count).unwrap().len()
            });
            assert_eq!(i64::try_from(found), Ok(count));
        }
    }
    let refused = with_hash(1, |keyspace, key| ops::pick_many(keyspace, key, -i64::MAX).is_err());
    assert!(refused);
}

#[test]
fn choices_are_about_uniform() {
    // 6,000 choices of two of four fields: 1,000 of each of the six pairs, give or take 29.
    let mut pairs = BTreeMap::<Vec<_>, usize>::new();
    let mut singles = BTreeMap::<_, usize>::new();
    with_hash(4, |keyspace, key| {
        for _ in 0..6000 {
            let picked = ops::pick_many(keyspace, key, 2).unwrap().into_iter().map(copied);
            *pairs.entry(picked.collect::<BTreeSet<_>>().into_iter().collect()).or_default() += 1;
            let single = ops::pick(keyspace, key).unwrap().map(copied);
            *singles.entry(single).or_default() += 1;
        }
    });
    assert_eq!((pairs.len(), singles.len()), (6, 4));
    assert!(pairs.values().all(|count| (750..1250).contains(count)), "{pairs:?}");
    assert!(singles.values().all(|count| (1200..1800).contains(count)), "{singles:?}");
}

#[test]
fn a_scan_passes_over_every_field_once() {
    for (fields, count, steps_min) in [(100, 10, 1), (5000, 10, 100), (5000, 4000, 2)] {
        with_hash(fields, |keyspace, key| {
            let (mut cursor, mut seen, mut steps) = (0, Vec::new(), 0);
            loop {
                let (next, found) = ops::scan(keyspace, key, cursor, None, count).unwrap();
                seen.extend(found.into_iter().map(copied));
                steps += 1;
                cursor = next;
                assert!(i64::try_from(cursor).is_ok());
                if cursor == 0 {
                    break;
                }
            }
            assert!(steps >= steps_min);
            assert_eq!(seen.len(), fields);
            assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), fields);
        });
    }
}
