//! The arguments of a command: a cursor over its words, read with types.
//!
//! The arity was checked before; what is read past the end is a syntax error. Nothing here
//! changes data, so a command that reads all its arguments first changes nothing on an error.

use crate::command::words::Words;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::Key;
use crate::text::double::parse_f64;
use crate::text::integer::parse_i64;

/// A key and which word it is.
pub(crate) type PlacedKey<'a> = (usize, Key<'a>);

/// A cursor over a command's words.
#[derive(Debug)]
pub(crate) struct Args<'a> {
    words: Words<'a>,
    next: usize,
    /// Keys that were hashed to find the command's stripes, in order.
    keys: &'a [PlacedKey<'a>],
}

impl<'a> Args<'a> {
    /// A cursor that stands at word `first`.
    pub(crate) fn new(words: Words<'a>, first: usize, keys: &'a [PlacedKey<'a>]) -> Args<'a> {
        Args { words, next: first, keys }
    }

    /// How many words are left.
    #[inline]
    pub(crate) fn left(&self) -> usize {
        self.words.len().saturating_sub(self.next)
    }

    /// The next word, without passing it.
    #[inline]
    pub(crate) fn peek(&self) -> Option<&'a [u8]> {
        self.words.get(self.next)
    }

    /// The next word.
    #[inline]
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
        let word = self.peek().ok_or(Error::Syntax)?;
        self.next += 1;
        Ok(word)
    }

    /// The next word as a key.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<Key<'a>> {
        if let Some(((at, key), rest)) = self.keys.split_first() {
            if *at == self.next {
                self.keys = rest;
                self.next += 1;
                return Ok(*key);
            }
        }
        let at = self.next;
        let bytes = self.bytes()?;
        let known = self.keys.iter().find(|(place, _)| *place == at);
        Ok(known.map_or_else(|| Key::new(bytes), |(_, key)| *key))
    }

    /// The next word as an integer.
    pub(crate) fn integer(&mut self) -> Result<i64> {
        parse_i64(self.bytes()?).ok_or(Error::NotAnInteger)
    }

    /// The next word as an integer that C's `int` holds.
    pub(crate) fn int(&mut self) -> Result<i32> {
        let value = self.integer()?;
        i32::try_from(value).map_err(|_range| ArgumentError::ValueOutOfInt32.into())
    }

    /// The next word as an integer that is not negative; `error` when it is.
    pub(crate) fn count(&mut self, error: ArgumentError) -> Result<usize> {
        let value = parse_i64(self.bytes()?).ok_or(error)?;
        usize::try_from(value).map_err(|_negative| error.into())
    }

    /// The next word as an integer that is above zero; `error` when it is not.
    pub(crate) fn positive(&mut self, error: ArgumentError) -> Result<usize> {
        let value = self.count(error)?;
        if value == 0 { Err(error.into()) } else { Ok(value) }
    }

    /// The next word as a floating-point number.
    pub(crate) fn double(&mut self) -> Result<f64> {
        parse_f64(self.bytes()?).ok_or(Error::NotAFloat)
    }

    /// Passes the next word if it is `name`, which is upper case.
    #[inline]
    pub(crate) fn option(&mut self, name: &str) -> bool {
        let is = self.peek().is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()));
        self.next += usize::from(is);
        is
    }

    /// The words that are left, passed.
    pub(crate) fn rest(&mut self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (words, from) = (self.words, self.next);
        self.next = self.words.len();
        words.from(from)
    }

    /// The words that are left as a command of their own, passed.
    pub(crate) fn rest_command(&mut self) -> Words<'a> {
        let rest = self.words.skip(self.next);
        self.next = self.words.len();
        rest
    }

    /// The words that are left as keys, passed.
    pub(crate) fn rest_keys(&mut self) -> Result<Vec<Key<'a>>> {
        self.take_keys(self.left())
    }

    /// The next `count` words as keys.
    pub(crate) fn take_keys(&mut self, count: usize) -> Result<Vec<Key<'a>>> {
        if count > self.left() {
            return Err(Error::Syntax);
        }
        let mut keys = Vec::with_capacity(count);
        for _ in 0..count {
            keys.push(self.key()?);
        }
        Ok(keys)
    }

    /// A syntax error when words are left.
    #[inline]
    pub(crate) fn end(&self) -> Result<()> {
        if self.left() == 0 { Ok(()) } else { Err(Error::Syntax) }
    }
}
