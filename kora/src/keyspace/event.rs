//! What changes are called, for those who are told of them: the events of Redis.
//!
//! An effect has its usual name; who does something that has another says so before it
//! ([`Job::call`](super::Job::call)).

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Its time was over.
    Expired,
    /// There was no memory for it.
    Evicted,
}

/// The events of some records, by where each record begins.
#[derive(Debug, Default)]
pub(crate) struct Named(Vec<(usize, Event)>);

impl Named {
    /// Names the record that begins there.
    pub(crate) fn push(&mut self, at: usize, event: Event) {
        match self.0.last_mut() {
            Some(last) if last.0 == at => last.1 = event,
            _ => self.0.push((at, event)),
        }
    }

    /// Adds those of records that were put behind others, at `base`.
    pub(crate) fn append(&mut self, base: usize, others: Named) {
        self.0.extend(others.0.into_iter().map(|(at, event)| (base + at, event)));
    }

    /// What the record that begins there is called, if not as usual.
    pub(crate) fn at(&self, at: usize) -> Option<Event> {
        let found = self.0.binary_search_by_key(&at, |(place, _)| *place).ok()?;
        Some(self.0[found].1)
    }
}
