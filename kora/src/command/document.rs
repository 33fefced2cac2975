//! What the table says about itself: COMMAND's answers and docs/commands.md.
