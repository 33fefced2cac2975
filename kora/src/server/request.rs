//! Requests out of a connection's bytes, without copying them.
//!
//! A request is an array of bulk strings, or a line of words as people type them. What is found is
//! where its words stand. A request that is not whole yet is gone on with where it was left, so
//! however the bytes come, each is looked at once. Every limit is held against what a client
//! announces before any memory is taken for it, and nothing here calls itself: a request holds no
//! arrays in arrays.
//!
//! Invariant: a span lies within its request, and the requests lie one behind the other.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::Range;

use crate::command::words::{Span, Words};
use crate::error::{ConnectionError, Error};
use crate::server::line;
use crate::text::integer::parse_i64;

/// Digits that a count or a length has at most; more is an error, as it is in Redis behind 64 KiB.
const HEAD_LEN_MAX: usize = 32;

/// So many spans of a request that is not whole are moved with their memory and not copied, so that
/// a long one is not copied each time that some of it comes.
const MOVED_MIN: usize = 256;

/// Room for so many spans is kept.
const SPANS_MAX: usize = 64 << 10;

/// What a client may send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Words of a request.
    pub(super) words: usize,
    /// Bytes of a word.
    pub(super) word_bytes: usize,
    /// Bytes of a request.
    pub(super) request_bytes: usize,
    /// Bytes of a line of words.
    pub(super) line_bytes: usize,
    /// Requests that are read before the first of them is run.
    pub(super) requests: usize,
    /// Whether these are for clients that have not said who they are.
    pub(super) are_for_strangers: bool,
}

/// Why what a client sent is no request. It is told, and then nothing more of it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProtocolError {
    WordCount,
    WordLength,
    NoWord(u8),
    NoLineEnd,
    CountLine,
    LengthLine,
    Line,
    Request,
    Quotes,
    StrangerWords,
    StrangerBytes,
    /// The words of a web browser that was led here.
    Web,
}

/// Requests that were found, until they are run.
#[derive(Debug, Default)]
pub(super) struct Requests {
    spans: Vec<Span>,
    list: Vec<Request>,
    /// Words of lines that are not as they stand there.
    unquoted: Vec<u8>,
}

/// Where a request stands; its spans begin where those of the one before it end.
#[derive(Clone, Debug)]
struct Request {
    bytes: Range<usize>,
    spans_end: usize,
    /// Whether `bytes` are among those that were unquoted.
    is_unquoted: bool,
    /// Where it ends among the bytes that it was found in.
    end: usize,
}

/// How far the reading of a request has come that is not whole.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    /// Words that are still to come; 0 when it has not begun.
    words_left: usize,
    /// Where the next word stands, from the request's beginning; in a line, what was looked at.
    at: usize,
    spans: Vec<Span>,
}

#[cfg(test)]
impl Unfinished {
    pub(super) fn span_room(&self) -> usize {
        self.spans.capacity()
    }
}

/// What reading came to.
#[derive(Debug)]
pub(super) struct Progress {
    /// Bytes that are done with.
    pub(super) consumed: usize,
    /// Whether there may be more requests in the rest, which nothing has to come for.
    pub(super) has_more: bool,
    pub(super) error: Option<ProtocolError>,
}

/// One step's outcome.
enum Step {
    /// It ends there; it has words or not.
    Whole(usize),
    /// More bytes have to come.
    Part,
}

type Read<T> = std::result::Result<T, ProtocolError>;

impl Requests {
    /// Words of each request, of the bytes that they were found in.
    pub(super) fn words<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Words<'a>> {
        let mut begin = 0;
        self.list.iter().map(move |request| {
            let of = if request.is_unquoted { &self.unquoted[..] } else { bytes };
            let spans = self.spans.get(begin..request.spans_end).unwrap_or_default();
            begin = request.spans_end;
            Words::new(of.get(request.bytes.clone()).unwrap_or_default(), spans)
        })
    }

    #[cfg(test)]
    pub(super) fn span_room(&self) -> usize {
        self.spans.capacity()
    }

    /// Gives back the memory of requests that were unusually many or long.
    pub(super) fn trim(&mut self) {
        if self.spans.capacity() > SPANS_MAX {
            self.spans = Vec::new();
        }
    }

    /// Where the first `count` requests end: what is behind them is to be read again.
    pub(super) fn end_of(&self, count: usize) -> usize {
        let last = count.checked_sub(1).and_then(|last| self.list.get(last));
        last.map_or(0, |request| request.end)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Finds the requests at the beginning of some bytes, in the place of those that were found
    /// before. `unfinished` is of the request that the bytes begin with.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
        unfinished: &mut Unfinished,
    ) -> Progress {
        self.list.clear();
        self.unquoted.clear();
        self.spans.clear();
        if !unfinished.spans.is_empty() {
            self.spans = std::mem::take(&mut unfinished.spans);
        }
        let mut progress = Progress { consumed: 0, has_more: false, error: None };
        loop {
            let rest = bytes.get(progress.consumed..).unwrap_or_default();
            if rest.is_empty() {
                return progress;
            }
            if self.list.len() >= limits.requests {
                progress.has_more = true;
                return progress;
            }
            match self.step(rest, progress.consumed, limits, unfinished) {
                Ok(Step::Whole(len)) => {
                    progress.consumed = progress.consumed.saturating_add(len);
                    (unfinished.words_left, unfinished.at) = (0, 0);
                }
                Ok(Step::Part) => {
                    self.keep(unfinished);
                    return progress;
                }
                Err(error) => {
                    progress.error = Some(error);
                    return progress;
                }
            }
        }
    }

    /// Keeps the spans of a request that is not whole.
    fn keep(&mut self, unfinished: &mut Unfinished) {
        let first = self.list.last().map_or(0, |last| last.spans_end);
        if first == 0 && self.spans.len() > MOVED_MIN {
            unfinished.spans = std::mem::take(&mut self.spans);
        } else {
            unfinished.spans.extend(self.spans.drain(first..));
        }
    }

    fn step(
        &mut self,
        rest: &[u8],
        start: usize,
        limits: &Limits,
        unfinished: &mut Unfinished,
    ) -> Read<Step> {
        if rest.first() != Some(&b'*') {
            return self.line(rest, start, limits, unfinished);
        }
        if unfinished.words_left == 0 {
            let Some((count, end)) = head(rest, ProtocolError::CountLine)? else {
                return Ok(Step::Part);
            };
            let count = count.ok_or(ProtocolError::WordCount)?;
            let Ok(count @ 1..) = usize::try_from(count) else { return Ok(Step::Whole(end)) };
            if count > limits.words {
                let strange = limits.are_for_strangers;
                let error = ProtocolError::WordCount;
                return Err(if strange { ProtocolError::StrangerWords } else { error });
            }
            (unfinished.words_left, unfinished.at) = (count, end);
        }
        self.array(rest, start, limits, unfinished)
    }

    /// Goes on with an array of words.
    fn array(
        &mut self,
        rest: &[u8],
        start: usize,
        limits: &Limits,
        unfinished: &mut Unfinished,
    ) -> Read<Step> {
        while unfinished.words_left > 0 {
            let Some((span, end)) = word(rest, unfinished.at, limits)? else {
                return Ok(Step::Part);
            };
            self.spans.push(span);
            unfinished.at = end;
            unfinished.words_left = unfinished.words_left.saturating_sub(1);
        }
        let end = unfinished.at;
        let bytes = start..start.saturating_add(end);
        let (spans_end, end_of_all) = (self.spans.len(), bytes.end);
        self.list.push(Request { bytes, spans_end, is_unquoted: false, end: end_of_all });
        Ok(Step::Whole(end))
    }

    /// A line of words, as people type them.
    fn line(
        &mut self,
        rest: &[u8],
        start: usize,
        limits: &Limits,
        unfinished: &mut Unfinished,
    ) -> Read<Step> {
        let fresh = rest.get(unfinished.at..).unwrap_or_default();
        let Some(offset) = fresh.iter().position(|byte| *byte == b'\n') else {
            unfinished.at = rest.len();
            let fits = rest.len() <= limits.line_bytes;
            return if fits { Ok(Step::Part) } else { Err(ProtocolError::Line) };
        };
        let end = unfinished.at.saturating_add(offset);
        if end > limits.line_bytes {
            return Err(ProtocolError::Line);
        }
        let text = rest.get(..end).unwrap_or_default();
        let first = self.unquoted.len();
        let had = self.spans.len();
        let line = line::split(text, &mut self.unquoted, &mut self.spans);
        let is_unquoted = line.ok_or(ProtocolError::Quotes)?;
        let words = self.spans.len().saturating_sub(had);
        if words > limits.words {
            return Err(ProtocolError::WordCount);
        }
        if is_of_the_web(text) {
            return Err(ProtocolError::Web);
        }
        if words > 0 {
            let whole = start..start.saturating_add(end);
            let end = whole.end.saturating_add(1);
            let bytes = if is_unquoted { first..self.unquoted.len() } else { whole };
            self.list.push(Request { bytes, spans_end: self.spans.len(), is_unquoted, end });
        }
        Ok(Step::Whole(end.saturating_add(1)))
    }
}

/// Whether a line is one that web browsers send: who leads one here must not reach the data.
fn is_of_the_web(line: &[u8]) -> bool {
    let first = line.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    first.eq_ignore_ascii_case(b"POST") || first.eq_ignore_ascii_case(b"Host:")
}

/// The number behind a sign, and where its line ends; nothing as long as the line does not. The
/// number is none when it is not written as one.
#[inline]
fn head(bytes: &[u8], too_long: ProtocolError) -> Read<Option<(Option<i64>, usize)>> {
    match short_head(bytes) {
        Some((number, end)) => Ok(Some((Some(number), end))),
        None => long_head(bytes, too_long),
    }
}

/// A head of one to three digits, as nearly all are.
#[inline]
fn short_head(bytes: &[u8]) -> Option<(i64, usize)> {
    let digit = |byte: u8| Some(i64::from(byte.wrapping_sub(b'0'))).filter(|digit| *digit <= 9);
    // No number of several digits begins with a zero.
    let first = |byte: u8| digit(byte).filter(|digit| *digit > 0);
    let joined = |high: i64, low: i64| high.wrapping_mul(10).wrapping_add(low);
    match *bytes {
        [_, a, b'\r', b'\n', ..] => Some((digit(a)?, 4)),
        [_, a, b, b'\r', b'\n', ..] => Some((joined(first(a)?, digit(b)?), 5)),
        [_, a, b, c, b'\r', b'\n', ..] => {
            Some((joined(joined(first(a)?, digit(b)?), digit(c)?), 6))
        }
        _ => None,
    }
}

/// Any head, or what is wrong with it.
fn long_head(bytes: &[u8], too_long: ProtocolError) -> Read<Option<(Option<i64>, usize)>> {
    let line = bytes.get(1..).unwrap_or_default();
    let shown = line.get(..HEAD_LEN_MAX).unwrap_or(line);
    let Some(len) = shown.iter().position(|byte| *byte == b'\r') else {
        return if shown.len() == HEAD_LEN_MAX { Err(too_long) } else { Ok(None) };
    };
    let end = len.saturating_add(3);
    match bytes.get(end.saturating_sub(1)) {
        None => Ok(None),
        Some(b'\n') => Ok(Some((parse_i64(line.get(..len).unwrap_or_default()), end))),
        Some(_) => Err(ProtocolError::NoLineEnd),
    }
}

/// The word that stands at a place, and where the next one does; nothing as long as it is not whole.
#[inline]
fn word(rest: &[u8], at: usize, limits: &Limits) -> Read<Option<(Span, usize)>> {
    let bytes = rest.get(at..).unwrap_or_default();
    match bytes.first() {
        None => return Ok(None),
        Some(b'$') => {}
        Some(other) => return Err(ProtocolError::NoWord(*other)),
    }
    let Some((len, head)) = head(bytes, ProtocolError::LengthLine)? else { return Ok(None) };
    let len = len.and_then(|len| usize::try_from(len).ok()).ok_or(ProtocolError::WordLength)?;
    if len > limits.word_bytes {
        let strange = limits.are_for_strangers;
        return Err(if strange { ProtocolError::StrangerBytes } else { ProtocolError::WordLength });
    }
    let start = at.saturating_add(head);
    let end = start.saturating_add(len);
    let next = end.saturating_add(2);
    if next > limits.request_bytes {
        return Err(ProtocolError::Request);
    }
    let (Ok(start), Ok(span_end)) = (u32::try_from(start), u32::try_from(end)) else {
        return Err(ProtocolError::Request);
    };
    match rest.get(end..next) {
        None => Ok(None),
        Some(b"\r\n") => Ok(Some((Span { start, end: span_end }, next))),
        Some(_) => Err(ProtocolError::NoLineEnd),
    }
}

impl ProtocolError {
    /// What the client is told; nothing when it is better not answered at all.
    pub(super) fn into_error(self) -> Option<Error> {
        let what = match self {
            ProtocolError::WordCount => "invalid multibulk length",
            ProtocolError::WordLength => "invalid bulk length",
            ProtocolError::NoWord(byte) => {
                let shown = if byte.is_ascii_graphic() { char::from(byte) } else { ' ' };
                let what = format!("expected '$', got '{shown}'");
                return Some(ConnectionError::Protocol { what }.into());
            }
            ProtocolError::NoLineEnd => "expected CRLF",
            ProtocolError::CountLine => "too big mbulk count string",
            ProtocolError::LengthLine => "too big bulk count string",
            ProtocolError::Line => "too big inline request",
            ProtocolError::Request => "too big request",
            ProtocolError::Quotes => "unbalanced quotes in request",
            ProtocolError::StrangerWords => "unauthenticated multibulk length",
            ProtocolError::StrangerBytes => "unauthenticated bulk length",
            ProtocolError::Web => return None,
        };
        Some(ConnectionError::Protocol { what: what.to_owned() }.into())
    }
}
