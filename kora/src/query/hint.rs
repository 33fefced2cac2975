//! What the author of a wrong text may have meant.
//!
//! Tables first: signs and words of other languages, and places of the grammar where one mistake is
//! common. A hint is a guess, so each is short and none is needed to understand its error.
//!
//! The invariant: hints are asked for on the way to an error only; they cost a good text nothing.

use super::cursor::Slot;
use super::display::Quoted;
use super::error::{Hint, shown};
use super::is_reserved;
use super::lexer::{Sign, Token, TokenKind, run_len};
use super::path::QuotedName;

/// Where a token does not fit, and what stands around it.
pub(super) struct Scene<'s, 't> {
    pub(super) text: &'t str,
    pub(super) before: Option<&'s Token<'t>>,
    pub(super) token: &'s Token<'t>,
    pub(super) following: TokenKind<'t>,
}

/// Signs that mean something elsewhere, and what means it here.
const SIGNS: &[(&str, Hint)] = &[
    ("=>", Hint::DidYouMean(">=")),
    ("=<", Hint::DidYouMean("<=")),
    ("===", Hint::DidYouMean("=")),
    ("=!", Hint::DidYouMean("!=")),
    ("!==", Hint::DidYouMean("!=")),
    (":", Hint::DidYouMean("=")),
    (":=", Hint::DidYouMean("=")),
    ("~", Hint::DidYouMean("STARTS WITH")),
    ("=~", Hint::DidYouMean("STARTS WITH")),
    ("&", Hint::DidYouMean("AND")),
    ("&&", Hint::DidYouMean("AND")),
    ("|", Hint::DidYouMean("OR")),
    ("||", Hint::DidYouMean("OR")),
    ("!", Hint::DidYouMean("NOT")),
    (";", Hint::Say("a condition ends without a sign")),
    ("{", Hint::Say("an object is not compared as a whole: address.city = 'Accra'")),
    ("+", Hint::Say("a number above zero has no sign")),
    ("‘", STRAIGHT_QUOTES),
    ("’", STRAIGHT_QUOTES),
    ("“", STRAIGHT_QUOTES),
    ("”", STRAIGHT_QUOTES),
];

const STRAIGHT_QUOTES: Hint = Hint::Say("strings stand in straight quotes: 'Accra'");

/// Words that are operators elsewhere, and what means the same here.
const OPERATORS: &[(&str, Hint)] = &[
    ("LIKE", Hint::DidYouMean("STARTS WITH")),
    ("STARTSWITH", Hint::DidYouMean("STARTS WITH")),
    ("START", Hint::DidYouMean("STARTS WITH")),
    ("BEGINS", Hint::DidYouMean("STARTS WITH")),
    ("HAS", Hint::DidYouMean("CONTAINS")),
    ("INCLUDES", Hint::DidYouMean("CONTAINS")),
    ("EQ", Hint::DidYouMean("=")),
    ("EQUALS", Hint::DidYouMean("=")),
    ("NE", Hint::DidYouMean("!=")),
    ("LT", Hint::DidYouMean("<")),
    ("LTE", Hint::DidYouMean("<=")),
    ("LE", Hint::DidYouMean("<=")),
    ("GT", Hint::DidYouMean(">")),
    ("GTE", Hint::DidYouMean(">=")),
    ("GE", Hint::DidYouMean(">=")),
    ("NULL", Hint::DidYouMean("IS NULL")),
    ("MISSING", Hint::DidYouMean("IS MISSING")),
    ("AND", COMPARE_TRUTH),
    ("OR", COMPARE_TRUTH),
];

/// What may follow `path NOT` elsewhere.
const NEGATED_OPERATORS: &[(&str, Hint)] = &[
    ("NULL", Hint::DidYouMean("IS NOT NULL")),
    ("MISSING", Hint::DidYouMean("EXISTS")),
    ("LIKE", Hint::DidYouMean("STARTS WITH")),
    ("STARTSWITH", Hint::DidYouMean("STARTS WITH")),
];

/// What may follow IS elsewhere.
const STATES: &[(&str, Hint)] = &[
    ("NIL", Hint::DidYouMean("NULL")),
    ("NONE", Hint::DidYouMean("NULL")),
    ("UNDEFINED", Hint::DidYouMean("MISSING")),
    ("ABSENT", Hint::DidYouMean("MISSING")),
    ("TRUE", COMPARE_TRUTH),
    ("FALSE", COMPARE_TRUTH),
];

/// Values of other languages.
const VALUES: &[(&str, Hint)] = &[
    ("NIL", Hint::DidYouMean("null")),
    ("NONE", Hint::DidYouMean("null")),
    ("UNDEFINED", Hint::DidYouMean("IS MISSING")),
];

/// Words that follow a condition in other languages.
const CLAUSES: &[(&str, Hint)] =
    &[("ORDER", OUTSIDE), ("SORT", OUTSIDE), ("LIMIT", OUTSIDE), ("OFFSET", OUTSIDE)];

const DIRECTIONS: &[(&str, Hint)] = &[
    ("ASCENDING", Hint::DidYouMean("ASC")),
    ("UP", Hint::DidYouMean("ASC")),
    ("DESCENDING", Hint::DidYouMean("DESC")),
    ("DOWN", Hint::DidYouMean("DESC")),
];

const ANY_ELEMENT: Hint =
    Hint::Say("elements have no number; a path through an array means any of them");
const COMPARE_TRUTH: Hint = Hint::Say("true and false are compared: active = true");
const NAME_EACH: Hint = Hint::Say("each predicate names its path: age > 3 AND age < 9");
const PATH_FIRST: Hint = Hint::Say("a predicate begins with its path: age > 3");
const ENDS: Hint = Hint::Say("the ends are joined by AND: BETWEEN 3 AND 9");
const LIST: Hint = Hint::Say("a list stands in parentheses: (1, 2)");
const ORDERED: Hint = Hint::Say("only numbers and strings have an order");
const OUTSIDE: Hint =
    Hint::Say("this text is the condition only; ORDER BY and LIMIT stand outside");

/// The hint for a token that does not fit a slot.
pub(super) fn of(slot: Slot, scene: &Scene<'_, '_>) -> Option<Hint> {
    in_slot(slot, scene).or_else(|| match scene.token.kind {
        TokenKind::Strange => look_up(SIGNS, scene.written()),
        TokenKind::Parameter => Some(Hint::Say("? stands in the place of a value: age > ?")),
        TokenKind::Variable => Some(Hint::Say("a place for a value is written ?: age > ?")),
        TokenKind::Word(_)
        | TokenKind::Name(_)
        | TokenKind::String(_)
        | TokenKind::Number(_)
        | TokenKind::Sign(_)
        | TokenKind::End => None,
    })
}

fn in_slot(slot: Slot, scene: &Scene<'_, '_>) -> Option<Hint> {
    match slot {
        Slot::Term => term(scene),
        Slot::Name => name(scene),
        Slot::Operator => operator(scene),
        Slot::NegatedOperator if scene.is_comparison() => {
            Some(Hint::Say("NOT stands before the path: NOT age > 3"))
        }
        Slot::NegatedOperator => scene
            .word(NEGATED_OPERATORS)
            .or_else(|| scene.near(&["IN", "CONTAINS", "BETWEEN", "STARTS WITH", "EXISTS"])),
        Slot::Is | Slot::IsNot if scene.is_scalar() => {
            Some(Hint::DidYouMean(if slot == Slot::Is { "=" } else { "!=" }))
        }
        Slot::Is | Slot::IsNot => {
            scene.word(STATES).or_else(|| scene.near(&["NULL", "MISSING", "NOT"]))
        }
        Slot::BetweenAnd => Some(ENDS),
        Slot::Value | Slot::ListFirst | Slot::ArrayFirst => value(scene),
        Slot::Ordered | Slot::NumberEnd | Slot::Text => ordered(slot, scene),
        Slot::ListOpen => Some(LIST),
        Slot::Connective | Slot::InnerConnective => connective(slot, scene),
        Slot::Direction if scene.token.kind == TokenKind::Sign(Sign::OpenArray) => {
            Some(ANY_ELEMENT)
        }
        Slot::Direction => scene.word(DIRECTIONS).or_else(|| scene.near(&["ASC", "DESC"])),
        Slot::PathEnd | Slot::PathNext if scene.token.kind == TokenKind::Sign(Sign::OpenArray) => {
            Some(ANY_ELEMENT)
        }
        Slot::With
        | Slot::ListNext
        | Slot::ArrayNext
        | Slot::PathNext
        | Slot::PathEnd
        | Slot::End => None,
    }
}

fn term(scene: &Scene<'_, '_>) -> Option<Hint> {
    let is_field = is_comparison(&scene.following) || scene.following == TokenKind::Sign(Sign::Dot);
    match &scene.token.kind {
        TokenKind::Word(word) if is_field => Some(quote_name(word)),
        TokenKind::Word(word) if word.eq_ignore_ascii_case("EXISTS") => {
            Some(Hint::Say("EXISTS follows its path: address.city EXISTS"))
        }
        TokenKind::String(string) => Some(quote_name(string)),
        TokenKind::Number(_) => Some(PATH_FIRST),
        TokenKind::Sign(_) if scene.is_comparison() => {
            Some(if scene.before.is_some() { NAME_EACH } else { PATH_FIRST })
        }
        TokenKind::Variable if scene.written() == "$" => {
            Some(Hint::Say("a path begins inside the document: city, not $.city"))
        }
        TokenKind::Word(_)
        | TokenKind::Name(_)
        | TokenKind::Sign(_)
        | TokenKind::Parameter
        | TokenKind::Variable
        | TokenKind::Strange
        | TokenKind::End => None,
    }
}

/// A name alone: behind a point, in an order, a projection or a path.
fn name(scene: &Scene<'_, '_>) -> Option<Hint> {
    match &scene.token.kind {
        TokenKind::Word(word) => Some(quote_name(word)),
        TokenKind::String(string) => Some(quote_name(string)),
        TokenKind::Number(_) => Some(quote_name(scene.written())),
        TokenKind::Strange if scene.written() == "-" => {
            Some(Hint::Say("DESC follows its path: age DESC"))
        }
        TokenKind::Name(_)
        | TokenKind::Sign(_)
        | TokenKind::Parameter
        | TokenKind::Variable
        | TokenKind::Strange
        | TokenKind::End => None,
    }
}

fn operator(scene: &Scene<'_, '_>) -> Option<Hint> {
    match &scene.token.kind {
        TokenKind::Word(_) if scene.is_before("WHERE") => {
            Some(Hint::Say("the condition stands without WHERE"))
        }
        TokenKind::Word(_) => {
            const NEAR: &[&str] = &["IN", "IS", "CONTAINS", "BETWEEN", "STARTS WITH", "EXISTS"];
            scene.word(OPERATORS).or_else(|| scene.near(NEAR)).or_else(|| scene.spaced_name())
        }
        TokenKind::String(_) => Some(Hint::DidYouMean("=")),
        TokenKind::Number(_) if scene.is_adjacent() => Some(scene.joined_name()),
        TokenKind::Number(_) => Some(Hint::DidYouMean("=")),
        TokenKind::Strange if scene.written() == "!" => Some(Hint::DidYouMean("!=")),
        TokenKind::Strange if scene.written() == "-" => Some(scene.joined_name()),
        TokenKind::Sign(Sign::Open) => Some(Hint::Say("there are no functions")),
        TokenKind::Sign(Sign::OpenArray) => Some(ANY_ELEMENT),
        TokenKind::End | TokenKind::Sign(Sign::Close) => Some(COMPARE_TRUTH),
        TokenKind::Name(_)
        | TokenKind::Sign(_)
        | TokenKind::Parameter
        | TokenKind::Variable
        | TokenKind::Strange => None,
    }
}

fn value(scene: &Scene<'_, '_>) -> Option<Hint> {
    let before = scene.before.map(|token| &token.kind);
    match &scene.token.kind {
        TokenKind::Word(word) if is_reserved(word) => None,
        TokenKind::Word(word) => {
            let known = scene.word(VALUES).or_else(|| scene.near(&["true", "false", "null"]));
            known.or_else(|| Some(quote_string(word)))
        }
        TokenKind::Name(name) => Some(quote_string(name)),
        TokenKind::Sign(Sign::Open) if scene.is_before("CONTAINS") => {
            Some(Hint::Say("a list follows ANY or ALL: CONTAINS ANY (1, 2)"))
        }
        TokenKind::Sign(Sign::Open) => Some(Hint::Say("a list follows IN: IN (1, 2)")),
        TokenKind::Sign(Sign::Dot) => Some(Hint::Say("a number begins with a digit: 0.5")),
        TokenKind::Strange if scene.written() == "-" => {
            Some(Hint::Say("a minus stands right before a digit: -3"))
        }
        TokenKind::Sign(Sign::Equal) if before == Some(&TokenKind::Sign(Sign::Less)) => {
            Some(Hint::DidYouMean("<="))
        }
        TokenKind::Sign(Sign::Equal) if before == Some(&TokenKind::Sign(Sign::Greater)) => {
            Some(Hint::DidYouMean(">="))
        }
        TokenKind::String(_)
        | TokenKind::Number(_)
        | TokenKind::Sign(_)
        | TokenKind::Parameter
        | TokenKind::Variable
        | TokenKind::Strange
        | TokenKind::End => None,
    }
}

fn ordered(slot: Slot, scene: &Scene<'_, '_>) -> Option<Hint> {
    match &scene.token.kind {
        TokenKind::Word(word) if is_reserved(word) => {
            let is_value = ["TRUE", "FALSE", "NULL"].iter().any(|v| word.eq_ignore_ascii_case(v));
            (is_value && slot == Slot::Ordered).then_some(ORDERED)
        }
        TokenKind::Word(word) if slot != Slot::NumberEnd => Some(quote_string(word)),
        TokenKind::Sign(Sign::OpenArray) if slot == Slot::Ordered => Some(ORDERED),
        TokenKind::Sign(Sign::Open) if scene.is_before("BETWEEN") => Some(ENDS),
        TokenKind::String(_) | TokenKind::Number(_)
            if slot != Slot::Text || !scene.is_before("WITH") =>
        {
            Some(Hint::Say("both ends are numbers, or both are strings"))
        }
        TokenKind::Word(_)
        | TokenKind::Name(_)
        | TokenKind::String(_)
        | TokenKind::Number(_)
        | TokenKind::Sign(_)
        | TokenKind::Parameter
        | TokenKind::Variable
        | TokenKind::Strange
        | TokenKind::End => value(scene),
    }
}

fn connective(slot: Slot, scene: &Scene<'_, '_>) -> Option<Hint> {
    let is_string = |token: &Token<'_>| matches!(token.kind, TokenKind::String(_));
    if scene.before.is_some_and(is_string) && scene.is_adjacent() {
        let is_cut = is_string(scene.token) || matches!(scene.token.kind, TokenKind::Word(_));
        return is_cut.then_some(Hint::Say("a quote inside a string is written twice: 'it''s'"));
    }
    match &scene.token.kind {
        TokenKind::Word(_) => scene.word(CLAUSES).or_else(|| scene.near(&["AND", "OR"])),
        TokenKind::Sign(Sign::Comma) => Some(Hint::Say("predicates are joined by AND or OR")),
        TokenKind::Sign(Sign::Close) if slot == Slot::Connective => {
            Some(Hint::Say("nothing is open that it could close"))
        }
        TokenKind::Sign(_) if scene.is_comparison() => Some(NAME_EACH),
        TokenKind::Name(_)
        | TokenKind::String(_)
        | TokenKind::Number(_)
        | TokenKind::Sign(_)
        | TokenKind::Parameter
        | TokenKind::Variable
        | TokenKind::Strange
        | TokenKind::End => None,
    }
}

impl Scene<'_, '_> {
    /// The token as it stands in the text.
    fn written(&self) -> &str {
        &self.text[self.token.start..self.token.end]
    }

    /// What the table says of the word.
    fn word(&self, table: &[(&str, Hint)]) -> Option<Hint> {
        look_up(table, self.written())
    }

    /// The keyword that the word nearly is.
    fn near(&self, keywords: &[&'static str]) -> Option<Hint> {
        let TokenKind::Word(word) = self.token.kind else { return None };
        let is_near = |keyword: &&&'static str| {
            let first = keyword.split(' ').next().unwrap_or_default();
            is_nearly(word, first)
        };
        keywords.iter().find(is_near).map(|keyword| Hint::DidYouMean(keyword))
    }

    fn is_comparison(&self) -> bool {
        is_comparison(&self.token.kind)
    }

    fn is_scalar(&self) -> bool {
        matches!(self.token.kind, TokenKind::Number(_) | TokenKind::String(_))
    }

    /// Whether the token before is this word.
    fn is_before(&self, word: &str) -> bool {
        let written = self.before.map(|token| &self.text[token.start..token.end]);
        written.is_some_and(|written| written.eq_ignore_ascii_case(word))
    }

    /// Whether nothing stands between the token and the one before.
    fn is_adjacent(&self) -> bool {
        self.before.is_some_and(|before| before.end == self.token.start)
    }

    /// A name with a space in it, if what follows the two words shows that they are one.
    fn spaced_name(&self) -> Option<Hint> {
        let before = self.before?;
        let is_one = is_comparison(&self.following) && matches!(before.kind, TokenKind::Word(_));
        is_one.then(|| quote_name(&self.text[before.start..self.token.end]))
    }

    /// The token before and what stands against it as one name: `first-name`.
    fn joined_name(&self) -> Hint {
        let start = self.before.map_or(self.token.start, |before| before.start);
        let rest = &self.text[start..];
        let len = run_len(rest, |c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        quote_name(&rest[..len])
    }
}

fn is_comparison(kind: &TokenKind<'_>) -> bool {
    match kind {
        TokenKind::Sign(sign) => match sign {
            Sign::Equal
            | Sign::NotEqual
            | Sign::Less
            | Sign::LessOrEqual
            | Sign::Greater
            | Sign::GreaterOrEqual => true,
            Sign::Open
            | Sign::Close
            | Sign::OpenArray
            | Sign::CloseArray
            | Sign::Comma
            | Sign::Dot
            | Sign::Star => false,
        },
        TokenKind::Word(_)
        | TokenKind::Name(_)
        | TokenKind::String(_)
        | TokenKind::Number(_)
        | TokenKind::Parameter
        | TokenKind::Variable
        | TokenKind::Strange
        | TokenKind::End => false,
    }
}

fn look_up(table: &[(&str, Hint)], written: &str) -> Option<Hint> {
    table.iter().find(|(word, _)| written.eq_ignore_ascii_case(word)).map(|(_, hint)| hint.clone())
}

fn quote_string(word: &str) -> Hint {
    Hint::QuoteString(Quoted(&shown(word)).to_string().into())
}

fn quote_name(name: &str) -> Hint {
    Hint::QuoteName(QuotedName(&shown(name)).to_string().into())
}

/// The longest word that is compared with keywords, so that a long one costs nothing.
const WORD_LEN_MAX: usize = 12;

/// Whether a word is a keyword but for one mistake, or two in a long one. A mistake is a letter too
/// many, too few or wrong, or two that changed places.
fn is_nearly(word: &str, keyword: &str) -> bool {
    if !(2..=WORD_LEN_MAX).contains(&word.len()) || !word.is_ascii() {
        return false;
    }
    let mistakes = if keyword.len() > 4 { 2 } else { 1 };
    distance(&word.to_ascii_uppercase(), &keyword.to_ascii_uppercase()) <= mistakes
}

/// The optimal string alignment distance: Damerau's (1964), where no part is changed twice.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before_last = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                let swapped: usize = before_last[j - 2];
                best = best.min(swapped + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_mistakes() {
        for (a, b, mistakes) in [
            ("", "", 0),
            ("AND", "AND", 0),
            ("ADN", "AND", 1),
            ("AN", "AND", 1),
            ("ANDD", "AND", 1),
            ("OND", "AND", 1),
            ("CONTIANS", "CONTAINS", 1),
            ("CONTANS", "CONTAINS", 1),
            ("", "AND", 3),
            ("BETWEN", "BETWEEN", 1),
            ("CITY", "CONTAINS", 6),
        ] {
            assert_eq!(distance(a, b), mistakes, "{a} {b}");
            assert_eq!(distance(b, a), mistakes, "{b} {a}");
        }
    }

    #[test]
    fn only_words_of_some_length_are_near() {
        assert!(is_nearly("contians", "CONTAINS") && is_nearly("nul", "NULL"));
        assert!(!is_nearly("n", "IN") && !is_nearly("city", "IN"));
        assert!(!is_nearly("containscontains", "CONTAINS") && !is_nearly("é", "IN"));
    }
}
