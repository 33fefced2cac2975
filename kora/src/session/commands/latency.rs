//! LATENCY: when commands took long, once `latency-monitor-threshold` says how long that is.
//!
//! The events are Redis's `command` and `fast-command`; what Kora has no event for is not here.

use std::sync::atomic::Ordering;

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Admin, Dangerous, Loading};
use crate::command::document::write_help;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec, find};
use crate::error::Result;
use crate::session::Context;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "LATENCY",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[],
        run: Run::Container,
        doc: Doc {
            since: "2.8.13",
            cost: "depends on the subcommand",
            summary: "Is about when commands took long.",
            examples: &[],
        },
    },
    Spec {
        name: "LATENCY DOCTOR",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(doctor),
        doc: Doc {
            since: "2.8.13",
            cost: "O(n) for n samples",
            summary: "Says in words what was seen.",
            examples: &[("LATENCY DOCTOR", "...latency-monitor-threshold...")],
        },
    },
    Spec {
        name: "LATENCY HELP",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(help),
        doc: Doc {
            since: "2.8.13",
            cost: "O(1)",
            summary: "Lists the subcommands.",
            examples: &[("LATENCY HELP", "...LATEST...")],
        },
    },
    Spec {
        name: "LATENCY HISTORY",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(history),
        doc: Doc {
            since: "2.8.13",
            cost: "O(n) for n samples",
            summary: "Returns the samples of an event: unix seconds and milliseconds, the longest of each second.",
            examples: &[("LATENCY HISTORY command", "(empty array)")],
        },
    },
    Spec {
        name: "LATENCY LATEST",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(latest),
        doc: Doc {
            since: "2.8.13",
            cost: "O(n) for n samples",
            summary: "Returns the events: name, and of the last sample unix seconds and milliseconds, and the milliseconds of the longest.",
            examples: &[("LATENCY LATEST", "(empty array)")],
        },
    },
    Spec {
        name: "LATENCY RESET",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(reset),
        doc: Doc {
            since: "2.8.13",
            cost: "O(n) for n events",
            summary: "Forgets some events, or all; returns how many they were.",
            examples: &[("LATENCY RESET command", "(integer) 0")],
        },
    },
];

fn doctor(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let statistics = &context.host.statistics;
    let threshold = statistics.latency_ms.load(Ordering::Relaxed);
    let mut text = match threshold {
        0 => "Nothing is looked for: CONFIG SET latency-monitor-threshold MILLISECONDS begins.\n"
            .to_owned(),
        ms => format!("Commands of {ms} ms and more are looked for.\n"),
    };
    for (event, samples) in statistics.latency() {
        let longest = samples.iter().map(|sample| sample.ms).max().unwrap_or(0);
        let count = samples.len();
        text += &format!("{event}: in {count} different seconds, the longest took {longest} ms.\n");
    }
    if statistics.slow_len() > 0 {
        text += "SLOWLOG GET has the commands themselves.\n";
    }
    reply.text(&text);
    Ok(())
}

fn help(_: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let parent = find(b"LATENCY").expect("the command that is run is in the table");
    write_help(parent.spec, reply);
    Ok(())
}

fn history(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let wanted = args.bytes()?;
    let latency = context.host.statistics.latency();
    let mut events = latency.iter();
    let found = events.find(|(event, _)| wanted.eq_ignore_ascii_case(event.as_bytes()));
    let samples = found.map(|(_, samples)| &samples[..]).unwrap_or_default();
    reply.array(samples.len());
    for sample in samples {
        reply.array(2);
        reply.integer(sample.at);
        reply.integer(i64::try_from(sample.ms).unwrap_or(i64::MAX));
    }
    Ok(())
}

fn latest(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let latency = context.host.statistics.latency();
    reply.array(latency.len());
    for (event, samples) in latency {
        let last = samples.last().expect("an event has a sample");
        let longest = samples.iter().map(|sample| sample.ms).max().unwrap_or(0);
        reply.array(4);
        reply.bytes(event.as_bytes());
        reply.integer(last.at);
        reply.integer(i64::try_from(last.ms).unwrap_or(i64::MAX));
        reply.integer(i64::try_from(longest).unwrap_or(i64::MAX));
    }
    Ok(())
}

fn reset(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let events: Vec<&[u8]> = args.rest().collect();
    reply.count(context.host.statistics.forget_latency(&events));
    Ok(())
}
