//! Disks that fail or are full: at every step, once or from then on, with and without healing.
//!
//! Not about crashes alone: while the disk fails the database must go on answering rightly. So
//! each history is played beside a database in memory, which does what the other one did; a
//! command that failed must have changed nothing, or everything it would have.

use kora::testing::{FaultKind, Keep, Restart, SimulatedDisk, fix_choices};
use kora::{Database, Durability, Error, Health};

use crate::history::{Histories, Step};
use crate::report::short;
use crate::runner::Violation;
use crate::stage::{Player, config};
use crate::support::dice::Dice;
use crate::support::words::command;

/// How a disk fails.
#[derive(Clone, Copy, Debug)]
struct Fault {
    kind: FaultKind,
    step: u64,
    /// Whether all later steps fail too.
    stays: bool,
    /// After how many steps of the history the disk is sound again.
    heals_after: usize,
}

/// A history and the faults that it meets.
pub(crate) struct Faults<'h> {
    histories: &'h Histories,
    dice: Dice,
    /// Faults that were met.
    pub(crate) points: u64,
}

impl<'h> Faults<'h> {
    pub(crate) fn new(histories: &'h Histories, seed: u64) -> Faults<'h> {
        fix_choices(seed);
        Faults { histories, dice: Dice::new(seed), points: 0 }
    }

    /// Draws a history and plays it with a fault at each of its steps.
    pub(crate) fn run(&mut self) -> Result<(), Violation> {
        let length = 5 + self.dice.below(20);
        let history = self.histories.draw(&mut self.dice, length);
        let durability = if self.dice.percent(50) { Durability::Always } else { Durability::Os };
        let steps = steps_of(&history, durability);
        for step in 0..steps {
            for kind in [FaultKind::Io, FaultKind::NoSpace] {
                let stays = self.dice.percent(50);
                let fault = Fault { kind, step, stays, heals_after: self.dice.below(length + 1) };
                let seed = self.dice.next();
                self.points += 1;
                Trial { history: &history, durability, fault, seed }.check()?;
            }
        }
        Ok(())
    }
}

/// Steps of the disk that a history takes when nothing fails.
fn steps_of(history: &[Step], durability: Durability) -> u64 {
    let disk = SimulatedDisk::new(0);
    let mut player = Player::open(&disk, durability).expect("the disk is sound");
    history.iter().for_each(|step| player.play(step));
    disk.steps()
}

/// One history with one fault.
#[derive(Clone, Copy)]
struct Trial<'t> {
    history: &'t [Step],
    durability: Durability,
    fault: Fault,
    seed: u64,
}

impl Trial<'_> {
    fn check(self) -> Result<(), Violation> {
        let disk = SimulatedDisk::new(self.seed);
        match (self.fault.stays, self.fault.kind) {
            (true, kind) => disk.fail_from(self.fault.step, kind),
            (false, kind) => disk.fail_at(self.fault.step, kind),
        }
        self.play(&disk).map_err(|what| self.violation(&what, &disk))
    }

    fn play(self, disk: &SimulatedDisk) -> Result<(), String> {
        let mut player = match Player::open(disk, self.durability) {
            Ok(player) => player,
            Err(error) => {
                self.check_error(&error)?;
                disk.heal();
                Player::open(disk, self.durability)
                    .map_err(|error| format!("a disk that is sound again is not opened: {error}"))?
            }
        };
        disk.film();
        player.follow();
        for (at, step) in self.history.iter().enumerate() {
            if at == self.fault.heals_after {
                disk.heal();
                self.check_health(&mut player)?;
            }
            player.play(step);
        }
        disk.heal();
        self.check_health(&mut player)?;
        player.play(&Step::Sync);
        player.failures.iter().try_for_each(|(_, error)| self.check_error(error))?;
        if let Some(wrong) = player.wrong.take() {
            return Err(wrong);
        }
        let mut dice = Dice::new(self.seed);
        let timeline = player.end();
        let film = disk.take_film();
        let last = (u64::MAX, disk.clone());
        for _ in 0..5 {
            let (step, machine) = match dice.below(3) {
                0 => &last,
                _ if film.is_empty() => &last,
                _ => dice.pick(&film),
            };
            let keep = *dice.pick(&[Keep::Nothing, Keep::All, Keep::Random, Keep::Torn]);
            let how = match dice.percent(30) {
                true => Restart::Killed,
                false => Restart::PowerLoss { seed: dice.next(), keep },
            };
            if timeline.is_unseen(*step) {
                continue;
            }
            let power_loss = matches!(how, Restart::PowerLoss { .. });
            let lost = machine.restart(how);
            let at = match *step {
                u64::MAX => format!("stopped after the last step, {how:?}"),
                step => format!("stopped at step {step}, {how:?}"),
            };
            let db = Database::open(config(&lost, Durability::Os))
                .map_err(|error| format!("{at}: it does not open: {error}\n{}", machine.trace()))?;
            let allowed = timeline.allowed(*step, power_loss).expect("it was open");
            let state = db.digest_with_expired();
            if allowed.find(state).is_none() {
                return Err(format!("{at}: {}\n{}", allowed.complain(state), machine.trace()));
            }
        }
        Ok(())
    }

    /// What a caller may be told.
    fn check_error(self, error: &Error) -> Result<(), String> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "all others are wrong here")]
        match error {
            Error::Io(_) | Error::DiskFull => Ok(()),
            error => Err(format!("a disk that fails is told as: {error:?}")),
        }
    }

    /// A full disk heals, a failed one does not.
    fn check_health(self, player: &mut Player) -> Result<(), String> {
        let failures = player.failures.len();
        for line in ["SET healed 1", "DEL healed"] {
            player.play(&Step::Run { number: 0, words: command(line), durable: false });
        }
        let is_failed = matches!(player.db.health(), Health::Failed(_));
        match player.failures.get(failures) {
            None if is_failed => Err("a disk that failed was written to".to_owned()),
            Some((failure, _)) if !is_failed => Err(format!("it does not heal: {failure}")),
            None | Some(_) => Ok(()),
        }
    }

    fn violation(self, what: &str, disk: &SimulatedDisk) -> Violation {
        let lines: Vec<String> = self.history.iter().map(short).collect();
        Violation(format!(
            "{what}\n{:?}, {:?}\n{}\nthe last steps of the disk:\n{}",
            self.durability,
            self.fault,
            lines.join("\n"),
            disk.trace()
        ))
    }
}
