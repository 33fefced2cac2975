//! The commands on lists, in two parts; what both use to answer.

use bytes::Bytes;

use crate::command::Reply;

pub(crate) mod blocking;
pub(crate) mod ends;
pub(crate) mod inside;

fn write(reply: &mut Reply, elements: Vec<Bytes>) {
    reply.array(elements.len());
    elements.into_iter().for_each(|element| reply.bulk(element));
}
