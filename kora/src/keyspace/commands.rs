//! The commands on keys, whatever they hold.

use crate::command::Spec;

pub(crate) const COMMANDS: &[Spec] = &[];
