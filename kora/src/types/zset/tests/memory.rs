//! What a sorted set takes, and that what comes and goes leaves no waste.

use crate::types::random::Random;
use crate::types::zset::table::Table;
use crate::types::zset::value::{Zset, ZsetEffect};
use crate::types::{Change, TypedValue};

fn name(number: u64) -> [u8; 16] {
    // Steps of the golden ratio, in letters: 16 bytes that are no integer.
    let scattered = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
    std::array::from_fn(|at| b'a' + (scattered[at / 2] >> (4 * (at % 2)) & 15))
}

fn per_member(zset: &Zset) -> usize {
    zset.heap_bytes() / zset.view().len()
}

#[test]
fn half_a_million_members_take_less_than_60_bytes_each() {
    let mut random = Random::from_environment();
    let mut zset = Zset::default();
    for number in 0..500_000 {
        let score = random.next() as f64;
        zset.apply(&ZsetEffect::Set { score, member: &name(number) });
    }
    assert_eq!(zset.view().len(), 500_000);
    assert!(per_member(&zset) < 60, "{} bytes a member", per_member(&zset));
}

#[test]
fn small_sets_take_little_more_than_their_bytes() {
    let mut zset = Zset::default();
    for number in 0..100 {
        zset.apply(&ZsetEffect::Set { score: 1000.0, member: &name(number) });
    }
    // Length, name and a score of two bytes behind its head.
    assert!(per_member(&zset) <= 22, "{} bytes a member", per_member(&zset));
}

#[test]
fn members_that_come_and_go_leave_no_waste() {
    let mut random = Random::from_environment();
    let mut table = Table::from_sorted(std::iter::empty()).expect("nothing comes twice");
    for number in 0..10_000 {
        table.set(random.next() as f64, &name(number));
    }
    let full = table.heap_bytes();
    // A queue: what comes last goes last.
    for number in 10_000..60_000 {
        table.set(number as f64 * 1e18, &name(number));
        table.remove_ranks(0..1);
    }
    table.check();
    assert!(table.heap_bytes() <= full + full / 3, "{} after {full}", table.heap_bytes());
    // A lottery: what goes is anywhere.
    for number in 60_000..110_000 {
        table.set(random.next() as f64, &name(number));
        let rank = random.within(0..table.len());
        assert_eq!(table.remove_ranks(rank..rank + 1), Change::Removed);
    }
    table.check();
    assert!(table.heap_bytes() <= full + full / 3, "{} after {full}", table.heap_bytes());
}

#[test]
fn memory_goes_with_the_members() {
    for is_at_once in [false, true] {
        let mut table = Table::from_sorted(std::iter::empty()).expect("nothing comes twice");
        for number in 0..50_000 {
            table.set((number % 1000) as f64, &name(number));
        }
        if is_at_once {
            table.remove_ranks(100..49_900);
        } else {
            while table.len() > 200 {
                table.remove_ranks(table.len() / 2..table.len() / 2 + 1);
            }
        }
        table.check();
        assert_eq!(table.len(), 200);
        assert!(table.heap_bytes() < 200 * 150, "{} bytes", table.heap_bytes());
    }
}

#[test]
fn long_members_are_kept_as_they_are() {
    let mut random = Random::from_environment();
    let mut table = Table::from_sorted(std::iter::empty()).expect("nothing comes twice");
    let text = |number: usize| vec![b"abcdefg"[number % 7]; number * 37];
    for number in 0..500 {
        table.set(random.within(0..9) as f64, &text(number));
    }
    for number in (0..500).step_by(3) {
        assert_eq!(table.remove(&text(number)), Change::Removed);
    }
    table.check();
    for number in 0..500 {
        assert_eq!(table.score(&text(number)).is_some(), number % 3 != 0);
    }
    let bytes: usize = (0..500).filter(|number| number % 3 != 0).map(|number| number * 37).sum();
    assert!(table.heap_bytes() < bytes * 3 / 2, "{} of {bytes}", table.heap_bytes());
}
