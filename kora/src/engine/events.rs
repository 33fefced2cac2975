//! Keyspace notifications: what happens to keys, published on channels as Redis does it.
//!
//! They are made of the records that observers are told from, so there is one for every change,
//! whoever makes it, and none of what only an attempt did. An operation that changes a key several
//! times in one way is one event.

use crate::config::KeyspaceEvents;
use crate::engine::Engine;
use crate::keyspace::effect::Record;
use crate::keyspace::event::{Event, Named};

/// What was told last.
#[derive(Debug)]
pub(super) struct Told<'r> {
    classes: KeyspaceEvents,
    last: Option<(&'r [u8], u8, Event)>,
}

impl Engine {
    /// Which events are published.
    pub(crate) fn keyspace_events(&self) -> KeyspaceEvents {
        *self.events.lock()
    }

    /// Chooses which events are published.
    pub(crate) fn set_keyspace_events(&self, events: KeyspaceEvents) {
        let mut chosen = self.events.lock();
        match (chosen.are_told(), events.are_told()) {
            (false, true) => self.begin_to_observe(),
            (true, false) => self.end_to_observe(),
            (true, true) | (false, false) => {}
        }
        *chosen = events;
    }

    /// Begins to publish what some records say; nothing, when nobody would hear it.
    pub(super) fn begin_events<'r>(&self) -> Option<Told<'r>> {
        let classes = self.keyspace_events();
        let is_heard = classes.are_told() && !self.broker.is_empty();
        is_heard.then_some(Told { classes, last: None })
    }

    /// Publishes what a record says, which begins at a place of the records.
    pub(super) fn publish_record<'r>(
        &self,
        told: &mut Told<'r>,
        record: &Record<'r>,
        at: usize,
        named: &Named,
    ) {
        let mut events = Event::usual(&record.effect);
        if let Some(event) = named.at(at) {
            events = [Some(event), None];
        }
        for event in events.into_iter().flatten() {
            let this = (record.key, record.database, event);
            if told.last == Some(this) && !named.begins(at) {
                continue;
            }
            told.last = Some(this);
            if told.classes.has(event.class) {
                self.publish_event(told.classes, record.database, record.key, event.name);
            }
        }
    }

    fn publish_event(&self, classes: KeyspaceEvents, number: u8, key: &[u8], name: &str) {
        if classes.has(KeyspaceEvents::BY_KEY) {
            let mut channel = format!("__keyspace@{number}__:").into_bytes();
            channel.extend_from_slice(key);
            self.broker.publish(&channel, name.as_bytes());
        }
        if classes.has(KeyspaceEvents::BY_EVENT) {
            let channel = format!("__keyevent@{number}__:{name}");
            self.broker.publish(channel.as_bytes(), key);
        }
    }
}
