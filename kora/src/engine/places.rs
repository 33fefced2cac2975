//! Where the numbered databases of one moment are now.
//!
//! A snapshot and the replay that makes it exact speak of a key by the number that its
//! database had when the snapshot began. SWAPDB gives databases other numbers afterwards, and
//! FLUSHDB puts an empty one in the place of another.

use crate::keyspace::effect::Effect;

/// Numbered databases there can be.
const NUMBERS: usize = 256;

/// For each number, which number its database had in the beginning.
#[derive(Clone, Debug)]
pub(crate) struct Places([Option<u8>; NUMBERS]);

impl Places {
    /// Every database is where it was.
    pub(crate) fn new() -> Places {
        let mut places = [None; NUMBERS];
        for (place, number) in places.iter_mut().zip(0_u8..=u8::MAX) {
            *place = Some(number);
        }
        Places(places)
    }

    /// Follows an effect on a whole database.
    pub(crate) fn follow(&mut self, number: u8, effect: &Effect<'_>) {
        match effect {
            Effect::Swap(with) => self.0.swap(usize::from(number), usize::from(*with)),
            Effect::Clear => self.0[usize::from(number)] = None,
            Effect::Remove
            | Effect::Deadline(_)
            | Effect::Store { .. }
            | Effect::Edit { .. }
            | Effect::PutDocument { .. }
            | Effect::RemoveDocument { .. }
            | Effect::Collection { .. } => {}
        }
    }

    /// Which number the database that has this one now had in the beginning; `None` when it was
    /// not there.
    pub(crate) fn origin(&self, number: u8) -> Option<u8> {
        self.0[usize::from(number)]
    }

    /// Which number the database has now that had this one in the beginning; `None` when it is
    /// gone.
    pub(crate) fn now(&self, origin: u8) -> Option<u8> {
        (0_u8..=u8::MAX).find(|number| self.origin(*number) == Some(origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_followed_through_swaps_and_clears() {
        let mut places = Places::new();
        places.follow(0, &Effect::Swap(3));
        assert_eq!((places.origin(0), places.origin(3)), (Some(3), Some(0)));
        assert_eq!((places.now(0), places.now(3)), (Some(3), Some(0)));
        places.follow(3, &Effect::Clear);
        assert_eq!((places.origin(3), places.now(0)), (None, None));
        places.follow(3, &Effect::Swap(0));
        assert_eq!((places.origin(3), places.origin(0)), (Some(3), None));
        places.follow(1, &Effect::Remove);
        assert_eq!(places.origin(1), Some(1));
    }
}
