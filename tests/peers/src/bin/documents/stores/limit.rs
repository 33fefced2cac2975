//! The limit: structs, and maps that a program keeps by hand for just these questions.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use ahash::AHashMap;

use super::Store;
use crate::data::{LIMIT, Person};

#[derive(Default)]
pub(crate) struct Limit(RefCell<Tables>);

#[derive(Default)]
struct Tables {
    people: Vec<Person>,
    ids: AHashMap<String, u32>,
    emails: AHashMap<String, u32>,
    cities: AHashMap<String, BTreeSet<u32>>,
    ages: BTreeMap<u32, BTreeSet<u32>>,
    tags: AHashMap<String, BTreeSet<u32>>,
    scores: BTreeSet<(u64, u32)>,
}

/// Scores are not negative, and then their bits have their order.
fn bits(score: f64) -> u64 {
    score.to_bits()
}

impl Tables {
    fn insert(&mut self, person: &Person) {
        let slot = u32::try_from(self.people.len()).expect("few people");
        self.ids.insert(person.id.clone(), slot);
        assert!(self.emails.insert(person.email.clone(), slot).is_none());
        // Not by `entry`, which would clone every key.
        match self.cities.get_mut(&person.city) {
            Some(slots) => drop(slots.insert(slot)),
            None => drop(self.cities.insert(person.city.clone(), BTreeSet::from([slot]))),
        }
        self.ages.entry(person.age).or_default().insert(slot);
        for tag in &person.tags {
            match self.tags.get_mut(tag) {
                Some(slots) => drop(slots.insert(slot)),
                None => drop(self.tags.insert(tag.clone(), BTreeSet::from([slot]))),
            }
        }
        self.scores.insert((bits(person.score), slot));
        self.people.push(person.clone());
    }

    fn at(&self, slot: u32) -> &Person {
        &self.people[slot as usize]
    }

    fn first(&self, slots: Option<&BTreeSet<u32>>) -> Vec<Person> {
        let slots = slots.into_iter().flatten().take(LIMIT);
        slots.map(|slot| self.at(*slot).clone()).collect()
    }
}

impl Store for Limit {
    fn insert(&mut self, people: &[Person]) {
        let tables = self.0.get_mut();
        people.iter().for_each(|person| tables.insert(person));
    }

    fn get(&self, id: &str) -> Option<Person> {
        let tables = self.0.borrow();
        tables.ids.get(id).map(|slot| tables.at(*slot).clone())
    }

    fn by_email(&self, email: &str) -> Option<Person> {
        let tables = self.0.borrow();
        tables.emails.get(email).map(|slot| tables.at(*slot).clone())
    }

    fn by_city(&self, city: &str) -> Vec<Person> {
        let tables = self.0.borrow();
        tables.first(tables.cities.get(city))
    }

    fn best(&self, city: &str, low: u32, high: u32) -> Vec<Person> {
        let tables = self.0.borrow();
        let slots = tables.cities.get(city).into_iter().flatten();
        let people = slots.map(|slot| tables.at(*slot));
        let mut found: Vec<&Person> =
            people.filter(|person| (low..=high).contains(&person.age)).collect();
        let key = |person: &&Person| Reverse(bits(person.score));
        if found.len() > LIMIT {
            found.select_nth_unstable_by_key(LIMIT, key);
            found.truncate(LIMIT);
        }
        found.sort_by_key(key);
        found.into_iter().cloned().collect()
    }

    fn by_tag(&self, tag: &str) -> Vec<Person> {
        let tables = self.0.borrow();
        tables.first(tables.tags.get(tag))
    }

    fn count(&self, city: &str) -> u64 {
        self.0.borrow().cities.get(city).map_or(0, |slots| slots.len() as u64)
    }

    fn set_score(&self, id: &str, score: f64) {
        let mut tables = self.0.borrow_mut();
        let slot = tables.ids[id];
        let person = &mut tables.people[slot as usize];
        let old = std::mem::replace(&mut person.score, score);
        tables.scores.remove(&(bits(old), slot));
        tables.scores.insert((bits(score), slot));
    }
}
