//! TIME: what the database's clock says.

use crate::command::Arity::Exactly;
use crate::command::Flag::{Fast, Loading};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Sweep;
use crate::error::Result;

pub(crate) const COMMANDS: &[Spec] = &[Spec {
    name: "TIME",
    arity: Exactly(1),
    keys: Keys::None,
    flags: &[Loading, Fast],
    run: Run::Sweep(time),
    doc: Doc {
        since: "2.6.0",
        cost: "O(1)",
        summary: "Returns the time in unix seconds, and the microseconds of the second, to the millisecond.",
        examples: &[("TIME", "1) \"1700000000\"\n2) \"0\"")],
    },
}];

fn time(sweep: Sweep<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let now_ms = sweep.engine().now_ms();
    let (seconds, millis) = (now_ms.div_euclid(1000), now_ms.rem_euclid(1000));
    reply.array(2);
    reply.bytes(seconds.to_string().as_bytes());
    reply.bytes((millis * 1000).to_string().as_bytes());
    Ok(())
}
