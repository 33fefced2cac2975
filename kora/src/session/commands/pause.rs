//! CLIENT PAUSE and CLIENT UNPAUSE: commands of others wait.

use std::time::Duration;

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Admin, Dangerous};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::{ArgumentError, Error, Result};
use crate::session::Context;
use crate::session::pause::Paused;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "CLIENT PAUSE",
        arity: AtLeast(3),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(pause),
        doc: Doc {
            since: "3.0.0",
            cost: "O(1)",
            summary: "Has commands wait for so many milliseconds, of all clients but those that MONITOR shows them to: all commands, or with WRITE those that change data or publish.",
            examples: &[
                ("CLIENT PAUSE 0 WRITE", "OK"),
                ("CLIENT PAUSE soon", "(error) ERR timeout is not an integer or out of range"),
                ("CLIENT PAUSE 100 READ", "(error) ERR CLIENT PAUSE mode must be WRITE or ALL"),
            ],
        },
    },
    Spec {
        name: "CLIENT UNPAUSE",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(unpause),
        doc: Doc {
            since: "6.2.0",
            cost: "O(n) for n clients that wait",
            summary: "Ends what CLIENT PAUSE has begun.",
            examples: &[
                ("CLIENT PAUSE 100000 WRITE", "OK"),
                ("CLIENT UNPAUSE", "OK"),
                ("SET a 1", "OK"),
            ],
        },
    },
];

fn pause(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let timeout = args.integer().map_err(|_not_one| ArgumentError::TimeoutOutOfRange)?;
    let paused = match args.left() {
        0 => Paused::Everything,
        1 if args.option("ALL") => Paused::Everything,
        1 if args.option("WRITE") => Paused::Writes,
        1 => return Err(ArgumentError::PauseMode.into()),
        _ => return Err(Error::Syntax),
    };
    let time = u64::try_from(timeout).map_err(|_negative| ArgumentError::TimeoutNegative)?;
    context.host.pause.begin(paused, context.host.now(), Duration::from_millis(time));
    reply.ok();
    Ok(())
}

fn unpause(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    context.host.pause.end();
    reply.ok();
    Ok(())
}
