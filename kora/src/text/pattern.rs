//! Redis's glob patterns, as in KEYS, SCAN MATCH and PSUBSCRIBE.
//!
//! `*` is any bytes, `?` one byte, `[abc]`, `[a-z]` and `[^a]` one byte of a class, `\x` the byte
//! `x`. Patterns are bytes and so is the text: no case, no characters, no `/`. Every pattern is
//! valid; the odd ones mean what they mean in Redis: an unclosed class ends with the pattern, a
//! reversed range is turned round, a last backslash is itself, and only the pattern `*` of all that
//! begin with a star matches the empty text.
//!
//! Bytes are compared unsigned. Redis compares `char`s, so that on x86 a range from below to above
//! 0x7f (`[a-\xff]`) has other members there than it has on ARM and here.
//!
//! The invariant: a match costs at most O(pattern × text), on the stack of one call.

/// Says whether the whole of `text` matches `pattern`.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() {
        return matches!(pattern, [] | [b'*']);
    }
    let (mut pattern_rest, mut text_rest) = (pattern, text);
    // What follows the last star, and the text that the star has not swallowed. An earlier star
    // needs no second try: the text before the last star is matched as early as can be.
    let mut last_star: Option<(&[u8], &[u8])> = None;
    while let [byte, text_tail @ ..] = text_rest {
        if let [b'*', after @ ..] = pattern_rest {
            if after.is_empty() {
                return true;
            }
            last_star = Some((after, text_rest));
            pattern_rest = after;
        } else if let Some(after) = match_byte(pattern_rest, *byte) {
            (pattern_rest, text_rest) = (after, text_tail);
        } else if let Some((after, [_, unswallowed @ ..])) = last_star {
            last_star = Some((after, unswallowed));
            (pattern_rest, text_rest) = (after, unswallowed);
        } else {
            return false;
        }
    }
    pattern_rest.iter().all(|&byte| byte == b'*')
}

/// Says whether `pattern` matches exactly one text, itself, so that a lookup can replace a scan.
pub(crate) fn is_literal(pattern: &[u8]) -> bool {
    !pattern.iter().any(|byte| matches!(byte, b'*' | b'?' | b'[' | b'\\'))
}

/// Matches one byte against the first element of `pattern`, which is not a star; returns the rest.
fn match_byte(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    match pattern {
        [b'?', after @ ..] => Some(after),
        [b'[', class @ ..] => match_class(class, byte),
        [b'\\', literal, after @ ..] | [literal, after @ ..] => (*literal == byte).then_some(after),
        [] => None,
    }
}

/// Matches one byte against a class, whose opening bracket is behind us; returns what follows it.
fn match_class(class: &[u8], byte: u8) -> Option<&[u8]> {
    let (is_negated, mut rest) = match class {
        [b'^', members @ ..] => (true, members),
        members => (false, members),
    };
    let mut is_member = false;
    loop {
        rest = match rest {
            [b'\\', literal, after @ ..] => {
                is_member |= *literal == byte;
                after
            }
            [b']', after @ ..] => {
                rest = after;
                break;
            }
            [start, b'-', end, after @ ..] => {
                is_member |= (*start.min(end)..=*start.max(end)).contains(&byte);
                after
            }
            [literal, after @ ..] => {
                is_member |= *literal == byte;
                after
            }
            [] => break,
        };
    }
    (is_member != is_negated).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What redis-server 7.0.15 finds with `KEYS PATTERN` when the text is the only key.
    #[test]
    fn odd_patterns_match_as_in_redis() {
        let cases: [(&[u8], &[u8], bool); 68] = [
            (b"", b"", true),
            (b"", b"a", false),
            (b"a", b"", false),
            (b"a", b"a", true),
            (b"a", b"a\0", false),
            (b"a\0*", b"a\0b", true),
            // Stars and the empty text.
            (b"*", b"", true),
            (b"**", b"", false),
            (b"?", b"", false),
            (b"*", b"abc", true),
            (b"***", b"abc", true),
            (b"a*", b"a", true),
            (b"a**", b"a", true),
            (b"*a", b"a", true),
            (b"a*b*c", b"aXbYc", true),
            (b"a*b*c", b"aXbYcZ", false),
            (b"*ab", b"aab", true),
            (b"*a?b", b"aaacb", true),
            // Classes.
            (b"h[^e]llo", b"hallo", true),
            (b"h[^e]llo", b"hello", false),
            (b"[a-c]", b"b", true),
            (b"[a-c]", b"d", false),
            (b"[z-a]", b"m", true),
            (b"[]", b"a", false),
            (b"[^]", b"a", true),
            (b"[]a]", b"a", false),
            (b"[]a]", b"a]", false),
            (b"[[]", b"[", true),
            (b"[*]", b"*", true),
            (b"[?]", b"a", false),
            (b"[!a]", b"b", false),
            (b"[^^]", b"^", false),
            (b"[^^]", b"a", true),
            (b"[a^]", b"^", true),
            (b"[a-]", b"b", false),
            (b"[a-]", b"^", true),
            (b"[a-]", b"]", true),
            (b"[a-]", b"a-", false),
            (b"[--0]", b".", true),
            (b"[a-c-e]", b"d", false),
            (b"[a-c-e]", b"-", true),
            (b"[\x80-\xff]", b"\xa0", true),
            // A class that is not closed.
            (b"[", b"[", false),
            (b"[", b"", false),
            (b"[^", b"a", true),
            (b"[^", b"ab", false),
            (b"*[^", b"xy", true),
            (b"x[", b"x", false),
            (b"x[", b"x[", false),
            (b"x[^", b"xy", true),
            (b"[a", b"a", true),
            (b"[a", b"b", false),
            (b"[ab", b"b", true),
            (b"[a-", b"a", true),
            (b"[a-", b"-", true),
            // Backslashes.
            (b"\\", b"\\", true),
            (b"a\\", b"a\\", true),
            (b"\\a", b"a", true),
            (b"\\*", b"*", true),
            (b"\\*", b"a", false),
            (b"\\[a]", b"[a]", true),
            (b"[\\]]", b"]", true),
            (b"[\\", b"\\", true),
            (b"[\\a-z]", b"b", false),
            (b"[\\a-z]", b"-", true),
            (b"a[\\-]b", b"a-b", true),
            (b"[a-\\]b", b"\\b", true),
            (b"[a-\\]]", b"Z]", false),
        ];
        for (pattern, text, expected) in cases {
            let case = (pattern.escape_ascii(), text.escape_ascii());
            assert_eq!(matches(pattern, text), expected, "{} on {}", case.0, case.1);
        }
    }

    #[test]
    fn ranges_are_of_unsigned_bytes() {
        assert!(matches(b"[a-\xff]", b"z"));
        assert!(!matches(b"[a-\xff]", b"A"));
    }

    /// The star as it is defined: it matches nothing, or one more byte and then itself.
    fn matches_by_definition(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([b'*', after @ ..], _) => {
                matches_by_definition(after, text)
                    || (!text.is_empty() && matches_by_definition(pattern, &text[1..]))
            }
            ([], _) | (_, []) => pattern.len() == text.len(),
            (_, [byte, text_tail @ ..]) => match_byte(pattern, *byte)
                .is_some_and(|after| matches_by_definition(after, text_tail)),
        }
    }

    /// All strings over `alphabet` of at most `len_max` bytes.
    fn strings(alphabet: &[u8], len_max: usize) -> Vec<Vec<u8>> {
        let mut all = vec![Vec::new()];
        let mut longest = all.clone();
        for _ in 0..len_max {
            let longer = |text: &Vec<u8>| {
                alphabet.iter().map(|&byte| [text, &[byte][..]].concat()).collect::<Vec<_>>()
            };
            longest = longest.iter().flat_map(longer).collect();
            all.extend_from_slice(&longest);
        }
        all
    }

    #[test]
    fn retrying_only_the_last_star_loses_no_match() {
        let texts: Vec<_> = strings(b"ab", 6).into_iter().filter(|text| !text.is_empty()).collect();
        for pattern in strings(b"ab*?", 5).iter().chain(&strings(b"a*[]^-", 4)) {
            for text in &texts {
                let expected = matches_by_definition(pattern, text);
                let case = (pattern.escape_ascii(), text.escape_ascii());
                assert_eq!(matches(pattern, text), expected, "{} on {}", case.0, case.1);
            }
        }
    }

    #[test]
    fn many_stars_do_not_multiply_the_work() {
        let pattern = [&b"a*".repeat(200)[..], b"b"].concat();
        let mut text = b"a".repeat(20_000);
        assert!(!matches(&pattern, &text));
        text.push(b'b');
        assert!(matches(&pattern, &text));
    }

    #[test]
    fn a_literal_pattern_has_no_special_byte() {
        assert!(is_literal(b""));
        assert!(is_literal(b"user:1-2]^"));
        for pattern in ["a*", "?", "[a]", "\\a"] {
            assert!(!is_literal(pattern.as_bytes()), "{pattern}");
        }
    }
}
