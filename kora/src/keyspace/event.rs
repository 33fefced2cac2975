//! What changes are called, for those who are told of them: the events of Redis.
//!
//! An effect has its usual name; who does something that has another says so just before it
//! ([`Job::call`](super::Job::call)). Names are made up by nobody: they are those of Redis 7, and a
//! client that waits for `lpush` is told `lpush`.

use crate::config::KeyspaceEvents;
use crate::keyspace::effect::Effect;
use crate::types::{Effect as _, Kind, TypedValue, with_kind};

/// Something that happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Who wants to be told of it.
    pub(crate) class: KeyspaceEvents,
}

impl Event {
    /// The key's time was over.
    pub(crate) const EXPIRED: Event = Event { name: "expired", class: KeyspaceEvents::EXPIRED };
    /// There was no memory for the key.
    pub(crate) const EVICTED: Event = Event { name: "evicted", class: KeyspaceEvents::EVICTED };

    /// An event that keys of any type have.
    pub(crate) const fn generic(name: &'static str) -> Event {
        Event { name, class: KeyspaceEvents::GENERIC }
    }

    /// An event of a type.
    pub(crate) const fn of(kind: Kind, name: &'static str) -> Event {
        let class = match kind {
            Kind::String => KeyspaceEvents::STRING,
            Kind::List => KeyspaceEvents::LIST,
            Kind::Set => KeyspaceEvents::SET,
            Kind::Zset => KeyspaceEvents::ZSET,
            Kind::Hash => KeyspaceEvents::HASH,
        };
        Event { name, class }
    }

    /// What an effect on a key is called, unless somebody says something else: at most two things.
    pub(crate) fn usual(effect: &Effect<'_>) -> [Option<Event>; 2] {
        let generic = |name| Some(Event::generic(name));
        match *effect {
            Effect::Remove => [generic("del"), None],
            Effect::Deadline(deadline) => {
                [generic(if deadline.is_some() { "expire" } else { "persist" }), None]
            }
            Effect::Store { kind, deadline, .. } => {
                let expiry = deadline.and_then(|_| generic("expire"));
                [Some(Event::of(kind, "set")), expiry]
            }
            Effect::Edit { kind, body } => {
                let verb = with_kind!(kind, T => {
                    <T as TypedValue>::Effect::decode(body).map(|effect| effect.verb())
                });
                [verb.map(|verb| Event::of(kind, verb)), None]
            }
            Effect::Clear
            | Effect::Swap(_)
            | Effect::PutDocument { .. }
            | Effect::RemoveDocument { .. }
            | Effect::Collection { .. } => [None, None],
        }
    }
}

/// The events of some records, by where each record begins.
#[derive(Debug, Default)]
pub(crate) struct Named {
    names: Vec<(usize, Event)>,
    /// Where the records of a further operation begin.
    steps: Vec<usize>,
}

impl Named {
    /// Names the record that begins there.
    pub(crate) fn push(&mut self, at: usize, event: Event) {
        match self.names.last_mut() {
            Some(last) if last.0 == at => last.1 = event,
            _ => self.names.push((at, event)),
        }
    }

    /// The records from there on are of a further operation.
    #[cfg(feature = "server")]
    pub(crate) fn step(&mut self, at: usize) {
        self.steps.push(at);
    }

    /// Adds those of records that were put behind others, at `base`.
    pub(crate) fn append(&mut self, base: usize, others: Named) {
        self.steps.push(base);
        self.steps.extend(others.steps.into_iter().map(|at| base + at));
        self.names.extend(others.names.into_iter().map(|(at, event)| (base + at, event)));
    }

    /// What the record that begins there is called, if not as usual.
    pub(crate) fn at(&self, at: usize) -> Option<Event> {
        let found = self.names.binary_search_by_key(&at, |(place, _)| *place).ok()?;
        Some(self.names[found].1)
    }

    /// Whether a further operation begins there.
    pub(crate) fn begins(&self, at: usize) -> bool {
        self.steps.binary_search(&at).is_ok()
    }
}
