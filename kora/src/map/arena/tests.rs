//! Places against plain vectors: what is written to one stays, whatever is taken and given
//! beside it; and what is given back is there again.

use std::ptr::NonNull;

use super::*;
use crate::random;

/// Memory in use, and what was written to it.
struct Held {
    memory: NonNull<u8>,
    bytes: Vec<u8>,
}

// SAFETY: whoever holds it has the memory alone.
unsafe impl Send for Held {}

impl Held {
    fn new(len: usize) -> Held {
        let bytes: Vec<u8> = (0..len).map(|_| random::next().to_le_bytes()[0]).collect();
        let held = Held { memory: allocate(len), bytes };
        held.write();
        held
    }

    fn write(&self) {
        let source = NonNull::from(&self.bytes[..]).cast();
        // SAFETY: the memory holds as many bytes and is nobody else's.
        unsafe { self.memory.copy_from_nonoverlapping(source, self.bytes.len()) };
    }

    fn check(&self, len: usize) {
        // SAFETY: written by `write`.
        let there = unsafe { std::slice::from_raw_parts(self.memory.as_ptr(), len) };
        assert_eq!(there, &self.bytes[..len]);
    }

    fn resize(&mut self, len: usize) {
        // SAFETY: allocated with this length.
        self.memory = unsafe { reallocate(self.memory, self.bytes.len(), len) };
        self.check(len.min(self.bytes.len()));
        self.bytes.resize(len, 7);
        self.write();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.check(self.bytes.len());
        // SAFETY: allocated with this length, and this is the end of it.
        unsafe { free(self.memory, self.bytes.len()) };
    }
}

fn some_len() -> usize {
    match random::below(4) {
        0 => 1 + random::below(64),
        1 | 2 => 1 + random::below(600),
        _ => 1 + random::below(6000),
    }
}

fn churn(mut held: Vec<Held>) -> Vec<Held> {
    for _ in 0..4000 {
        let any = random::below(held.len());
        match random::below(5) {
            2 if !held.is_empty() => held[any].resize(some_len()),
            3 | 4 if !held.is_empty() => drop(held.swap_remove(any)),
            _ => held.push(Held::new(some_len())),
        }
    }
    held
}

#[test]
fn memory_keeps_what_is_written_to_it_whoever_gives_it_back() {
    let held: Vec<Held> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| churn(Vec::new()))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a check holds")).collect()
    });
    assert!(!held.is_empty());
    drop(churn(held));
}

/// Takes places of several classes and gives them back in another order, some each round.
#[test]
fn an_arena_is_as_small_as_what_is_taken_from_it() {
    let mut arena = Arena::new();
    let classes: Vec<Class> = [8, 100, 104, 520, 2000].into_iter().filter_map(Class::of).collect();
    let mut taken = Vec::new();
    for round in 0..40 {
        for _ in 0..2000 {
            let class = classes[random::below(classes.len())];
            taken.push(arena.take(class, 0));
        }
        let keep = if round % 4 == 3 { 0 } else { taken.len() / 3 };
        while taken.len() > keep {
            let place = taken.swap_remove(random::below(taken.len()));
            // SAFETY: taken from this arena, and once in the list.
            drop(unsafe { arena.give(place) });
        }
        let mut distinct = taken.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), taken.len(), "no place is taken twice");
    }
    assert!(arena.roomy.iter().all(Option::is_none), "no page is left");
    let free: Vec<u64> = arena.chunks.values().map(|chunk| chunk.free).collect();
    assert_eq!(free, [u64::MAX], "one chunk is kept");
}

#[test]
fn a_place_given_back_is_the_next_one_taken() {
    let mut arena = Arena::new();
    let class = Class::of(2000).expect("not too long");
    let taken: Vec<_> = (0..20).map(|_| arena.take(class, 0)).collect();
    assert_eq!(arena.chunks.len(), 1);
    for place in taken.iter().rev() {
        // SAFETY: taken above; it is given back once and taken again.
        assert!(unsafe { arena.give(*place) }.is_none(), "the only chunk stays");
        assert_eq!(arena.take(class, 0), *place);
    }
    for place in taken {
        // SAFETY: taken above.
        drop(unsafe { arena.give(place) });
    }
}
