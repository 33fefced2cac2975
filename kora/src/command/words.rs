//! The words of a command: one run of bytes and where each word stands in it.

/// Where a word stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Borrowed words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    buffer: &'a [u8],
    spans: &'a [Span],
}

impl<'a> Words<'a> {
    /// Words of a buffer. A span outside the buffer reads as an empty word.
    pub(crate) fn new(buffer: &'a [u8], spans: &'a [Span]) -> Words<'a> {
        Words { buffer, spans }
    }

    /// Puts copies of the words' bytes and spans behind others; the spans stay relative to where
    /// these bytes begin.
    #[inline]
    pub(crate) fn append_to(self, buffer: &mut Vec<u8>, spans: &mut Vec<Span>) {
        buffer.extend_from_slice(self.buffer);
        spans.extend_from_slice(self.spans);
    }

    /// How many words.
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.spans.len()
    }

    /// The word at a position.
    #[inline]
    pub(crate) fn get(self, at: usize) -> Option<&'a [u8]> {
        let span = self.spans.get(at)?;
        Some(self.buffer.get(span.start as usize..span.end as usize).unwrap_or_default())
    }

    /// The words from a position on, as words of their own.
    pub(crate) fn skip(self, count: usize) -> Words<'a> {
        Words { buffer: self.buffer, spans: self.spans.get(count..).unwrap_or_default() }
    }

    /// All words from a position on.
    pub(crate) fn from(self, at: usize) -> impl Iterator<Item = &'a [u8]> {
        (at..self.len()).filter_map(move |at| self.get(at))
    }
}
