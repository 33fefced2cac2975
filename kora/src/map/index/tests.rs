//! The index against a model: random histories, scans through growth, picks.

use std::collections::BTreeMap;

use super::*;
use crate::map::hash::hash;

fn hash_of(word: u64) -> u64 {
    hash(&word.to_le_bytes())
}

fn insert(index: &mut Index, word: u64) {
    index.insert(hash_of(word), word, hash_of);
}

fn find(index: &Index, word: u64) -> Option<Position> {
    index.find(hash_of(word), |found| found == word)
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.0 ^ (self.0 >> 33)
    }
}

#[test]
fn random_histories_equal_a_set() {
    for (seed, range, steps) in [(1, 30, 3_000), (2, 3_000, 30_000), (3, 120_000, 400_000)] {
        let (mut index, mut model) = (Index::default(), BTreeMap::new());
        let mut random = Random(seed);
        for step in 0..steps {
            let word = random.next() % range + 1;
            // The first half mostly grows, the second mostly shrinks.
            let grow = random.next() % 10 < if step < steps / 2 { 8 } else { 2 };
            match find(&index, word) {
                Some(at) if !grow => {
                    assert_eq!(index.remove(at), word);
                    model.remove(&word);
                }
                Some(at) => assert_eq!(index.word(at), word),
                None => {
                    assert!(!model.contains_key(&word), "seed {seed} step {step}");
                    if grow {
                        insert(&mut index, word);
                        model.insert(word, ());
                    }
                }
            }
            assert_eq!(index.len(), model.len());
        }
        let mut words: Vec<u64> = index.words().collect();
        words.sort_unstable();
        assert!(words.iter().eq(model.keys()), "seed {seed}");
        assert!(model.keys().all(|word| find(&index, *word).is_some()), "seed {seed}");
    }
}

#[test]
fn a_scan_sees_what_stays_through_growth_and_shrinking() {
    for stable in [0_u64, 1, 10, 1_000, 40_000] {
        let mut index = Index::default();
        (1..=stable).for_each(|word| insert(&mut index, word));
        let (mut seen, mut position, mut calls) = (BTreeMap::new(), Some(0), 0_u64);
        while let Some(from) = position {
            position = index.scan(from, 10, |word| *seen.entry(word).or_insert(0) += 1);
            calls += 1;
            // Others come while the first half runs and go in the second.
            let others = stable + 1..stable + 1 + 20;
            for word in others.map(|word| word + calls * 20) {
                insert(&mut index, word);
            }
            if calls % 3 == 0 {
                for word in stable + 1 + 20..stable + calls * 20 {
                    if let Some(at) = find(&index, word) {
                        index.remove(at);
                    }
                }
            }
        }
        assert!((1..=stable).all(|word| seen.get(&word) == Some(&1)), "{stable} stay");
    }
}

#[test]
fn picks_are_about_uniform() {
    let mut index = Index::default();
    assert_eq!(index.pick(|| 0), None);
    (1..=100).for_each(|word| insert(&mut index, word));
    let (mut counts, mut random) = (BTreeMap::new(), Random(9));
    for _ in 0..100_000 {
        let word = index.pick(|| hash_of(random.next())).expect("not empty");
        *counts.entry(word).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 100);
    assert!(counts.values().all(|n| (700..1_300).contains(n)), "{counts:?}");
}

#[test]
fn elements_in_hash_order_fill_an_index_that_is_made_for_them() {
    for count in [0, 1, 7, 1_000, 7_168, 7_169, 200_000] {
        let mut words: Vec<u64> = (1..=count).collect();
        words.sort_by_key(|word| hash_of(*word));
        let mut index = Index::with_capacity(words.len());
        let planned = index.heap_bytes();
        words.iter().for_each(|word| insert(&mut index, *word));
        assert_eq!(index.len(), words.len());
        assert!(words.iter().all(|word| find(&index, *word).is_some()), "{count}");
        let (mut position, mut seen) = (Some(0), Vec::new());
        while let Some(from) = position {
            position = index.scan(from, 100, |word| seen.push(word));
        }
        seen.sort_by_key(|word| hash_of(*word));
        assert_eq!(seen, words);
        let (taken, wanted) = (index.heap_bytes(), usize::try_from(count).unwrap() * 13 + 64);
        assert!(taken <= planned + planned / 16 && taken <= wanted, "{count}: {planned} {taken}");
    }
}

#[test]
fn buckets_take_at_most_thirteen_bytes_an_element() {
    let mut index = Index::default();
    for word in 1..=200_000 {
        insert(&mut index, word);
        if word > 1_000 {
            assert!((index.heap_bytes() as u64) < word * 13, "{word}: {}", index.heap_bytes());
        }
    }
}
