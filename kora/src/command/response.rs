//! What a command answered, as a value.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use crate::error::Error;
use crate::text::double::write_f64;
use crate::text::quoted::push_quoted;

/// The answer to a [`Command`](crate::Command). Its `Display` is what `redis-cli` prints.
///
/// ```
/// use kora::{CommandResponse, Database, cmd};
///
/// let db = Database::in_memory();
/// db.execute(cmd!("RPUSH", "queue", "a", "b"))?;
/// assert_eq!(db.execute(cmd!("LLEN", "queue"))?, CommandResponse::Integer(2));
/// assert_eq!(db.execute(cmd!("LRANGE", "queue", 0, -1))?.to_string(), "1) \"a\"\n2) \"b\"");
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CommandResponse {
    /// Nothing there.
    Nil,
    /// Nothing there, from a command that otherwise answers an array.
    NilArray,
    /// A status word, such as `OK`.
    Status(Cow<'static, str>),
    /// An integer.
    Integer(i64),
    /// A floating-point number; RESP2 has it as text.
    Double(f64),
    /// Bytes.
    Bulk(Bytes),
    /// Items in order.
    Array(Vec<CommandResponse>),
    /// Items in no order; RESP2 has them as an array.
    Set(Vec<CommandResponse>),
    /// Keys with values; RESP2 has them as a flat array.
    Map(Vec<(CommandResponse, CommandResponse)>),
    /// Items with something that belongs to each; RESP2 has them as a flat array.
    Pairs(Vec<(CommandResponse, CommandResponse)>),
    /// An error inside an answer that holds several.
    Error(Error),
    /// Text for people, of several lines; RESP2 has it as bytes. Connections are answered so.
    Text(Box<str>),
    /// Several messages in place of one answer, in order: SUBSCRIBE has one for each channel.
    /// Connections are answered so.
    Messages(Vec<Vec<CommandResponse>>),
}

impl fmt::Display for CommandResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

impl CommandResponse {
    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        match self {
            CommandResponse::Nil | CommandResponse::NilArray => f.write_str("(nil)"),
            CommandResponse::Status(status) => f.write_str(status),
            CommandResponse::Integer(n) => write!(f, "(integer) {n}"),
            CommandResponse::Double(value) => {
                let mut text = Vec::new();
                write_f64(&mut text, *value);
                write_quoted(f, &text)
            }
            CommandResponse::Bulk(bytes) => write_quoted(f, bytes),
            CommandResponse::Array(items) | CommandResponse::Set(items) => {
                write_items(f, indent, items.len(), items.iter())
            }
            CommandResponse::Map(pairs) | CommandResponse::Pairs(pairs) => {
                let items = pairs.iter().flat_map(|(first, second)| [first, second]);
                write_items(f, indent, pairs.len() * 2, items)
            }
            CommandResponse::Error(error) => write!(f, "(error) {}", error.wire()),
            CommandResponse::Text(text) => write_quoted(f, text.as_bytes()),
            CommandResponse::Messages(messages) => {
                for (at, message) in messages.iter().enumerate() {
                    f.write_str(if at > 0 { "\n" } else { "" })?;
                    write_items(f, indent, message.len(), message.iter())?;
                }
                Ok(())
            }
        }
    }
}

fn write_items<'a>(
    f: &mut fmt::Formatter<'_>,
    indent: usize,
    len: usize,
    items: impl Iterator<Item = &'a CommandResponse>,
) -> fmt::Result {
    if len == 0 {
        return f.write_str("(empty array)");
    }
    let width = len.to_string().len();
    for (i, item) in items.enumerate() {
        if i > 0 {
            write!(f, "\n{:indent$}", "")?;
        }
        write!(f, "{:>width$}) ", i + 1)?;
        item.write(f, indent + width + 2)?;
    }
    Ok(())
}

fn write_quoted(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let mut quoted = Vec::with_capacity(bytes.len() + 2);
    push_quoted(&mut quoted, bytes);
    // Nothing but ASCII is in it.
    f.write_str(&String::from_utf8_lossy(&quoted))
}
