//! LCS: the longest common subsequence of two strings.

use crate::command::Arity::AtLeast;
use crate::command::Flag::ReadOnly;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::types::string::ops;

pub(crate) const COMMANDS: &[Spec] = &[Spec {
    name: "LCS",
    arity: AtLeast(3),
    keys: Keys::Two(1),
    flags: &[ReadOnly],
    run: Run::Together(lcs),
    doc: Doc {
        since: "7.0.0",
        cost: "O(n*m) for lengths n and m",
        summary: "Finds the longest common subsequence of two strings.",
        examples: &[
            ("MSET a ohmytext b mynewtext", "OK"),
            ("LCS a b", "\"mytext\""),
            ("LCS a b LEN", "(integer) 6"),
        ],
    },
}];

/// LCS's options, as they are read.
#[derive(Default)]
struct LcsWords {
    len: bool,
    idx: bool,
    with_match_len: bool,
    len_min: usize,
}

impl LcsWords {
    fn read(args: &mut Args<'_>) -> Result<LcsWords> {
        let mut words = LcsWords::default();
        while args.left() > 0 {
            if args.option("IDX") {
                words.idx = true;
            } else if args.option("LEN") {
                words.len = true;
            } else if args.option("WITHMATCHLEN") {
                words.with_match_len = true;
            } else if args.left() > 1 && args.option("MINMATCHLEN") {
                words.len_min = usize::try_from(args.integer()?).unwrap_or(0);
            } else {
                return Err(Error::Syntax);
            }
        }
        if words.len && words.idx {
            return Err(ArgumentError::LcsLenWithIdx.into());
        }
        Ok(words)
    }
}

fn lcs(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (a, b) = (args.key()?, args.key()?);
    // Redis looks at the keys before the options.
    ops::check_two(transaction, [&a, &b])?;
    let words = LcsWords::read(args)?;
    if words.len {
        reply.count(ops::lcs_len(transaction, a, b)?);
        return Ok(());
    }
    if !words.idx {
        reply.bulk(ops::lcs(transaction, a, b)?);
        return Ok(());
    }
    let matches = ops::lcs_matches(transaction, &a, &b, words.len_min)?;
    reply.map(2);
    reply.bytes(b"matches");
    reply.array(matches.list.len());
    for run in &matches.list {
        reply.array(if words.with_match_len { 3 } else { 2 });
        for range in [&run.a, &run.b] {
            reply.array(2);
            reply.count(*range.start());
            reply.count(*range.end());
        }
        if words.with_match_len {
            reply.count(run.len());
        }
    }
    reply.bytes(b"len");
    reply.count(matches.lcs_len);
    Ok(())
}
