//! Random histories on a few keys: the account of memory ends where it began, and the recorded
//! effects alone lead to the same state.

use std::time::Duration;

use crate::clock::Clock;
use crate::config::Config;
use crate::database::Database;
use crate::keyspace::api::CopyOptions;
use crate::keyspace::ops::expiry::ExpireCondition;
use crate::types::random::Random;

const KEYS: usize = 12;
const DATABASES: usize = 3;

struct Player<'r> {
    databases: Vec<Database>,
    clock: Clock,
    random: &'r mut Random,
}

impl Player<'_> {
    fn key(&mut self) -> String {
        format!("key:{}", self.random.within(0..KEYS))
    }

    fn ttl(&mut self) -> Duration {
        Duration::from_millis(self.random.within(0..40) as u64)
    }

    /// Does anything that can be done to keys.
    fn step(&mut self) {
        let at = self.random.within(0..DATABASES);
        let (db, number) = (self.databases[at].clone(), self.random.within(0..DATABASES));
        let (a, b, ttl) = (self.key(), self.key(), self.ttl());
        match self.random.within(0..16) {
            0..=2 => db.set(&a, vec![b'v'; self.random.within(0..40)]).unwrap(),
            3 => db.set(&a, vec![b'V'; self.random.within(2000..40_000)]).unwrap(),
            4 => drop(db.append(&a, "tail").unwrap()),
            5 => drop(db.expire(&a, ttl).unwrap()),
            6 => drop(db.expire_with(&a, ttl, ExpireCondition::IfSomeAndSooner).unwrap()),
            7 => drop(db.persist(&a).unwrap()),
            8 => drop(db.del([&a, &b]).unwrap()),
            9 => drop(db.unlink(&a).unwrap()),
            // Each of these may be refused, and must change nothing then.
            10 => drop(db.rename(&a, &b)),
            11 => drop(db.renamenx(&a, &b)),
            12 => drop(db.copy_with(&a, &b, CopyOptions::new().into_database(number).replace())),
            13 => drop(db.move_to(&a, number)),
            14 => db.swapdb(at, number).unwrap(),
            _ if self.random.one_in(20) => db.flushdb().unwrap(),
            _ => self.clock.advance(ttl),
        }
    }
}

#[test]
fn what_was_recorded_leads_to_the_same_state() {
    let mut random = Random::from_environment();
    for _ in 0..20 {
        let clock = Clock::manual(super::NOW_MS);
        let config = Config { record_effects: true, clock: clock.clone(), ..Config::default() };
        let db = Database::open(config.clone()).unwrap();
        let databases = (0..DATABASES).map(|number| db.select(number).unwrap()).collect();
        let mut player = Player { databases, clock, random: &mut random };
        (0..1000).for_each(|_| player.step());

        // While records are replayed no time passes: what has expired was removed by one.
        let clock = Clock::manual(super::NOW_MS);
        let again = Database::open(Config { clock: clock.clone(), ..config }).unwrap();
        again.replay(&db.effects()).unwrap();
        let passed = player.clock.now_ms() - super::NOW_MS;
        clock.advance(Duration::from_millis(passed.try_into().unwrap()));
        assert_eq!(again.digest(), db.digest());
        for db in [db, again] {
            db.flushall().unwrap();
            assert_eq!(db.used_memory(), 0, "the account ends where it began");
        }
    }
}
