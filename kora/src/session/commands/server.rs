//! About the server as a whole: INFO, SHUTDOWN, WAIT.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Admin, Dangerous, Loading, NoMulti};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Sweep;
use crate::error::{ArgumentError, ConnectionError, Error, Result};
use crate::session::info::report;
use crate::session::{Context, Wanted};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "INFO",
        arity: AtLeast(1),
        keys: Keys::None,
        flags: &[Loading, Dangerous],
        run: Run::Server(info),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1); O(n) for n numbered databases where keys are counted",
            summary: "Tells about the server, in sections: all of them, or those that are named; avg_ttl is the mean of all keys that expire, and not of a sample.",
            examples: &[
                ("SET a 1", "OK"),
                (
                    "INFO server keyspace",
                    "...redis_version:7.0...db0:keys=1,expires=0,avg_ttl=0...",
                ),
                ("INFO nosuch", "\"\""),
            ],
        },
    },
    Spec {
        name: "SHUTDOWN",
        arity: AtLeast(1),
        keys: Keys::None,
        flags: &[Admin, Dangerous, NoMulti],
        run: Run::Session(shutdown),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n connections; O(k) for k keys with SAVE",
            summary: "Ends the server's process when it is the program's own: connections are answered what they have sent, and with SAVE a snapshot is taken before.",
            examples: &[
                (
                    "SHUTDOWN",
                    "(error) ERR SHUTDOWN is refused: the process is not the clients' to end",
                ),
                ("SHUTDOWN ABORT", "(error) ERR No shutdown in progress."),
                ("SHUTDOWN LATER", "(error) ERR syntax error"),
            ],
        },
    },
    Spec {
        name: "WAIT",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Session(wait),
        doc: Doc {
            since: "3.0.0",
            cost: "O(1)",
            summary: "Says how many replicas have all writes of the connection: there are none, and none is waited for.",
            examples: &[
                ("WAIT 0 0", "(integer) 0"),
                ("WAIT 0 -1", "(error) ERR timeout is negative"),
            ],
        },
    },
];

fn info(
    context: &mut Context<'_>,
    sweep: Sweep<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let sections: Vec<&[u8]> = args.rest().collect();
    reply.text(&report(context, sweep, &sections)?);
    Ok(())
}

/// How a server is to end.
#[derive(Default)]
struct Ending {
    saves: bool,
    /// Whether it ends even if no snapshot could be taken.
    is_forced: bool,
}

impl Ending {
    /// Nothing when an end is to be called off.
    fn read(args: &mut Args<'_>) -> Result<Option<Ending>> {
        let (mut ending, mut is_said, mut aborts, words) =
            (Ending::default(), false, false, args.left());
        while args.left() > 0 {
            if !is_said && args.option("NOSAVE") {
                is_said = true;
            } else if !is_said && args.option("SAVE") {
                (is_said, ending.saves) = (true, true);
            } else if args.option("FORCE") {
                ending.is_forced = true;
            } else if args.option("ABORT") {
                aborts = true;
            } else if !args.option("NOW") {
                return Err(Error::Syntax);
            }
        }
        if aborts && words > 1 {
            return Err(Error::Syntax);
        }
        Ok((!aborts).then_some(ending))
    }
}

fn shutdown(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let ending = Ending::read(args)?.ok_or(ConnectionError::NoShutdown)?;
    let on_shutdown = &context.host.facts.on_shutdown;
    if !on_shutdown.is_there() {
        return Err(ConnectionError::CannotShutDown.into());
    }
    if ending.saves && context.engine.snapshot().is_err() && !ending.is_forced {
        return Err(ConnectionError::ShutdownFailed.into());
    }
    on_shutdown.ask();
    // As with Redis, the answer is that the connection ends.
    context.session.is_closing = true;
    context.session.wanted = Wanted::NotThis;
    reply.ok();
    Ok(())
}

fn wait(_: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    args.integer()?;
    let timeout = args.integer().map_err(|_not_one| ArgumentError::TimeoutOutOfRange)?;
    if timeout < 0 {
        return Err(ArgumentError::TimeoutNegative.into());
    }
    reply.integer(0);
    Ok(())
}
