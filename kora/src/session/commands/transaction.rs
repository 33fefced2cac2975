//! Several commands as one step: MULTI, EXEC, DISCARD, WATCH, UNWATCH.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{AtOnce, Fast, Loading};
use crate::command::command::Command;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::{ArgumentError, Result};
use crate::session::Context;
use crate::session::transaction::Queued;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "DISCARD",
        arity: Exactly(1),
        keys: Keys::None,
        flags: &[Loading, Fast, AtOnce],
        run: Run::Session(discard),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n commands",
            summary: "Forgets the commands that came after MULTI, and watches no key.",
            examples: &[
                ("MULTI", "OK"),
                ("SET a 1", "QUEUED"),
                ("DISCARD", "OK"),
                ("GET a", "(nil)"),
                ("DISCARD", "(error) ERR DISCARD without MULTI"),
            ],
        },
    },
    Spec {
        name: "EXEC",
        arity: Exactly(1),
        keys: Keys::None,
        flags: &[Loading, AtOnce],
        run: Run::Session(exec),
        doc: Doc {
            since: "1.2.0",
            cost: "that of the commands",
            summary: "Runs the commands that came after MULTI in one step, unless a watched key has changed, and answers with their answers.",
            examples: &[
                ("MULTI", "OK"),
                ("INCR visits", "QUEUED"),
                ("LPUSH visits x", "QUEUED"),
                ("INCR visits", "QUEUED"),
                (
                    "EXEC",
                    "1) (integer) 1\n2) (error) WRONGTYPE Operation against a key holding the wrong kind of value\n3) (integer) 2",
                ),
                ("EXEC", "(error) ERR EXEC without MULTI"),
            ],
        },
    },
    Spec {
        name: "MULTI",
        arity: Exactly(1),
        keys: Keys::None,
        flags: &[Loading, Fast, AtOnce],
        run: Run::Session(multi),
        doc: Doc {
            since: "1.2.0",
            cost: "O(1)",
            summary: "Has the commands that follow wait for EXEC; when one of them is refused, none is run.",
            examples: &[
                ("MULTI", "OK"),
                ("MULTI", "(error) ERR MULTI calls can not be nested"),
                ("GET", "(error) ERR wrong number of arguments for 'get' command"),
                ("EXEC", "(error) EXECABORT Transaction discarded because of previous errors."),
            ],
        },
    },
    Spec {
        name: "UNWATCH",
        arity: Exactly(1),
        keys: Keys::None,
        flags: &[Loading, Fast],
        run: Run::Session(unwatch),
        doc: Doc {
            since: "2.2.0",
            cost: "O(n) for n watched keys",
            summary: "Watches no key any more.",
            examples: &[
                ("WATCH a", "OK"),
                ("SET a 1", "OK"),
                ("UNWATCH", "OK"),
                ("MULTI", "OK"),
                ("EXEC", "(empty array)"),
            ],
        },
    },
    Spec {
        name: "WATCH",
        arity: AtLeast(2),
        keys: Keys::Range { first: 1, tail: 0, step: 1 },
        flags: &[Loading, Fast, AtOnce],
        run: Run::Session(watch),
        doc: Doc {
            since: "2.2.0",
            cost: "O(n) for n keys",
            summary: "Has the next EXEC run nothing if one of the keys has changed by then.",
            examples: &[
                ("WATCH a b", "OK"),
                ("SET b 1", "OK"),
                ("MULTI", "OK"),
                ("SET a 1", "QUEUED"),
                ("EXEC", "(nil)"),
                ("GET a", "(nil)"),
            ],
        },
    },
];

fn discard(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    if context.session.queued.is_none() {
        return Err(ArgumentError::DiscardWithoutMulti.into());
    }
    context.session.discard(context.engine);
    reply.ok();
    Ok(())
}

/// Whether a command ends what MULTI has begun, by running it.
pub(crate) fn is_exec(command: &Command) -> bool {
    command.name().eq_ignore_ascii_case(b"EXEC")
}

fn exec(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    context.exec(reply)
}

fn multi(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    if context.session.queued.is_some() {
        return Err(ArgumentError::NestedMulti.into());
    }
    context.session.queued = Some(Box::new(Queued::new()));
    reply.ok();
    Ok(())
}

/// Whether a command runs those that came after MULTI.
pub(crate) fn runs_what_waits(spec: &Spec) -> bool {
    spec.name == "EXEC"
}

fn unwatch(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    context.engine.unwatch(&mut context.session.watched);
    reply.ok();
    Ok(())
}

fn watch(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    if context.session.queued.is_some() {
        return Err(ArgumentError::WatchInMulti.into());
    }
    let (engine, session) = (context.engine, &mut *context.session);
    for key in args.rest_keys()? {
        engine.watch(&mut session.watched, session.number, &key)?;
    }
    reply.ok();
    Ok(())
}
