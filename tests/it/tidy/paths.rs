//! The paths that Rust code names: `crate::a::B`, `super::c`, `std::fs::read`, and every leaf of a
//! `use` tree.
//!
//! Works on tokens, so a path split over lines is one path. It does not know which name is in
//! scope: a word without `::` is not a path here, its `use` line is.

use super::lexer::Token;

/// One path, as the code spells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) segments: Vec<String>,
    /// The name it has in this file if it came by `use`: the last segment, or what `as` says.
    pub(super) imported_as: Option<String>,
    /// It came by `pub use`, of any visibility.
    pub(super) is_reexport: bool,
    pub(super) line: usize,
}

impl Named {
    pub(super) fn starts_with(&self, path: &[&str]) -> bool {
        self.segments.len() >= path.len() && self.segments.iter().zip(path).all(|(a, b)| a == b)
    }
}

/// All paths in the order of the text.
pub(super) fn named(tokens: &[Token<'_>]) -> Vec<Named> {
    let mut reader = Reader { tokens, found: Vec::new() };
    let mut at = 0;
    while at < tokens.len() {
        at = reader.step(at);
    }
    reader.found
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    found: Vec<Named>,
}

impl Reader<'_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    fn step(&mut self, at: usize) -> usize {
        let before = if at == 0 { "" } else { self.text(at - 1) };
        // `impl Trait + use<'a>` is no import, and `pub(in path)` no use of what stands there.
        if self.text(at) == "use" && self.text(at + 1) != "<" {
            let is_reexport = before == "pub" || before == ")";
            self.tree(at + 1, &Named { is_reexport, ..Named::default() })
        } else if self.starts_path(at) && before != "::" && before != "in" {
            self.plain(at)
        } else {
            at + 1
        }
    }

    fn starts_path(&self, at: usize) -> bool {
        self.tokens[at].is_word() && self.text(at + 1) == "::"
    }

    fn plain(&mut self, mut at: usize) -> usize {
        let mut path = Named { line: self.tokens[at].line, ..Named::default() };
        while self.tokens.get(at).is_some_and(Token::is_word) {
            path.segments.push(self.text(at).to_owned());
            at += 1;
            if self.text(at) != "::" {
                break;
            }
            at += 1;
        }
        self.found.push(path);
        at
    }

    /// Reads one tree of a `use`, with what stands before it as `prefix`; answers the place after
    /// it.
    fn tree(&mut self, mut at: usize, prefix: &Named) -> usize {
        let mut path = prefix.clone();
        loop {
            match self.text(at) {
                "::" => at += 1,
                "{" => return self.group(at + 1, &path),
                "*" => {
                    path.line = self.tokens[at].line;
                    self.found.push(path);
                    return at + 1;
                }
                word if self.tokens.get(at).is_some_and(Token::is_word) => {
                    path.line = self.tokens[at].line;
                    if word != "self" || path.segments.is_empty() {
                        path.segments.push(word.to_owned());
                    }
                    at += 1;
                    if self.text(at) != "::" {
                        return self.leaf(at, path);
                    }
                }
                _ => return at + 1,
            }
        }
    }

    fn group(&mut self, mut at: usize, prefix: &Named) -> usize {
        while !["}", ""].contains(&self.text(at)) {
            at = if self.text(at) == "," { at + 1 } else { self.tree(at, prefix) };
        }
        at + 1
    }

    fn leaf(&mut self, at: usize, mut path: Named) -> usize {
        let renamed = self.text(at) == "as";
        let name = if renamed {
            Some(self.text(at + 1))
        } else {
            path.segments.last().map(String::as_str)
        };
        path.imported_as = name.map(str::to_owned);
        self.found.push(path);
        if renamed { at + 2 } else { at }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::{split, tokens};
    use super::*;

    fn spelled(text: &str) -> Vec<String> {
        let code = split(text).code;
        named(&tokens(&code)).iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn a_use_tree_has_one_path_a_leaf() {
        let text = "use crate::{a::{self, B as C}, d::*,\n e};\nuse ::std::fs;";
        assert_eq!(spelled(text), ["crate::a", "crate::a::B", "crate::d", "crate::e", "std::fs"]);
    }

    #[test]
    fn imports_know_their_name_and_whether_they_are_passed_on() {
        let code = "pub(crate) use a::B as C; use self::d;";
        let found = named(&tokens(code));
        assert_eq!(found[0].imported_as.as_deref(), Some("C"));
        assert!(found[0].is_reexport && !found[1].is_reexport);
        assert_eq!(found[1].segments, ["self", "d"]);
    }

    #[test]
    fn paths_within_expressions_count() {
        let text =
            "fn f(x: &crate::a::B<u8>) -> Vec<std::fs::File> { Vec::<u8>::new(); super::c::d() }";
        assert_eq!(spelled(text), ["crate::a::B", "std::fs::File", "Vec", "super::c::d"]);
    }

    #[test]
    fn visibility_and_captures_are_no_paths() {
        assert_eq!(
            spelled("pub(in crate::a) fn f() -> impl Sized + use<'a> {}"),
            Vec::<String>::new()
        );
    }
}
