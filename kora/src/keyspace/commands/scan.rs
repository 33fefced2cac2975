//! SCAN, KEYS and RANDOMKEY.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Dangerous, ReadOnly};
use crate::command::scan::{ScanWords, answer, answer_nothing};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Sweep;
use crate::error::Result;
use crate::keyspace::ops::scan::{self, Filter};
use crate::types::Kind;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "SCAN",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[ReadOnly],
        run: Run::Sweep(scan),
        doc: Doc {
            since: "2.8.0",
            cost: "O(n) for n keys looked at; O(m) for all calls of a pass over m keys",
            summary: "Returns some keys, by name or type if wanted, and the cursor to go on from.",
            examples: &[
                ("SET user:1 ann", "OK"),
                ("SCAN 0 MATCH user:* COUNT 100", "1) \"0\"\n2) 1) \"user:1\""),
                ("SCAN 0 TYPE list", "1) \"0\"\n2) (empty array)"),
            ],
        },
    },
    Spec {
        name: "KEYS",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[ReadOnly, Dangerous],
        run: Run::Sweep(keys),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n keys; O(1) when the pattern fits one name only",
            summary: "Returns every key whose name fits a glob pattern.",
            examples: &[
                ("MSET user:1 ann item:1 pen", "OK"),
                ("KEYS user:*", "1) \"user:1\""),
                ("KEYS missing", "(empty array)"),
            ],
        },
    },
    Spec {
        name: "RANDOMKEY",
        arity: Exactly(1),
        keys: Keys::None,
        flags: &[ReadOnly],
        run: Run::Sweep(randomkey),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Returns any key.",
            examples: &[("RANDOMKEY", "(nil)"), ("SET only 1", "OK"), ("RANDOMKEY", "\"only\"")],
        },
    },
];

fn scan(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let mut kind = None;
    let words = ScanWords::read_with(args, |args| {
        let is_type = args.left() > 1 && args.option("TYPE");
        if is_type {
            kind = Some(Kind::from_name(args.bytes()?));
        }
        Ok(is_type)
    })?;
    if kind == Some(None) {
        // No key holds what there is no type for.
        answer_nothing(reply);
        return Ok(());
    }
    let filter = Filter { pattern: words.pattern, kind: kind.flatten() };
    let (next, found) = scan::scan_for(sweep, words.cursor, words.count, filter)?;
    answer(reply, next, found.len());
    found.into_iter().for_each(|key| reply.bulk(key));
    Ok(())
}

fn keys(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let found = scan::keys(sweep, args.bytes()?)?;
    reply.array(found.len());
    found.into_iter().for_each(|key| reply.bulk(key));
    Ok(())
}

fn randomkey(sweep: Sweep<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.optional(scan::randomkey(sweep)?);
    Ok(())
}
