//! Conditions and orders: random ones, as text for the engine, and decided here for one document.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

use super::values::{self, Path, is_equal, order_of_rows, order_to};
use crate::support::dice::Dice;

/// A literal, in one of the ways to write it.
#[derive(Clone)]
pub(super) struct Literal {
    value: Value,
    text: String,
}

/// What is asked of the values at a path: that one of them is so.
#[derive(Clone)]
pub(super) enum Test {
    Equal(Literal),
    Compare(&'static str, Literal),
    In(Vec<Literal>),
    Between(Literal, Literal),
    StartsWith(Literal),
    Contains(Literal),
    ContainsAny(Vec<Literal>),
    ContainsAll(Vec<Literal>),
    Exists,
    IsNull,
}

/// A condition.
#[derive(Clone)]
pub(super) enum Ask {
    All,
    Is(Path, Test),
    IsNot(Path, Test),
    And(Vec<Ask>),
    Or(Vec<Ask>),
    Not(Box<Ask>),
}

impl Literal {
    fn of(value: Value, dice: &mut Dice) -> Literal {
        let text = match &value {
            Value::Null | Value::Bool(_) => value.to_string(),
            Value::Number(number) => match number.as_i64() {
                Some(30) => (*dice.pick(&["30", "30.0", "3e1", "0.3E+2"])).to_owned(),
                Some(small @ -9..9) if dice.percent(20) => format!("{small}.0"),
                _ => number.to_string(),
            },
            Value::String(text) if dice.percent(30) && !text.contains(['\\', '\0']) => {
                format!("'{}'", text.replace('\'', "''"))
            }
            Value::String(_) => value.to_string(),
            Value::Array(elements) => {
                let elements = elements.iter().map(|value| Literal::of(value.clone(), dice).text);
                format!("[{}]", elements.collect::<Vec<_>>().join(", "))
            }
            Value::Object(_) => panic!("no literal is an object"),
        };
        Literal { value, text }
    }

    fn scalar(dice: &mut Dice) -> Literal {
        let value = values::scalar(dice);
        Literal::of(value, dice)
    }

    fn any(dice: &mut Dice) -> Literal {
        if dice.percent(90) {
            return Literal::scalar(dice);
        }
        let elements = (0..dice.below(3)).map(|_| values::scalar(dice)).collect();
        Literal::of(elements, dice)
    }

    fn ordered(dice: &mut Dice) -> Literal {
        let value = if dice.percent(60) {
            values::number(dice)
        } else {
            Value::String(values::string(dice))
        };
        Literal::of(value, dice)
    }

    /// Two ends of one kind, which the language asks for; in any order.
    fn ends(dice: &mut Dice) -> (Literal, Literal) {
        let low = Literal::ordered(dice);
        loop {
            let high = Literal::ordered(dice);
            if high.value.is_number() == low.value.is_number() {
                return (low, high);
            }
        }
    }

    fn list(dice: &mut Dice) -> Vec<Literal> {
        (0..dice.below(5)).map(|_| Literal::any(dice)).collect()
    }
}

impl Test {
    fn random(dice: &mut Dice) -> Test {
        match dice.below(16) {
            0..=3 => Test::Equal(Literal::any(dice)),
            4..=6 => {
                let sign = *dice.pick(&["<", "<=", ">", ">="]);
                Test::Compare(sign, Literal::ordered(dice))
            }
            7 => Test::In(Literal::list(dice)),
            8 | 9 => {
                let (low, high) = Literal::ends(dice);
                Test::Between(low, high)
            }
            10 => {
                let prefix = Value::String(values::string(dice));
                Test::StartsWith(Literal::of(prefix, dice))
            }
            11 => Test::Contains(Literal::any(dice)),
            12 => Test::ContainsAny(Literal::list(dice)),
            13 => Test::ContainsAll(Literal::list(dice)),
            14 => Test::Exists,
            _ => Test::IsNull,
        }
    }

    fn holds(&self, value: &Value) -> bool {
        let has = |literal: &Literal| {
            value
                .as_array()
                .is_some_and(|array| array.iter().any(|it| is_equal(it, &literal.value)))
        };
        let is = |literal: &Literal| is_equal(value, &literal.value);
        let stands = |sign: &str, bound: &Literal| {
            order_to(value, &bound.value).is_some_and(|order| match sign {
                "<" => order == Ordering::Less,
                "<=" => order != Ordering::Greater,
                ">" => order == Ordering::Greater,
                _ => order != Ordering::Less,
            })
        };
        match self {
            Test::Equal(literal) => is(literal),
            Test::Compare(sign, bound) => stands(sign, bound),
            Test::In(list) => list.iter().any(is),
            Test::Between(low, high) => stands(">=", low) && stands("<=", high),
            Test::StartsWith(prefix) => {
                let prefix = prefix.value.as_str().expect("a string");
                value.as_str().is_some_and(|text| text.as_bytes().starts_with(prefix.as_bytes()))
            }
            Test::Contains(literal) => has(literal),
            Test::ContainsAny(list) => list.iter().any(has),
            Test::ContainsAll(list) => value.is_array() && list.iter().all(has),
            Test::Exists => true,
            Test::IsNull => value.is_null(),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, path: &Path, is_asked: bool) -> fmt::Result {
        let list = |list: &[Literal]| {
            let texts: Vec<_> = list.iter().map(|literal| literal.text.as_str()).collect();
            format!("({})", texts.join(", "))
        };
        let not = if is_asked { "" } else { "NOT " };
        match self {
            Test::Equal(literal) => {
                let sign = if is_asked { "=" } else { "!=" };
                write!(f, "{path} {sign} {}", literal.text)
            }
            Test::Compare(sign, bound) => write!(f, "{not}{path} {sign} {}", bound.text),
            Test::In(literals) => write!(f, "{path} {not}IN {}", list(literals)),
            Test::Between(low, high) => {
                write!(f, "{path} {not}BETWEEN {} AND {}", low.text, high.text)
            }
            Test::StartsWith(prefix) => write!(f, "{path} {not}STARTS WITH {}", prefix.text),
            Test::Contains(literal) => write!(f, "{path} {not}CONTAINS {}", literal.text),
            Test::ContainsAny(literals) => write!(f, "{path} {not}CONTAINS ANY {}", list(literals)),
            Test::ContainsAll(literals) => write!(f, "{path} {not}CONTAINS ALL {}", list(literals)),
            Test::Exists => write!(f, "{path} {not}EXISTS"),
            Test::IsNull => write!(f, "{path} IS {not}NULL"),
        }
    }
}

impl Ask {
    pub(super) fn random(dice: &mut Dice) -> Ask {
        if dice.percent(4) { Ask::All } else { Ask::nested(dice, 3) }
    }

    fn nested(dice: &mut Dice, depth: usize) -> Ask {
        let several = |dice: &mut Dice| -> Vec<Ask> {
            (0..2 + dice.below(3)).map(|_| Ask::nested(dice, depth - 1)).collect()
        };
        match dice.below(10) {
            0..=2 if depth > 0 => Ask::And(several(dice)),
            3 | 4 if depth > 0 => Ask::Or(several(dice)),
            5 if depth > 0 => Ask::Not(Box::new(Ask::nested(dice, depth - 1))),
            6 => Ask::IsNot(Path::random(dice), Test::random(dice)),
            _ => Ask::Is(Path::random(dice), Test::random(dice)),
        }
    }

    /// Two bounds on one path, or a value and a bound on another: what indexes are made for.
    pub(super) fn of_index(dice: &mut Dice, paths: &[Path]) -> Ask {
        let bound = |dice: &mut Dice, path: &Path, sign| {
            Ask::Is(path.clone(), Test::Compare(sign, Literal::ordered(dice)))
        };
        let first = &paths[0];
        let last = &paths[paths.len() - 1];
        match dice.below(4) {
            0 => Ask::And(vec![bound(dice, first, ">="), bound(dice, first, "<")]),
            1 => Ask::And(vec![
                Ask::Is(first.clone(), Test::Equal(Literal::scalar(dice))),
                bound(dice, last, ">"),
            ]),
            2 => {
                let equal = |path: &Path| Ask::Is(path.clone(), Test::Equal(Literal::scalar(dice)));
                Ask::And(paths.iter().map(equal).collect())
            }
            _ => Ask::Is(first.clone(), Test::random(dice)),
        }
    }

    /// That the values at a path are equal to this one.
    pub(super) fn equal(path: &Path, value: &Value, dice: &mut Dice) -> Ask {
        Ask::Is(path.clone(), Test::Equal(Literal::of(value.clone(), dice)))
    }

    /// Whether a document satisfies it.
    pub(super) fn holds(&self, document: &Value) -> bool {
        match self {
            Ask::All => true,
            Ask::Is(path, test) => path.values(document).into_iter().any(|it| test.holds(it)),
            Ask::IsNot(path, test) => !path.values(document).into_iter().any(|it| test.holds(it)),
            Ask::And(terms) => terms.iter().all(|term| term.holds(document)),
            Ask::Or(terms) => terms.iter().any(|term| term.holds(document)),
            Ask::Not(term) => !term.holds(document),
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |f: &mut fmt::Formatter<'_>, terms: &[Ask], word: &str| {
            for (at, term) in terms.iter().enumerate() {
                write!(f, "{}({term})", if at == 0 { "" } else { word })?;
            }
            Ok(())
        };
        match self {
            Ask::All => f.write_str("*"),
            Ask::Is(path, test) => test.write(f, path, true),
            Ask::IsNot(path, test) => test.write(f, path, false),
            Ask::And(terms) => join(f, terms, " AND "),
            Ask::Or(terms) => join(f, terms, " OR "),
            Ask::Not(term) => write!(f, "NOT ({term})"),
        }
    }
}

/// What ORDER BY names, and whether it descends.
#[derive(Clone)]
pub(super) struct Order(Vec<(Path, bool)>);

impl Order {
    pub(super) fn none() -> Order {
        Order(Vec::new())
    }

    /// None in a third of all cases, else one to three paths.
    pub(super) fn random(dice: &mut Dice) -> Order {
        let count = if dice.percent(33) { 0 } else { 1 + dice.below(3) };
        let mut keys: Vec<(Path, bool)> = Vec::new();
        for _ in 0..count {
            let path = Path::random(dice);
            if keys.iter().all(|(other, _)| *other != path) {
                keys.push((path, dice.percent(50)));
            }
        }
        Order(keys)
    }

    pub(super) fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// How two documents stand; of several values at a path that one counts which comes first.
    pub(super) fn compare(&self, a: &Value, b: &Value) -> Ordering {
        let first = |path: &Path, document: &Value, descends: bool| {
            let values = path.values(document).into_iter().cloned();
            let order = |a: &Value, b: &Value| order_of_rows(Some(a), Some(b));
            if descends { values.max_by(order) } else { values.min_by(order) }
        };
        let by_key = |(path, descends): &(Path, bool)| {
            let (a, b) = (first(path, a, *descends), first(path, b, *descends));
            let order = order_of_rows(a.as_ref(), b.as_ref());
            if *descends { order.reverse() } else { order }
        };
        self.0.iter().map(by_key).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (path, descends)) in self.0.iter().enumerate() {
            let direction = if *descends { " DESC" } else { "" };
            write!(f, "{}{path}{direction}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
