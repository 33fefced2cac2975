//! A store behind one door: the loops over gets and sets, made for each peer, called for all alike.

use std::hint::black_box;
use std::thread;

use super::Result;
use crate::data::{Streams, Values, key};
use crate::peers::{Entry, Peer, Session};
use crate::slot::{Outcome, Slot};

/// What a step does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Work {
    /// A get that returns an owned value.
    Get,
    /// The same, but which key comes next depends on the value, as far as the processor can tell:
    /// it cannot begin a get while an earlier one waits for memory.
    ChainedGet,
    /// A read in place, or an owned get if the peer has none.
    Read,
    /// A set in so many of 100 steps, a read as above in the others.
    Mixed(u8),
}

impl Work {
    /// The word for it in names of cells.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Get => "get".into(),
            Self::ChainedGet => "chained-get".into(),
            Self::Read => "get-in-place".into(),
            Self::Mixed(100) => "set".into(),
            Self::Mixed(writes) => format!("{}-{writes}", 100 - writes),
        }
    }

    /// What a table of it is called: its name, and who of the peers makes an owned get of a read in place.
    pub(crate) fn title(self, peers: &[&'static Entry], stores: &[Box<dyn Store>]) -> String {
        let name = self.name();
        let in_place = match self {
            Self::Get | Self::ChainedGet => return format!("{name} of owned values"),
            Self::Mixed(100) => return name,
            Self::Mixed(_) => ", read in place",
            Self::Read => "",
        };
        let stores = peers.iter().zip(stores);
        let owned: Vec<_> = stores
            .filter(|(_, store)| !store.reads_in_place())
            .map(|(peer, _)| peer.name)
            .collect();
        if owned.is_empty() {
            return format!("{name}{in_place}");
        }
        format!("{name}{in_place} (owned gets: {})", owned.join(" "))
    }
}

/// A peer with strings in it.
pub(crate) trait Store: Send + Sync {
    /// Puts the first `keys` keys in.
    fn load(&self, keys: u32, values: &Values);

    /// Checks some of the keys that `load` put in.
    fn check(&self, keys: u32, values: &Values) -> Result<()>;

    /// Whether the peer shows a value without copying it or counting a reference.
    fn reads_in_place(&self) -> bool;

    /// Runs one slot.
    fn run(&self, work: Work, streams: &Streams, values: &Values, slot: &Slot) -> Outcome;
}

impl<P: Peer> Store for P {
    fn load(&self, keys: u32, values: &Values) {
        Peer::load(self, &mut (0..keys).map(|number| (key(number), values.of(number))));
    }

    fn check(&self, keys: u32, values: &Values) -> Result<()> {
        let mut session = self.session();
        for number in (0..keys).step_by((keys as usize / 1000).max(1)) {
            let found = session.get(&key(number));
            if found.as_ref().map(AsRef::as_ref) != Some(values.of(number)) {
                return Err(format!("key {number} has not the value that was set").into());
            }
        }
        Ok(())
    }

    fn reads_in_place(&self) -> bool {
        P::Session::READS_IN_PLACE
    }

    fn run(&self, work: Work, streams: &Streams, values: &Values, slot: &Slot) -> Outcome {
        match work {
            Work::Get => slot.run(|thread| {
                let (mut session, stream) = (self.session(), streams.thread(thread));
                move |position| {
                    session.get(&stream.at(position).key).map(|value| look(value.as_ref()))
                }
            }),
            Work::ChainedGet => slot.run(|thread| {
                let (mut session, stream) = (self.session(), streams.thread(thread));
                let (nothing, mut last) = (black_box(0), 0);
                move |position| {
                    let position = position + usize::from(last & nothing);
                    let value = session.get(&stream.at(position).key)?;
                    last = last_byte(black_box(value.as_ref()));
                    Some(value.as_ref().len() as u64)
                }
            }),
            Work::Read => slot.run(|thread| {
                let (mut session, stream) = (self.session(), streams.thread(thread));
                move |position| session.read(&stream.at(position).key, look)
            }),
            Work::Mixed(writes) => slot.run(|thread| {
                let (mut session, stream) = (self.session(), streams.thread(thread));
                move |position| {
                    let step = stream.at(position);
                    if step.roll >= writes {
                        return session.read(&step.key, look);
                    }
                    session.set(&step.key, values.of(u32::from(step.roll)));
                    Some(1)
                }
            }),
        }
    }
}

/// Puts the first `keys` keys in, from a thread like those of the slots: the system allocator gives the main thread
/// a heap of its own, and what is freed in one heap is not allocated from another.
pub(crate) fn load<P: Peer>(peer: &P, keys: u32, values: &Values) {
    let pairs = move || (0..keys).map(|number| (key(number), values.of(number)));
    thread::scope(|scope| {
        scope.spawn(move || peer.load(&mut pairs()));
    });
}

/// Looks at a value: its length and its last byte. The value is made opaque first, or else the compiler would
/// leave out a copy of which nothing more is seen.
pub(crate) fn look(value: &[u8]) -> u64 {
    let value = black_box(value);
    value.len() as u64 + u64::from(last_byte(value))
}

fn last_byte(value: &[u8]) -> u8 {
    value.last().copied().unwrap_or_default()
}
