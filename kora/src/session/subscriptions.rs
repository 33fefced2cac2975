//! What a connection listens to, and how messages reach it.
//!
//! Whoever publishes writes the message, as the client reads it, into the client's inbox
//! (`inbox.rs`).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Session;
use super::client::Client;
use crate::command::reply::{Protocol, Reply, Wire};
use crate::engine::Engine;
use crate::pubsub::broker::{Asked, Delivery, FAMILIES, Family, Listener, ListenerId};

/// Names that a connection listens to, by family.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    id: Option<ListenerId>,
    channels: BTreeSet<Box<[u8]>>,
    patterns: BTreeSet<Box<[u8]>>,
    shards: BTreeSet<Box<[u8]>>,
}

impl Subscriptions {
    /// Whether it listens to nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.patterns.is_empty() && self.shards.is_empty()
    }

    /// How many names there are of a family.
    pub(crate) fn len(&self, family: Family) -> usize {
        match family {
            Family::Channel => self.channels.len(),
            Family::Pattern => self.patterns.len(),
            Family::Shard => self.shards.len(),
        }
    }

    /// How many names there are.
    pub(crate) fn total(&self) -> usize {
        self.channels.len() + self.patterns.len() + self.shards.len()
    }

    /// How many there are, as the answers count them: those of channels and patterns together.
    pub(crate) fn counted_with(&self, family: Family) -> usize {
        match family {
            Family::Channel | Family::Pattern => self.channels.len() + self.patterns.len(),
            Family::Shard => self.shards.len(),
        }
    }

    /// The names of a family.
    pub(crate) fn names(&self, family: Family) -> Vec<Box<[u8]>> {
        let names = match family {
            Family::Channel => &self.channels,
            Family::Pattern => &self.patterns,
            Family::Shard => &self.shards,
        };
        names.iter().cloned().collect()
    }

    fn names_mut(&mut self, family: Family) -> &mut BTreeSet<Box<[u8]>> {
        match family {
            Family::Channel => &mut self.channels,
            Family::Pattern => &mut self.patterns,
            Family::Shard => &mut self.shards,
        }
    }
}

impl Session {
    /// Listens to one more name.
    pub(crate) fn subscribe(&mut self, engine: &Engine, family: Family, name: &[u8]) {
        let id = *self.subscriptions.id.get_or_insert_with(|| engine.broker().name());
        let listener = Arc::clone(&self.client) as Arc<dyn Listener>;
        if engine.broker().subscribe(family, name, id, &listener) {
            self.subscriptions.names_mut(family).insert(name.into());
        }
    }

    /// Listens to a name no longer.
    pub(crate) fn unsubscribe(&mut self, engine: &Engine, family: Family, name: &[u8]) {
        if let Some(id) = self.subscriptions.id {
            engine.broker().unsubscribe(family, name, id);
            self.subscriptions.names_mut(family).remove(name);
        }
    }

    /// Listens to nothing any more.
    pub(crate) fn unsubscribe_all(&mut self, engine: &Engine) {
        for family in FAMILIES {
            for name in self.subscriptions.names(family) {
                self.unsubscribe(engine, family, &name);
            }
        }
    }
}

/// Writes a message behind others.
fn write(out: &mut Vec<u8>, delivery: &Delivery<'_>, protocol: Protocol) {
    let mut reply = Reply::wire(Wire::new(std::mem::take(out), protocol));
    match delivery.asked {
        Asked::Channel => {
            reply.push(3);
            reply.bytes(b"message");
        }
        Asked::Pattern(pattern) => {
            reply.push(4);
            reply.bytes(b"pmessage");
            reply.bytes(pattern);
        }
        Asked::Shard => {
            reply.push(3);
            reply.bytes(b"smessage");
        }
    }
    reply.bytes(delivery.channel);
    reply.bytes(delivery.message);
    *out = reply.into_bytes();
}

impl Listener for Client {
    fn deliver(&self, delivery: &Delivery<'_>) {
        let protocol = self.facts_with(|facts| facts.protocol);
        self.put(|inbox| write(inbox, delivery, protocol));
    }
}
