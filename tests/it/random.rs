//! Random histories, played by Kora and by a real Redis.
//!
//! Every reply and everything that is stored in the end must be the same, but for the list in
//! `support/exceptions.rs`. `KORA_SEED` repeats a run and `KORA_RANDOM_STEPS` sets its length. A
//! find becomes a script once it is understood.

use crate::support::Target;
use crate::support::history::Histories;
use crate::support::kora_target::KoraTarget;
use crate::support::redis::Redis;

#[test]
fn one_shard_answers_like_redis() {
    check(1);
}

#[test]
fn four_shards_answer_like_redis() {
    check(4);
}

fn check(shard_count: usize) {
    let Some(redis) = Redis::start() else { return };
    let subject = || -> Box<dyn Target> { Box::new(KoraTarget::with_shards(shard_count)) };
    Histories::new(&redis, &subject).check();
}
