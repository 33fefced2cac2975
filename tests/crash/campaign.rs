//! The campaign: random histories, crashed at their steps, at the steps of their recovery, and
//! again in the life after.
//!
//! A run is filmed: the simulated disk keeps the machine that would have stopped in the middle of
//! each step. So one run gives all of its crashes, each is restarted in several ways, and what is
//! opened then must be a state that the run's timeline allows. Some of the recoveries are filmed
//! in turn.

use std::fmt::Write as _;

use kora::testing::{Keep, Restart, SimulatedDisk, fix_choices};
use kora::{Database, Durability};

use crate::deeds::check_indexes;
use crate::history::{Histories, Step};
use crate::runner::Violation;
use crate::stage::{Allowed, Player, Timeline, config};
use crate::support::dice::Dice;

/// How deep crashes are nested: in a life, in the next one, and in the one after.
const DEPTH: usize = 3;

/// One in so many recoveries is filmed, and its life goes on.
const DEEP_ONE_IN: usize = 24;

/// Crashes that are tried of a life that goes on.
const DEEP_POINTS: usize = 30;

/// A machine that was restarted, and what may be found on it.
struct Found<'p> {
    disk: SimulatedDisk,
    /// What the database must hold when it is opened.
    exact: Allowed,
    /// What it may hold when the power fails before it is open.
    loose: Allowed,
    depth: usize,
    /// How it came to be.
    parent: Option<&'p Found<'p>>,
    how: String,
    /// The steps of the stopped machine.
    trace: &'p SimulatedDisk,
    /// The history of the life that ended.
    history: &'p [Step],
}

/// One history and everything that can happen to it.
pub(crate) struct Campaign<'h> {
    histories: &'h Histories,
    dice: Dice,
    pub(crate) points: u64,
    /// Chance in a hundred that a way to restart is tried at a step.
    pub(crate) percent: usize,
}

impl<'h> Campaign<'h> {
    pub(crate) fn new(histories: &'h Histories, seed: u64, percent: usize) -> Campaign<'h> {
        fix_choices(seed);
        Campaign { histories, dice: Dice::new(seed), points: 0, percent }
    }

    /// Draws a history and explores it.
    pub(crate) fn run(&mut self) -> Result<(), Violation> {
        let (history, durability) = self.draw();
        self.explore(&history, durability)
    }

    /// The history of the seed.
    pub(crate) fn draw(&mut self) -> (Vec<Step>, Durability) {
        let length = 10 + self.dice.below(60);
        (self.histories.draw(&mut self.dice, length), self.durability())
    }

    fn durability(&mut self) -> Durability {
        // An interval without a keeper is the system's own pace.
        if self.dice.percent(40) { Durability::Always } else { Durability::Os }
    }

    /// Plays a history on an empty disk, and crashes it.
    pub(crate) fn explore(
        &mut self,
        history: &[Step],
        durability: Durability,
    ) -> Result<(), Violation> {
        let disk = SimulatedDisk::new(self.dice.next());
        let empty = {
            let disk = SimulatedDisk::new(0);
            Database::open(config(&disk, durability)).expect("it is sound").digest_with_expired()
        };
        let nothing = Allowed::only(empty);
        let root = Found {
            disk: disk.clone(),
            exact: nothing.clone(),
            loose: nothing,
            depth: 0,
            parent: None,
            how: format!("{durability:?} on an empty disk"),
            trace: &disk,
            history: &[],
        };
        self.live(&root, history, durability, usize::MAX)
    }

    /// A life on what was found: opened, a history played, and crashed at its steps.
    fn live(
        &mut self,
        found: &Found<'_>,
        history: &[Step],
        durability: Durability,
        most: usize,
    ) -> Result<(), Violation> {
        found.disk.film();
        let mut player = Player::open(&found.disk, durability)
            .map_err(|error| found.violation(&format!("it does not open: {error}")))?;
        let opened = player.state();
        found.check(opened)?;
        history.iter().for_each(|step| player.play(step));
        let failure = player.failures.pop();
        let timeline = player.end();
        let film = found.disk.take_film();
        let last = (u64::MAX, found.disk.clone());
        if let Some((failure, _)) = failure {
            return Err(found.violation(&format!("the life after fails: {failure}")));
        }
        let opened = Allowed::only(opened);
        let few = (film.len() * RESTARTS).div_ceil(most).max(1);
        for (step, machine) in film.iter().chain([&last]) {
            for restart in 0..RESTARTS {
                let is_tried = if most == usize::MAX {
                    self.dice.percent(self.percent)
                } else {
                    self.dice.below(few) == 0
                };
                if is_tried {
                    let next = self.restarted(
                        found,
                        (history, &timeline),
                        &opened,
                        (*step, machine, restart),
                    );
                    self.meet(&next, history, &timeline)?;
                }
            }
        }
        Ok(())
    }

    fn restarted<'p>(
        &mut self,
        found: &'p Found<'p>,
        (history, timeline): (&'p [Step], &Timeline),
        opened: &Allowed,
        (step, machine, restart): (u64, &'p SimulatedDisk, usize),
    ) -> Found<'p> {
        let how = restart_number(restart, self.dice.next());
        // While it was opened nothing was promised but what was there; and of that, what the
        // system alone had may be lost.
        let opening = |power_loss| if power_loss { found.loose.clone() } else { opened.clone() };
        let allowed =
            |power_loss| timeline.allowed(step, power_loss).unwrap_or_else(|| opening(power_loss));
        let (exact, loose) = match how {
            Restart::Killed => (allowed(false), allowed(true)),
            // What is found after a power loss is durable.
            Restart::PowerLoss { .. } => (allowed(true), allowed(true)),
        };
        let how = match step {
            u64::MAX => format!("after the last step, {how:?}"),
            step => format!("at step {step}, {how:?}"),
        };
        let disk = machine.restart(restart_number(restart, self.dice.next()));
        Found {
            disk,
            exact,
            loose,
            depth: found.depth + 1,
            parent: Some(found),
            how,
            trace: machine,
            history,
        }
    }

    /// Opens what was found and checks it; sometimes it goes on from there.
    fn meet(
        &mut self,
        found: &Found<'_>,
        history: &[Step],
        timeline: &Timeline,
    ) -> Result<(), Violation> {
        self.points += 1;
        if found.depth < DEPTH && self.dice.below(DEEP_ONE_IN) == 0 {
            let durability = self.durability();
            let next = self.next_life(found, history, timeline);
            return self.live(found, &next, durability, DEEP_POINTS);
        }
        let db = Database::open(config(&found.disk, Durability::Os))
            .map_err(|error| found.violation(&format!("it does not open: {error}")))?;
        found.check(db.digest_with_expired())?;
        check_indexes(&db).map_err(|what| found.violation(&what))
    }

    /// What the program does next: something else, or again what it may have lost.
    fn next_life(&mut self, found: &Found<'_>, history: &[Step], timeline: &Timeline) -> Vec<Step> {
        let length = 1 + self.dice.below(12);
        if self.dice.percent(50) || timeline.states.len() < 2 {
            return self.histories.draw(&mut self.dice, length);
        }
        // States and steps go about together.
        let at = found.exact.from.min(history.len());
        history[at..].iter().take(length).cloned().collect()
    }
}

/// How many ways there are to restart a machine.
const RESTARTS: usize = 7;

fn restart_number(number: usize, seed: u64) -> Restart {
    let keep = match number {
        0 => return Restart::Killed,
        1 => Keep::Nothing,
        2 => Keep::All,
        3 | 4 => Keep::Random,
        _ => Keep::Torn,
    };
    Restart::PowerLoss { seed, keep }
}

impl Found<'_> {
    fn check(&self, state: u64) -> Result<(), Violation> {
        if self.exact.find(state).is_some() || self.exact.is_within_a_deed(&self.disk) {
            return Ok(());
        }
        Err(self.violation(&self.exact.complain(state)))
    }

    fn violation(&self, what: &str) -> Violation {
        let mut text = format!("{what}\n");
        self.tell(&mut text);
        write!(text, "the last steps of the last disk:\n{}", self.disk.trace())
            .expect("a string takes everything");
        Violation(text)
    }

    /// Tells the lives so far, the first one first.
    fn tell(&self, text: &mut String) {
        if let Some(parent) = self.parent {
            parent.tell(text);
            text.push_str("a life:\n");
            for step in self.history {
                writeln!(text, "  {}", crate::report::short(step))
                    .expect("a string takes everything");
            }
            writeln!(text, "stopped {}; its last steps:\n{}", self.how, self.trace.trace())
                .expect("a string takes everything");
        } else {
            writeln!(text, "{}", self.how).expect("a string takes everything");
        }
    }
}
