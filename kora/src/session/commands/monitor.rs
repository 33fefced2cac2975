//! MONITOR: every command, shown as it comes.

use crate::command::Arity::Exactly;
use crate::command::Flag::{Admin, Dangerous};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::{ArgumentError, Result};
use crate::session::Context;

pub(crate) const COMMANDS: &[Spec] = &[Spec {
    name: "MONITOR",
    arity: Exactly(1),
    keys: Keys::None,
    flags: &[Admin, Dangerous],
    run: Run::Session(monitor),
    doc: Doc {
        since: "1.0.0",
        cost: "O(n) for n connections that watch, with every command of any connection",
        summary: "Shows the connection every command that comes to the server from here on, until RESET or QUIT, but for passwords and the commands of those who run the server.",
        examples: &[
            ("MONITOR", "OK"),
            ("GET a", "(error) ERR Replica can't interact with the keyspace"),
            ("RESET", "RESET"),
            ("GET a", "(nil)"),
        ],
    },
}];

fn monitor(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let session = &mut *context.session;
    if session.is_executing {
        return Err(ArgumentError::MonitorInExec.into());
    }
    session.is_monitor = true;
    context.host.monitors.add(&session.client);
    reply.ok();
    Ok(())
}
