//! SAVE, BGSAVE and LASTSAVE: what Redis calls saving is taking a snapshot.
//!
//! A write needs no snapshot to be durable, the log has it; a snapshot makes the next opening
//! shorter. Without a directory each of them is an error.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Admin, Dangerous, Fast, Loading, NoMulti};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Sweep;
use crate::error::Result;

const MS_PER_SECOND: i64 = 1000;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "SAVE",
        arity: Exactly(1),
        keys: Keys::None,
        flags: &[Admin, Dangerous, NoMulti],
        run: Run::Sweep(save),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n keys; others go on reading and writing",
            summary: "Takes a snapshot of all databases and returns when the disk has it.",
            examples: &[("SET a 1", "OK"), ("SAVE", "OK")],
        },
    },
    Spec {
        name: "BGSAVE",
        arity: AtLeast(1),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Sweep(bgsave),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1); O(n) for n keys in the background",
            summary: "Begins a snapshot in the background, with SCHEDULE after the one that is being taken.",
            examples: &[
                ("BGSAVE", "Background saving started"),
                ("BGSAVE", "(error) ERR Background save already in progress"),
                ("BGSAVE SCHEDULE", "Background saving scheduled"),
                ("BGSAVE LATER", "(error) ERR syntax error"),
            ],
        },
    },
    Spec {
        name: "LASTSAVE",
        arity: Exactly(1),
        keys: Keys::None,
        flags: &[Loading, Fast, Dangerous],
        run: Run::Sweep(lastsave),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Says when the last snapshot was begun, or the database opened if there is none, in unix seconds.",
            examples: &[("SAVE", "OK"), ("LASTSAVE", "(integer) 1700000000")],
        },
    },
];

fn save(sweep: Sweep<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    sweep.engine().snapshot()?;
    reply.ok();
    Ok(())
}

fn bgsave(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    // In EXEC it waits in any case, at least for the leases.
    let later = args.option("SCHEDULE") | sweep.is_held();
    args.end()?;
    let begins = sweep.engine().ask_for_snapshot(later)? && !sweep.is_held();
    reply.status(if begins { "Background saving started" } else { "Background saving scheduled" });
    Ok(())
}

fn lastsave(sweep: Sweep<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.integer(sweep.engine().last_snapshot_at()? / MS_PER_SECOND);
    Ok(())
}
