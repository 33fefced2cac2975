//! PUBLISH, SPUBLISH and PUBSUB: what can be done to channels without listening.

use super::broker::{Broker, Family};
use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Fast, Loading, Tells};
use crate::command::document::write_help;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec, find};
use crate::error::{Error, Result};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "PUBLISH",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Loading, Fast, Tells],
        run: Run::Channels(publish),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n+m) for n listeners and m patterns that anybody listens for",
            summary: "Gives a message to all who listen to a channel, and answers how many they are.",
            examples: &[("PUBLISH news hello", "(integer) 0")],
        },
    },
    Spec {
        name: "PUBSUB",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[],
        run: Run::Container,
        doc: Doc {
            since: "2.8.0",
            cost: "depends on the subcommand",
            summary: "Tells who listens.",
            examples: &[],
        },
    },
    Spec {
        name: "PUBSUB CHANNELS",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Channels(channels),
        doc: Doc {
            since: "2.8.0",
            cost: "O(n) for n channels",
            summary: "Lists the channels that somebody listens to, or those of them that a pattern fits.",
            examples: &[("PUBSUB CHANNELS news.*", "(empty array)")],
        },
    },
    Spec {
        name: "PUBSUB HELP",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(help),
        doc: Doc {
            since: "6.2.0",
            cost: "O(1)",
            summary: "Lists the subcommands.",
            examples: &[("PUBSUB HELP", "...NUMPAT...")],
        },
    },
    Spec {
        name: "PUBSUB NUMPAT",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Channels(numpat),
        doc: Doc {
            since: "2.8.0",
            cost: "O(1)",
            summary: "Counts the patterns that somebody listens for.",
            examples: &[("PUBSUB NUMPAT", "(integer) 0")],
        },
    },
    Spec {
        name: "PUBSUB NUMSUB",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Channels(numsub),
        doc: Doc {
            since: "2.8.0",
            cost: "O(n) for n channels that are named",
            summary: "Counts those who listen to each of some channels.",
            examples: &[("PUBSUB NUMSUB news", "1) \"news\"\n2) (integer) 0")],
        },
    },
    Spec {
        name: "PUBSUB SHARDCHANNELS",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Channels(shardchannels),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n) for n shard channels",
            summary: "Lists the shard channels that somebody listens to, or those of them that a pattern fits.",
            examples: &[("PUBSUB SHARDCHANNELS", "(empty array)")],
        },
    },
    Spec {
        name: "PUBSUB SHARDNUMSUB",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Channels(shardnumsub),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n) for n shard channels that are named",
            summary: "Counts those who listen to each of some shard channels.",
            examples: &[("PUBSUB SHARDNUMSUB orders", "1) \"orders\"\n2) (integer) 0")],
        },
    },
    Spec {
        name: "SPUBLISH",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Loading, Fast, Tells],
        run: Run::Channels(spublish),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n) for n listeners",
            summary: "Gives a message to all who listen to a shard channel, and answers how many they are.",
            examples: &[("SPUBLISH orders 17", "(integer) 0")],
        },
    },
];

fn publish(broker: &Broker, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(broker.publish(args.bytes()?, args.bytes()?));
    Ok(())
}

fn spublish(broker: &Broker, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(broker.publish_to_shard(args.bytes()?, args.bytes()?));
    Ok(())
}

fn help(_: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let parent = find(b"PUBSUB").expect("the command that is run is in the table");
    write_help(parent.spec, reply);
    Ok(())
}

fn channels(broker: &Broker, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    names(broker, Family::Channel, args, reply)
}

fn shardchannels(broker: &Broker, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    names(broker, Family::Shard, args, reply)
}

fn names(broker: &Broker, family: Family, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let pattern = args.peek();
    if args.rest().count() > 1 {
        let command =
            if family == Family::Shard { "pubsub|shardchannels" } else { "pubsub|channels" };
        return Err(Error::WrongArity { command: command.into() });
    }
    let names = broker.names(family, pattern);
    reply.array(names.len());
    names.iter().for_each(|name| reply.bytes(name));
    Ok(())
}

fn numpat(broker: &Broker, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(broker.name_count(Family::Pattern));
    Ok(())
}

fn numsub(broker: &Broker, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    counts(broker, Family::Channel, args, reply)
}

fn shardnumsub(broker: &Broker, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    counts(broker, Family::Shard, args, reply)
}

fn counts(broker: &Broker, family: Family, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.array(2 * args.left());
    for name in args.rest() {
        reply.bytes(name);
        reply.count(broker.listener_count(family, name));
    }
    Ok(())
}
