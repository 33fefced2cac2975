//! How things are told.

use std::fmt::Display;

/// Something in few letters a line: values may be long.
pub(crate) fn short(what: &impl Display) -> String {
    const MOST: usize = 160;
    let lines = what.to_string();
    let cut = |line: &str| match line.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}… ({} bytes)", &line[..at], line.len()),
        None => line.to_owned(),
    };
    lines.lines().map(cut).collect::<Vec<_>>().join("\n")
}
