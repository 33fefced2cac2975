//! A command as a value: owned words.

use bytes::Bytes;
use smallvec::SmallVec;

use crate::command::words::{Span, Words};
use crate::error::{Error, Result};
#[cfg(feature = "server")]
use crate::session::caller::Caller;
use crate::text::double::write_f64;
use crate::text::integer::{IntegerText, write_i64};

/// A command with its arguments, ready to be executed, more than once if wanted.
///
/// ```
/// use kora::{Command, CommandResponse, Database, cmd};
///
/// let db = Database::in_memory();
/// db.execute(cmd!("SET", "visits", 41, "EX", 60))?;
/// let reply = db.execute(Command::new("INCR").arg("visits"))?;
/// assert_eq!(reply, CommandResponse::Integer(42));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Command {
    buffer: SmallVec<[u8; 64]>,
    spans: SmallVec<[Span; 6]>,
    too_large: bool,
    #[cfg(feature = "server")]
    caller: Option<Caller>,
}

impl Command {
    /// A command without arguments. Names are looked up, in any case, when it is executed.
    #[inline]
    pub fn new(name: impl ToArg) -> Command {
        let mut command = Command::empty();
        command.add(name);
        command
    }

    /// A command whose words, the name first, are these.
    pub fn from_words<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> Command {
        let mut command = Command::empty();
        words.into_iter().for_each(|word| command.add(word.as_ref()));
        command
    }

    /// A command without even a name; with room for a short one without an allocation.
    fn empty() -> Command {
        Command {
            buffer: SmallVec::new(),
            spans: SmallVec::new(),
            too_large: false,
            #[cfg(feature = "server")]
            caller: None,
        }
    }

    /// A copy of words that a client has sent.
    #[cfg(feature = "server")]
    pub(crate) fn of_client(words: Words<'_>, caller: Caller) -> Command {
        let mut command = Command::from_words(words.from(0));
        command.caller = Some(caller);
        command
    }

    /// Who has sent the command to a server, for layers between connections and the engine. `None`
    /// for what was made in this process.
    #[cfg(feature = "server")]
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }

    /// The same words but for some, which `map` gives others; from the same caller.
    pub(crate) fn with_words<'w, W: AsRef<[u8]>>(
        &'w self,
        mut map: impl FnMut(usize, &'w [u8]) -> Option<W>,
    ) -> Command {
        let mut command = Command::empty();
        for (at, word) in self.all_words().from(0).enumerate() {
            match map(at, word) {
                Some(other) => command.add(other.as_ref()),
                None => command.add(word),
            }
        }
        command.too_large |= self.too_large;
        #[cfg(feature = "server")]
        command.caller.clone_from(&self.caller);
        command
    }

    /// Adds an argument: bytes, text or a number.
    #[must_use]
    #[inline]
    pub fn arg(mut self, arg: impl ToArg) -> Command {
        self.add(arg);
        self
    }

    /// As [`Command::arg`], in place.
    #[inline]
    pub fn add(&mut self, arg: impl ToArg) {
        let start = self.buffer.len();
        arg.write_arg(&mut Argument(&mut self.buffer));
        self.close(start);
    }

    /// Makes a word of what was written from `start` on.
    #[inline]
    fn close(&mut self, start: usize) {
        match (u32::try_from(start), u32::try_from(self.buffer.len())) {
            (Ok(start), Ok(end)) => self.spans.push(Span { start, end }),
            _ => {
                self.buffer.truncate(start);
                self.too_large = true;
            }
        }
    }

    pub(crate) fn words(&self) -> Result<Words<'_>> {
        if self.too_large {
            return Err(Command::too_large());
        }
        Ok(self.all_words())
    }

    /// The words, even if others did not fit.
    pub(crate) fn all_words(&self) -> Words<'_> {
        Words::new(&self.buffer, &self.spans)
    }

    /// Why a command with too much in it is refused.
    pub(crate) fn too_large() -> Error {
        Error::TooLarge { what: "a command's words take at most 4 GiB" }
    }
}

/// Where an argument's bytes are written.
#[derive(Debug)]
pub struct Argument<'c>(&'c mut SmallVec<[u8; 64]>);

impl Argument<'_> {
    /// Adds bytes to the argument.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

/// What can be an argument of a [`Command`]: byte strings as they are, numbers in decimal.
pub trait ToArg {
    /// Appends the argument's bytes.
    fn write_arg(&self, out: &mut Argument<'_>);
}

impl<T: ToArg + ?Sized> ToArg for &T {
    #[inline]
    fn write_arg(&self, out: &mut Argument<'_>) {
        (**self).write_arg(out);
    }
}

macro_rules! bytes_to_arg {
    ($($type:ty),*) => {
        $(impl ToArg for $type {
            #[inline]
            fn write_arg(&self, out: &mut Argument<'_>) {
                out.push(self.as_ref());
            }
        })*
    };
}
bytes_to_arg!(str, String, [u8], Vec<u8>, Bytes);

impl<const N: usize> ToArg for [u8; N] {
    fn write_arg(&self, out: &mut Argument<'_>) {
        out.push(self);
    }
}

macro_rules! integer_to_arg {
    ($($type:ty),*) => {
        $(impl ToArg for $type {
            fn write_arg(&self, out: &mut Argument<'_>) {
                out.push(write_i64(&mut IntegerText::new(), i64::from(*self)));
            }
        })*
    };
}
integer_to_arg!(i8, i16, i32, i64, u8, u16, u32);

macro_rules! wide_to_arg {
    ($($type:ty),*) => {
        $(impl ToArg for $type {
            fn write_arg(&self, out: &mut Argument<'_>) {
                out.push(self.to_string().as_bytes());
            }
        })*
    };
}
wide_to_arg!(isize, usize, u64);

impl ToArg for f64 {
    fn write_arg(&self, out: &mut Argument<'_>) {
        let mut text = Vec::new();
        write_f64(&mut text, *self);
        out.push(&text);
    }
}

/// A [`Command`] from its words: `cmd!("ZADD", "board", 10, "ann")`.
#[macro_export]
macro_rules! cmd {
    ($name:expr $(, $arg:expr)* $(,)?) => {{
        #[allow(unused_mut, reason = "a command may have no arguments")]
        let mut command = $crate::Command::new(&$name);
        $(command.add(&$arg);)*
        command
    }};
}
