//! COMMAND and its subcommands: the table, asked over the wire.

use crate::command::Spec;

pub(crate) const COMMANDS: &[Spec] = &[];
