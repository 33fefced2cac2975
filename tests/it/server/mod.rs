//! The server, through its sockets.

mod bytes; // replies, byte for byte those of a real redis-server
mod clients; // what is known of connections, and how they end
mod limits; // strangers, too much of anything, no requests at all
mod listening; // channels, from both sides
mod programs; // redis-cli, redis-rs and redis-benchmark
mod serve; // the program `kora serve`
mod serving; // the same data, from both sides; the end
mod talks; // what connections do to each other
mod transactions; // MULTI and EXEC
mod waiting; // commands that wait

use crate::support::Target;
use crate::support::history::Histories;
use crate::support::redis::Redis;
use crate::support::script::Script;
use crate::support::served::ServedTarget;

/// Every script, with all its commands sent in one go.
#[test]
fn every_script_is_true_over_a_socket() {
    let mut problems = Vec::new();
    for script in Script::all() {
        let mut target = ServedTarget::start();
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
