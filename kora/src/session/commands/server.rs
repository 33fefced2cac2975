//! About the server as a whole: INFO.

use crate::command::Arity::AtLeast;
use crate::command::Flag::{Dangerous, Loading};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::Result;
use crate::session::Context;
use crate::session::info::report;

pub(crate) const COMMANDS: &[Spec] = &[Spec {
    name: "INFO",
    arity: AtLeast(1),
    keys: Keys::None,
    flags: &[Loading, Dangerous],
    run: Run::Session(info),
    doc: Doc {
        since: "1.0.0",
        cost: "O(1); O(n) for n numbered databases where keys are counted",
        summary: "Tells about the server, in sections: all of them, or those that are named.",
        examples: &[
            ("SET a 1", "OK"),
            ("INFO server keyspace", "...redis_version:7.0...db0:keys=1,expires=0..."),
            ("INFO nosuch", "\"\""),
        ],
    },
}];

fn info(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let sections: Vec<&[u8]> = args.rest().collect();
    reply.text(&report(context, &sections)?);
    Ok(())
}
