//! The server, through its sockets.

pub(crate) mod bytes; // replies, byte for byte those of a real redis-server
mod clients; // what is known of connections, and how they end
mod counted; // what INFO counts
mod debug; // what tests of servers ask for
pub(crate) mod fuzz; // anything at all is sent
mod in_multi; // what may stand behind MULTI
mod limits; // strangers, too much of anything, no requests at all
mod listening; // channels, from both sides
mod monitor; // who is shown what the others do
mod overdue; // what takes the place of keys whose time is over
mod programs; // redis-cli, redis-rs and redis-benchmark
mod serve; // the program `kora serve`
mod serving; // the same data, from both sides; the end
mod stand_alone; // lists whose elements stand alone
pub(crate) mod talks; // what connections do to each other
mod traces; // who leaves it unknown that keys were used
mod transactions; // MULTI and EXEC
mod waiting; // commands that wait

use crate::support::Target;
use crate::support::exceptions;
use crate::support::history::Histories;
use crate::support::judge::{Leaves, Order, Rule};
use crate::support::redis::Redis;
use crate::support::script::{Scope, Script};
use crate::support::served::ServedTarget;

/// Every script, with all its commands sent in one go.
#[test]
fn every_script_is_true_over_a_socket() {
    check_scripts(&ServedTarget::start);
}

/// Sends every script to a server of its own.
pub(crate) fn check_scripts(start: &dyn Fn() -> ServedTarget) {
    let mut problems = Vec::new();
    for script in Script::all() {
        let mut target = start();
        let commands: Vec<_> = script.steps.iter().map(|step| step.words.clone()).collect();
        let replies = target.run_all(&commands);
        for (step, reply) in script.steps.iter().zip(replies) {
            let reply = reply.printed();
            if !step.marks.rule.agrees(&step.expected, &reply) {
                problems.push(script.problem(step, &reply));
            }
        }
    }
    assert!(problems.is_empty(), "{} replies differ:\n\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn histories_over_a_socket_answer_like_redis() {
    let Some(redis) = Redis::start() else { return };
    let subject = || -> Box<dyn Target> { Box::new(ServedTarget::start()) };
    Histories::new(&redis, &subject).check();
}

/// Both speak RESP3, whose replies are read as those of RESP2 that say the same.
#[test]
fn histories_over_a_socket_answer_like_redis_in_resp3() {
    let Some(redis) = Redis::start() else { return };
    let subject = || -> Box<dyn Target> { Box::new(ServedTarget::in_resp3()) };
    Histories::new(&redis, &subject).in_resp3().check();
}

/// In RESP3 the replies of the scripts are those of a real Redis, which is asked as well.
#[test]
fn every_script_is_answered_as_by_redis_in_resp3() {
    let Some(redis) = Redis::start() else { return };
    let mut oracle = redis.connect();
    let is_before_7_2 = oracle.is_before_7_2();
    oracle.speak_resp3();
    let mut problems = Vec::new();
    for script in Script::all() {
        oracle.reset();
        let mut target = ServedTarget::in_resp3();
        for step in script.steps.iter().filter(|step| step.marks.scope != Scope::KoraOnly) {
            let (told, answered) = (oracle.run(&step.words), target.run(&step.words));
            let has_old_scores = is_before_7_2 && exceptions::holds_scores(&step.words);
            let mut rule = step.marks.rule;
            if rule.order == Order::Prefix {
                // HELP, whose other lines are everybody's own.
                continue;
            }
            let (told, answered) = match rule.order {
                Order::AnyPairs => (told.with_flat_pairs(), answered.with_flat_pairs()),
                Order::Given | Order::Any | Order::Prefix => (told, answered),
            };
            if rule.leaves == Leaves::Equal && has_old_scores {
                rule = Rule { leaves: Leaves::Doubles, ..rule };
            }
            let is_newer = step.marks.scope == Scope::Since72 && is_before_7_2;
            if !is_newer && !rule.agrees(&told, &answered) {
                problems.push(format!("{}Redis:\n{told}\n", script.problem(step, &answered)));
            }
        }
    }
    assert!(problems.is_empty(), "{} replies differ:\n\n{}", problems.len(), problems.join("\n"));
}
