//! The commands on sorted sets, a file for each thing that is done to them.

pub(crate) mod blocking;
pub(crate) mod combine;
pub(crate) mod range;
pub(crate) mod read;
pub(crate) mod remove;
pub(crate) mod update;

mod bounds;

use bytes::Bytes;

use crate::command::Reply;

/// Answers members, each with its score; RESP3 nests the pairs.
fn reply_scored(reply: &mut Reply, scored: Vec<(Bytes, f64)>) {
    reply.pairs(scored.len());
    for (member, score) in scored {
        reply.bulk(member);
        reply.double(score);
    }
}

/// Answers members without their scores.
fn reply_named(reply: &mut Reply, members: Vec<Bytes>) {
    reply.array(members.len());
    members.into_iter().for_each(|member| reply.bulk(member));
}
