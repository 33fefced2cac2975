//! Rust text cut into code and comments, and code cut into tokens.
//!
//! Not a parser: it knows comments, literals, words and signs, which is what the rules ask for.
//! Both parts keep the length in lines of the whole text, so a line number found in one is a line
//! number of the file. Literals are in neither: a rule's own table of forbidden words does not
//! offend against it.

/// The code and the comments of one text, each with the other blanked.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) code: String,
    pub(super) comments: String,
}

/// Cuts a text into its parts.
pub(super) fn split(text: &str) -> Parts {
    let mut cutter = Cutter { chars: text.chars().collect(), at: 0, parts: Parts::default() };
    while cutter.at < cutter.chars.len() {
        cutter.step();
    }
    cutter.parts
}

#[derive(Clone, Copy)]
enum Part {
    Code,
    Comment,
    Literal,
}

struct Cutter {
    chars: Vec<char>,
    at: usize,
    parts: Parts,
}

impl Cutter {
    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => self.take_while(Part::Comment, |c| c != '\n'),
            ('/', '*') => self.take_block_comment(),
            ('"', _) => self.take_quoted('"'),
            ('\'', next) if next == '\\' || self.peek(2) == '\'' => self.take_quoted('\''),
            (c, _) if is_word(c) => self.take_word(),
            _ => self.take(1, Part::Code),
        }
    }

    /// The character so many places ahead; beyond the end, one that no rule looks for.
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn take(&mut self, count: usize, part: Part) {
        for _ in 0..count.min(self.chars.len() - self.at) {
            let c = self.chars[self.at];
            let blank = if c == '\n' { '\n' } else { ' ' };
            let (code, comment) = match part {
                Part::Code => (c, blank),
                Part::Comment => (blank, c),
                Part::Literal => (blank, blank),
            };
            self.parts.code.push(code);
            self.parts.comments.push(comment);
            self.at += 1;
        }
    }

    fn take_while(&mut self, part: Part, wanted: impl Fn(char) -> bool) {
        let count = self.chars[self.at..].iter().take_while(|c| wanted(**c)).count();
        self.take(count, part);
    }

    fn take_block_comment(&mut self) {
        let mut depth = 0_u32;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.take(1, Part::Comment);
                    continue;
                }
            }
            self.take(2, Part::Comment);
            if depth == 0 {
                return;
            }
        }
    }

    fn take_quoted(&mut self, quote: char) {
        self.take(1, Part::Code);
        while self.at < self.chars.len() && self.peek(0) != quote {
            let width = if self.peek(0) == '\\' { 2 } else { 1 };
            self.take(width, Part::Literal);
        }
        self.take(1, Part::Code);
    }

    /// A word; if it is the prefix of a raw string, the string with it.
    fn take_word(&mut self) {
        let word: String = self.chars[self.at..].iter().take_while(|c| is_word(**c)).collect();
        self.take(word.chars().count(), Part::Code);
        let hashes = self.chars[self.at..].iter().take_while(|c| **c == '#').count();
        if ["r", "br", "cr"].contains(&word.as_str()) && self.peek(hashes) == '"' {
            self.take_raw(hashes);
        }
    }

    fn take_raw(&mut self, hashes: usize) {
        self.take(hashes + 1, Part::Code);
        let closed = |cutter: &Cutter| {
            cutter.peek(0) == '"' && (1..=hashes).all(|ahead| cutter.peek(ahead) == '#')
        };
        while self.at < self.chars.len() && !closed(self) {
            self.take(1, Part::Literal);
        }
        self.take(hashes + 1, Part::Code);
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// A word, `::`, or any other sign by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// Counted from 1.
    pub(super) line: usize,
}

impl Token<'_> {
    pub(super) fn is_word(&self) -> bool {
        self.text.starts_with(is_word)
    }
}

/// The tokens of code, as [`split`] leaves it.
pub(super) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (index, text) in code.split('\n').enumerate() {
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let width = token_width(rest);
            tokens.push(Token { text: &rest[..width], line: index + 1 });
            rest = rest[width..].trim_start();
        }
    }
    tokens
}

fn token_width(rest: &str) -> usize {
    if rest.starts_with("::") {
        2
    } else if rest.starts_with(is_word) {
        rest.find(|c| !is_word(c)).unwrap_or(rest.len())
    } else {
        rest.chars().next().map_or(1, char::len_utf8)
    }
}

/// The place of the bracket that closes the one at `open`; the end if none does.
pub(super) fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    tokens.len()
}

/// The tokens without the inline modules that `#[cfg(test)]` marks: what is shipped.
pub(super) fn shipped(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    const MARK: [&str; 8] = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let marked = tokens[at..].iter().map(|token| token.text).take(MARK.len()).eq(MARK);
        let body = at + MARK.len() + 1;
        if marked && tokens.get(body).is_some_and(|token| token.text == "{") {
            at = closing(&tokens, body) + 1;
        } else {
            kept.push(tokens[at]);
            at += 1;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(code: &str) -> Vec<&str> {
        tokens(code).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_leave_the_code_and_code_the_comments() {
        let parts = split("a; // b\n/* c /* d */ e */ f");
        assert_eq!(parts.code, "a;     \n                  f");
        assert_eq!(parts.comments, "   // b\n/* c /* d */ e */  ");
    }

    #[test]
    fn literals_are_in_neither_part() {
        for text in
            ["f(\"unsafe // \\\" x\") + g", "f(r#\"unsafe \" /* x\"#) + g", "f(b\"unsafe\") + g"]
        {
            let parts = split(text);
            assert!(!parts.code.contains("unsafe"), "{text}");
            assert!(parts.code.ends_with("+ g"), "{text}");
            assert_eq!(parts.comments.trim(), "", "{text}");
        }
    }

    #[test]
    fn a_lifetime_is_not_an_open_character() {
        let parts = split("fn f<'a>(x: &'a str) -> char { '\"' } // '\"'");
        assert!(parts.code.contains("&'a str) -> char { ' ' }"));
        assert_eq!(parts.comments.trim(), "// '\"'");
        assert!(split("'\\'' + unsafe").code.contains("unsafe"));
    }

    #[test]
    fn tokens_carry_their_line() {
        assert_eq!(texts("crate::a\n  .b(1_u8)"), ["crate", "::", "a", ".", "b", "(", "1_u8", ")"]);
        assert_eq!(tokens("a\n\nb").last(), Some(&Token { text: "b", line: 3 }));
    }

    #[test]
    fn inline_test_modules_are_not_shipped() {
        let code =
            "use a; #[cfg(test)] mod tests { use b; mod c {} } use d; #[cfg(test)] mod tests;";
        let left: Vec<&str> = shipped(tokens(code)).into_iter().map(|token| token.text).collect();
        assert_eq!(left[..6], ["use", "a", ";", "use", "d", ";"]);
        assert!(left.contains(&"mod") && !left.contains(&"b"));
    }
}
