//! MEMORY STATS and MEMORY DOCTOR: the memory of the server as a whole.

use crate::command::Arity::Exactly;
use crate::command::Flag::Admin;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Sweep;
use crate::error::Result;
use crate::session::Context;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "MEMORY DOCTOR",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Admin],
        run: Run::Server(doctor),
        doc: Doc {
            since: "4.0.0",
            cost: "O(n) for n connections",
            summary: "Says in words how the memory is.",
            examples: &[("MEMORY DOCTOR", "...no limit...")],
        },
    },
    Spec {
        name: "MEMORY STATS",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Admin],
        run: Run::Server(stats),
        doc: Doc {
            since: "4.0.0",
            cost: "O(n) for n connections",
            summary: "Tells what takes memory, in bytes.",
            examples: &[
                ("SET a 1", "OK"),
                ("MEMORY STATS", "...\"keys.count\"\n...(integer) 1..."),
            ],
        },
    },
];

/// Bytes that connections have under way.
fn connections(context: &Context<'_>) -> usize {
    let clients = context.host.clients();
    let facts = clients.iter().map(|client| client.facts());
    facts.map(|facts| facts.unread + facts.unsent).sum()
}

fn key_count(context: &Context<'_>, sweep: Sweep<'_>) -> usize {
    let numbers = (0..context.engine.database_count()).filter_map(|n| u8::try_from(n).ok());
    numbers.map(|number| sweep.of(number).len()).sum()
}

fn doctor(
    context: &mut Context<'_>,
    sweep: Sweep<'_>,
    _: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let (used, (limit, eviction)) = (sweep.used_memory(), context.engine.memory_limit());
    let mut text = match limit {
        None => format!("Keys and values take {used} bytes, and there is no limit.\n"),
        Some(limit) if used >= limit => format!(
            "Keys and values take {used} bytes of {limit}: the limit is reached, and {eviction} \
             says what happens.\n"
        ),
        Some(limit) => format!("Keys and values take {used} bytes of {limit}.\n"),
    };
    text += &format!("Connections have {} bytes under way.\n", connections(context));
    reply.text(&text);
    Ok(())
}

fn stats(
    context: &mut Context<'_>,
    sweep: Sweep<'_>,
    _: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let (data, clients) = (sweep.used_memory(), connections(context));
    let keys = key_count(context, sweep);
    let facts = [
        ("total.allocated", data + clients),
        ("clients.normal", clients),
        ("keys.count", keys),
        ("keys.bytes-per-key", data / keys.max(1)),
        ("dataset.bytes", data),
    ];
    reply.map(facts.len());
    for (name, value) in facts {
        reply.bytes(name.as_bytes());
        reply.count(value);
    }
    Ok(())
}
