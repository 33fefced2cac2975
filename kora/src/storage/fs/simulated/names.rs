//! A directory of the simulated disk: its names as the system has them, and as the disk does.
//!
//! What was changed and not synced is a list, and a power loss keeps a part of it from the start:
//! a journal writes changes of one directory in their order, so nothing else can be seen. Two
//! directories know nothing of each other.

use std::collections::BTreeMap;

use super::dice::Dice;
use super::restart::Keep;

/// Where a file is among those of the disk.
pub(super) type Number = usize;

type Names = BTreeMap<String, Number>;

#[derive(Clone, Debug, Default)]
pub(super) struct Directory {
    now: Names,
    durable: Names,
    /// What leads from the durable names to those of the system.
    changes: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Add(String, Number),
    Rename(String, String),
    Remove(String),
}

impl Change {
    fn apply(&self, names: &mut Names) {
        match self {
            Change::Add(name, number) => {
                names.insert(name.clone(), *number);
            }
            Change::Rename(from, to) => {
                if let Some(number) = names.remove(from) {
                    names.insert(to.clone(), number);
                }
            }
            Change::Remove(name) => {
                names.remove(name);
            }
        }
    }
}

impl Directory {
    pub(super) fn find(&self, name: &str) -> Option<Number> {
        self.now.get(name).copied()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.now.keys()
    }

    /// The files that have a name.
    pub(super) fn numbers(&self) -> impl Iterator<Item = Number> {
        self.now.values().copied()
    }

    pub(super) fn add(&mut self, name: &str, number: Number) {
        self.change(Change::Add(name.to_owned(), number));
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) {
        self.change(Change::Rename(from.to_owned(), to.to_owned()));
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.change(Change::Remove(name.to_owned()));
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.changes.push(change);
    }

    pub(super) fn sync(&mut self) {
        self.durable.clone_from(&self.now);
        self.changes.clear();
    }

    /// The directory that a power loss leaves.
    pub(super) fn survivor(&self, keep: Keep, dice: &mut Dice) -> Directory {
        let count = match keep {
            Keep::Nothing => 0,
            Keep::All => self.changes.len(),
            Keep::Random | Keep::Torn => dice.part_of(self.changes.len()),
        };
        let mut names = self.durable.clone();
        self.changes[..count].iter().for_each(|change| change.apply(&mut names));
        Directory { now: names.clone(), durable: names, changes: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_survive_from_the_start_and_in_order() {
        let mut directory = Directory::default();
        directory.add("old", 1);
        directory.sync();
        directory.add("tmp", 2);
        directory.rename("tmp", "new");
        directory.remove("old");
        let stages: [&[(&str, Number)]; 4] =
            [&[("old", 1)], &[("old", 1), ("tmp", 2)], &[("new", 2), ("old", 1)], &[("new", 2)]];
        let mut seen = [false; 4];
        for seed in 0..100 {
            let left = directory.survivor(Keep::Random, &mut Dice::new(seed));
            let left: Vec<(&str, Number)> =
                left.durable.iter().map(|(name, number)| (name.as_str(), *number)).collect();
            let stage = stages.iter().position(|stage| *stage == left);
            seen[stage.expect("a state that the directory once had")] = true;
        }
        assert_eq!(seen, [true; 4]);
    }
}
