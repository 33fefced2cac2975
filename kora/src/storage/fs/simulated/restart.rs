//! What a simulated machine finds when it starts again.
//!
//! A process that died left everything to its system. A power loss leaves what was durable, and
//! of the rest as much as the disk had got to: the choice of that is what a campaign is about.

use super::calls::Calls;
use super::content::{Content, Inode};
use super::dice::Dice;
use super::machine::{LastWrite, Machine};

/// How a machine comes to start again.
#[derive(Clone, Copy, Debug)]
pub enum Restart {
    /// The process was killed; the system lived on and has everything it was given.
    Killed,
    /// The power was gone. Choices are those of the seed.
    PowerLoss {
        /// Of the choices.
        seed: u64,
        /// What is left of that which was not synced.
        keep: Keep,
    },
}

/// What a power loss leaves of that which was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// Everything.
    All,
    /// Each sector of 512 bytes by itself, lengths grown in part, and of each directory's changes
    /// the first so many.
    Random,
    /// The same, and the last write ends in the middle of a sector.
    Torn,
}

impl Machine {
    pub(super) fn restarted(&self, how: Restart) -> Machine {
        let mut next = match how {
            Restart::Killed => self.clone(),
            Restart::PowerLoss { seed, keep } => self.after_power_loss(keep, Dice::new(seed)),
        };
        next.calls = Calls::default();
        next.film = None;
        next.locks.clear();
        next.shared_locks.clear();
        next
    }

    fn after_power_loss(&self, keep: Keep, mut dice: Dice) -> Machine {
        let mut next = Machine::new(dice.next());
        next.capacity = self.capacity;
        for (path, directory) in &self.directories {
            next.directories.insert(path.clone(), directory.survivor(keep, &mut dice));
        }
        // Files keep their numbers; of those without a name nothing is kept.
        next.inodes.resize_with(self.inodes.len(), Inode::default);
        let numbers: Vec<_> = next.directories.values().flat_map(|found| found.numbers()).collect();
        for number in numbers {
            let inode = &self.inodes[number];
            let mut content = inode.survivor(keep, &mut dice);
            let last = self.last_write.as_ref().filter(|last| last.number == number);
            if let Some(last) = last.filter(|_| keep == Keep::Torn) {
                tear(&mut content, inode, last, &mut dice);
            }
            next.inodes[number] = Inode::of(content);
        }
        next
    }
}

/// Ends the last write at any byte: what comes after is as it was before.
fn tear(content: &mut Content, inode: &Inode, last: &LastWrite, dice: &mut Dice) {
    let mut bytes = vec![0; last.before.len()];
    inode.now().read(&mut bytes, last.at);
    let cut = usize::try_from(dice.up_to(bytes.len() as u64)).expect("at most their length");
    bytes[cut..].copy_from_slice(&last.before[cut..]);
    content.write(&bytes, last.at, |_| ());
    content.set_len(inode.now().len(), |_| ());
}
