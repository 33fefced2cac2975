//! A partition behind its lease, which readers share.
//!
//! Whoever holds it mostly works for a microsecond or two, less than it takes to send a thread to sleep
//! and to wake it again. So who finds it taken looks again for about so long before it sleeps.

use std::hint::spin_loop;

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::document::collection::partition::Partition;

/// How often a lease that is taken is looked at again: some two microseconds. What it brings is in the
/// figures of `tests/peers`, `--bin documents -- --threads`.
const LOOKS: u32 = 100;

/// A partition behind its lease; two cache lines of its own, so that neighbours do not meet.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Leased(RwLock<Partition>);

impl Leased {
    /// Shares the lease with others who read.
    #[inline]
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Partition> {
        self.look_again(RwLock::try_read, RwLock::read)
    }

    /// Takes the lease.
    #[inline]
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Partition> {
        self.look_again(RwLock::try_write, RwLock::write)
    }

    /// Shares the lease if that takes no waiting.
    pub(super) fn try_read(&self) -> Option<RwLockReadGuard<'_, Partition>> {
        self.0.try_read()
    }

    /// Takes the lease if that takes no waiting.
    pub(super) fn try_write(&self) -> Option<RwLockWriteGuard<'_, Partition>> {
        self.0.try_write()
    }

    #[inline]
    fn look_again<'s, G>(
        &'s self,
        look: impl Fn(&'s RwLock<Partition>) -> Option<G>,
        sleep: impl FnOnce(&'s RwLock<Partition>) -> G,
    ) -> G {
        for _ in 0..LOOKS {
            if let Some(lease) = look(&self.0) {
                return lease;
            }
            spin_loop();
        }
        sleep(&self.0)
    }
}
