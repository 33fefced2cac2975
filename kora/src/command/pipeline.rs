//! Many commands in one go.
//!
//! A run of commands that each work on one key takes the leases of all their stripes at once
//! and prefetches every slot and block before the first command runs: the memory's latency
//! is paid once for the run instead of once a command. Replies, and the order in which others
//! can see the effects, are those of the commands one after another.

use crate::command::args::PlacedKey;
use crate::command::dispatch::{Call, run_batch};
use crate::command::response::CommandResponse;
use crate::command::{Flag, Run};
use crate::engine::Engine;
use crate::error::{Error, Result};

/// Commands that share one taking of leases: enough to hide latency, few enough to hold
/// the leases for some 10 us.
const BATCH_MAX: usize = 128;

/// Runs commands in order.
pub(crate) fn run<'c>(
    engine: &Engine,
    number: u8,
    calls: impl Iterator<Item = Result<Call<'c>>>,
) -> Vec<Result<CommandResponse>> {
    let mut responses = Vec::with_capacity(calls.size_hint().0);
    let mut batch: Vec<(Call<'_>, PlacedKey<'_>)> = Vec::new();
    for call in calls {
        match call {
            Ok(call) if matches!(call.spec.run, Run::Key(_)) => {
                if let Some(placed) = call.key() {
                    engine.prefetch_lease(&placed.1);
                    batch.push((call, placed));
                }
                if batch.len() == BATCH_MAX {
                    flush(engine, number, &mut batch, &mut responses);
                }
            }
            Ok(call) => {
                flush(engine, number, &mut batch, &mut responses);
                responses.push(call.run(engine, number));
            }
            Err(error) => {
                flush(engine, number, &mut batch, &mut responses);
                responses.push(Err(error));
            }
        }
    }
    flush(engine, number, &mut batch, &mut responses);
    responses
}

fn flush(
    engine: &Engine,
    number: u8,
    batch: &mut Vec<(Call<'_>, PlacedKey<'_>)>,
    responses: &mut Vec<Result<CommandResponse>>,
) {
    if batch.is_empty() {
        return;
    }
    if batch.iter().any(|(call, _)| call.spec.is(Flag::DenyOom)) {
        engine.make_room();
    }
    let writes = match batch.iter().any(|(call, _)| call.spec.is(Flag::Write)) {
        true => engine.admit_writes(),
        false => Ok(()),
    };
    let keys = batch.iter().map(|(_, (_, key))| key);
    let results = engine.together(number, keys.clone(), |transaction| {
        transaction.prefetch(keys.clone());
        Ok(run_batch(transaction, batch, &writes))
    });
    match results {
        Ok(results) => responses.extend(results),
        Err(error) => {
            responses.extend(batch.iter().map(|_| Err::<CommandResponse, Error>(error.clone())))
        }
    }
    batch.clear();
}
