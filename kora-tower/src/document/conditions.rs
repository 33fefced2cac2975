//! What a request asks of the document that it is about: `If-Match` and `If-None-Match`
//! (RFC 9110, 13.1).
//!
//! A list that cannot be read names no tag: `If-Match` is refused then, and `If-None-Match` asks
//! for nothing.

use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// The preconditions of a request; none by default.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions {
    if_match: Vec<HeaderValue>,
    if_none_match: Vec<HeaderValue>,
    /// Whether it only reads: then a tag that it names saves the answer, and else it forbids.
    reads: bool,
}

impl Conditions {
    pub(super) fn of(parts: &Parts) -> Conditions {
        Conditions {
            if_match: all(&parts.headers, &IF_MATCH),
            if_none_match: all(&parts.headers, &IF_NONE_MATCH),
            reads: parts.method == Method::GET || parts.method == Method::HEAD,
        }
    }

    /// Whether the tag decides about what the request does.
    pub(super) fn ask_for_a_version(&self) -> bool {
        !self.if_match.is_empty() || (!self.reads && !self.if_none_match.is_empty())
    }

    /// Whether a request may do what it does to a document of this tag.
    pub(super) fn allow(&self, tag: Option<&HeaderValue>) -> bool {
        let matches = self.if_match.is_empty() || names(&self.if_match, tag, Compare::Strong);
        let differs = self.reads || !names(&self.if_none_match, tag, Compare::Weak);
        matches && differs
    }

    /// Whether the caller of a request that reads has the document of this tag already.
    pub(super) fn are_met_by_what_the_caller_has(&self, tag: Option<&HeaderValue>) -> bool {
        self.reads && names(&self.if_none_match, tag, Compare::Weak)
    }
}

fn all(headers: &HeaderMap, name: &HeaderName) -> Vec<HeaderValue> {
    headers.get_all(name).iter().cloned().collect()
}

/// How tags are compared (RFC 9110, 8.8.3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compare {
    /// A weak one equals none.
    Strong,
    /// Without regard to weakness.
    Weak,
}

/// Whether the lists name the tag of a document that is there; `*` is any.
fn names(lists: &[HeaderValue], tag: Option<&HeaderValue>, compare: Compare) -> bool {
    let tag = tag.map(HeaderValue::as_bytes);
    lists.iter().any(|list| {
        let list = list.as_bytes().trim_ascii();
        list == b"*" || tag.is_some_and(|tag| Tags(list).any(|named| named.is(tag, compare)))
    })
}

/// A tag in a list.
struct Tag<'l> {
    /// With its quotes.
    quoted: &'l [u8],
    is_weak: bool,
}

impl Tag<'_> {
    fn is(&self, tag: &[u8], compare: Compare) -> bool {
        self.quoted == tag && !(self.is_weak && compare == Compare::Strong)
    }
}

/// The tags of a list, up to what is none. A tag may have commas in it.
struct Tags<'l>(&'l [u8]);

impl<'l> Iterator for Tags<'l> {
    type Item = Tag<'l>;

    fn next(&mut self) -> Option<Tag<'l>> {
        let is_between = |byte: &u8| matches!(byte, b' ' | b'\t' | b',');
        let start = self.0.iter().position(|byte| !is_between(byte))?;
        let rest = self.0.get(start..)?;
        let (is_weak, quoted) = match rest.strip_prefix(b"W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let inner = quoted.strip_prefix(b"\"")?;
        let end = 2 + inner.iter().position(|byte| *byte == b'"')?;
        let (quoted, rest) = quoted.split_at(end);
        self.0 = rest;
        Some(Tag { quoted, is_weak })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: Method, name: HeaderName, lists: &[&str]) -> Conditions {
        let mut request = http::Request::builder().method(method);
        for list in lists {
            request = request.header(&name, *list);
        }
        Conditions::of(&request.body(()).unwrap().into_parts().0)
    }

    fn tag(text: &str) -> HeaderValue {
        HeaderValue::from_str(text).unwrap()
    }

    #[test]
    fn a_write_may_be_of_the_tag_it_names() {
        for (list, allowed) in [
            ("\"3-a\"", true),
            ("*", true),
            ("\"1-a\", \"3-a\"", true),
            ("\"1,2\",\t\"3-a\"", true),
            ("\"1-a\"", false),
            ("W/\"3-a\"", false),
            ("3-a", false),
            ("\"3-a", false),
            ("", false),
        ] {
            let conditions = asked(Method::PUT, IF_MATCH, &[list]);
            assert!(conditions.ask_for_a_version());
            assert_eq!(conditions.allow(Some(&tag("\"3-a\""))), allowed, "{list}");
        }
        assert!(asked(Method::PUT, IF_MATCH, &["\"1-a\"", "\"3-a\""]).allow(Some(&tag("\"3-a\""))));
    }

    #[test]
    fn a_document_without_a_tag_is_there_and_no_more() {
        assert!(asked(Method::PUT, IF_MATCH, &["*"]).allow(None));
        assert!(!asked(Method::PUT, IF_MATCH, &["\"3-a\""]).allow(None));
        assert!(!asked(Method::PUT, IF_NONE_MATCH, &["*"]).allow(None));
    }

    #[test]
    fn a_reader_who_has_it_need_not_be_sent_it() {
        let has = |list| {
            let conditions = asked(Method::GET, IF_NONE_MATCH, &[list]);
            assert!(!conditions.ask_for_a_version());
            conditions.are_met_by_what_the_caller_has(Some(&tag("\"3-a\"")))
        };
        assert!(has("\"3-a\"") && has("W/\"3-a\"") && has("*") && has("\"1\", \"3-a\""));
        assert!(!has("\"2-a\"") && !has("nonsense"));
    }

    #[test]
    fn a_writer_may_ask_that_it_is_not_there() {
        let allowed = |list| asked(Method::PUT, IF_NONE_MATCH, &[list]).allow(Some(&tag("\"3\"")));
        assert!(!allowed("*") && !allowed("\"3\"") && allowed("\"2\""));
    }
}
