//! A grammar of commands, and random commands from it.
//!
//! One line describes one form of a command, in the notation of command help:
//!
//! | notation | meaning |
//! |---|---|
//! | `WORD` | itself |
//! | `<slot>` | a random value, see `slots.rs` |
//! | `a b` | one after the other |
//! | `a\|b` | one of them, inside any bracket |
//! | `( )` | a group |
//! | `[ ]` | perhaps |
//! | `{ a b }` | both, in any order |
//! | `x+` | one to four times |
//! | `x*` | one to 200 times |
//! | `x#` | how many, and then as many: `2 a b` |
//! | `x=` | as many times as the last `#` |
//!
//! A command drawn from a line is spoiled now and then (a word too many, too few or another),
//! unless the line starts with `!`. A number in front is how often the line is drawn, compared with
//! the others.

mod commands;
mod slots;

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

use super::dice::Dice;
use super::words::Words;

/// Every form of every command.
#[derive(Debug)]
pub(crate) struct Grammar {
    forms: Vec<Form>,
    /// Each form as often as its weight says.
    lots: Vec<usize>,
}

#[derive(Debug)]
struct Form {
    name: String,
    weight: usize,
    /// Whether it may be spoiled.
    loose: bool,
    body: Node,
}

#[derive(Debug)]
enum Node {
    Word(String),
    Slot(String),
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    Maybe(Box<Node>),
    AnyOrder(Box<Node>),
    /// At most so many times.
    Many(Box<Node>, usize),
    Counted(Box<Node>),
    AsMany(Box<Node>),
}

/// One in this many steps is spoiled.
const SPOILED_PERCENT: usize = 5;

impl Grammar {
    pub(crate) fn new() -> Self {
        Self::of(commands::FORMS.iter().map(|line| form(line)).collect())
    }

    /// Forms that draw from some slot only, and so meet the same keys more often.
    pub(crate) fn about(slot: &str) -> Self {
        let slot = format!("<{slot}>");
        let forms = commands::FORMS.iter().filter(|line| line.contains(&slot));
        Self::of(forms.map(|line| form(line)).collect())
    }

    fn of(forms: Vec<Form>) -> Self {
        let lots = (0..forms.len()).flat_map(|index| vec![index; forms[index].weight]).collect();
        Self { forms, lots }
    }

    /// The names of all commands, in upper case; a subcommand is left out.
    pub(crate) fn commands(&self) -> BTreeSet<&str> {
        self.forms.iter().map(|form| form.name.as_str()).collect()
    }

    /// A history of this many commands.
    pub(crate) fn history(&self, dice: &mut Dice, length: usize) -> Vec<Words> {
        (0..length).map(|_| self.command(dice)).collect()
    }

    fn command(&self, dice: &mut Dice) -> Words {
        let form = &self.forms[*dice.pick(&self.lots)];
        let mut draw = Draw { dice, words: Words::new(), count: 0 };
        draw.expand(&form.body);
        let mut words = draw.words;
        if form.loose && dice.percent(SPOILED_PERCENT) {
            spoil(&mut words, dice);
        }
        words
    }
}

/// A command on its way.
struct Draw<'a> {
    dice: &'a mut Dice,
    words: Words,
    /// The last `#`.
    count: usize,
}

impl Draw<'_> {
    fn expand(&mut self, node: &Node) {
        match node {
            Node::Word(word) => self.words.push(word.clone().into_bytes()),
            Node::Slot(name) => self.words.push(slots::fill(name, self.dice)),
            Node::Sequence(nodes) => nodes.iter().for_each(|node| self.expand(node)),
            Node::Choice(nodes) => {
                let chosen = self.dice.below(nodes.len());
                self.expand(&nodes[chosen]);
            }
            Node::Maybe(node) if self.dice.percent(40) => self.expand(node),
            Node::Maybe(_) => {}
            Node::AnyOrder(node) => self.expand_in_any_order(node),
            Node::Many(node, limit) => {
                let times = 1 + self.dice.below(*limit);
                self.repeat(node, times);
            }
            Node::Counted(node) => {
                self.count = 1 + self.dice.below(3);
                self.words.push(self.count.to_string().into_bytes());
                self.repeat(node, self.count);
            }
            Node::AsMany(node) => self.repeat(node, self.count),
        }
    }

    fn repeat(&mut self, node: &Node, times: usize) {
        for _ in 0..times {
            self.expand(node);
        }
    }

    fn expand_in_any_order(&mut self, node: &Node) {
        let Node::Sequence(nodes) = node else {
            return self.expand(node);
        };
        let mut order: Vec<&Node> = nodes.iter().collect();
        self.dice.shuffle(&mut order);
        order.into_iter().for_each(|node| self.expand(node));
    }
}

/// Makes a command wrong, most of the time.
fn spoil(words: &mut Words, dice: &mut Dice) {
    let place = 1 + dice.below(words.len());
    match dice.below(4) {
        0 => words.truncate(words.len().max(2) - 1),
        1 => words.push(slots::odd(dice)),
        2 if place < words.len() => words.insert(place, words[place].clone()),
        _ if place < words.len() => words[place] = slots::odd(dice),
        _ => words.insert(place, slots::odd(dice)),
    }
}

/// Reads a line of the grammar.
fn form(line: &str) -> Form {
    let digits = line.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(line.len());
    let (weight, rest) = line.split_at(digits);
    let rest = rest.trim_start();
    let text = rest.strip_prefix('!').unwrap_or(rest);
    let mut reader = Reader { letters: text.chars().peekable() };
    let body = reader.alternatives();
    assert!(reader.letters.peek().is_none(), "`{line}` closes a bracket that is not open");
    Form {
        name: text.split(' ').next().unwrap_or_default().to_owned(),
        weight: if weight.is_empty() { 1 } else { weight.parse().expect("digits are a number") },
        loose: rest == text,
        body,
    }
}

struct Reader<'a> {
    letters: Peekable<Chars<'a>>,
}

impl Reader<'_> {
    /// Up to a closing bracket or the end.
    fn alternatives(&mut self) -> Node {
        let mut choices = vec![self.sequence()];
        while self.letters.next_if_eq(&'|').is_some() {
            choices.push(self.sequence());
        }
        if choices.len() == 1 { choices.remove(0) } else { Node::Choice(choices) }
    }

    fn sequence(&mut self) -> Node {
        let mut nodes = Vec::new();
        while let Some(&letter) = self.letters.peek() {
            match letter {
                '|' | ')' | ']' | '}' => break,
                ' ' => {
                    self.letters.next();
                }
                _ => {
                    let node = self.node();
                    nodes.push(self.repeated(node));
                }
            }
        }
        Node::Sequence(nodes)
    }

    fn node(&mut self) -> Node {
        match self.letters.next() {
            Some('(') => self.bracket(')'),
            Some('[') => Node::Maybe(Box::new(self.bracket(']'))),
            Some('{') => Node::AnyOrder(Box::new(self.bracket('}'))),
            Some('<') => Node::Slot(self.slot()),
            Some(letter) => Node::Word(self.word(letter)),
            None => unreachable!("a node starts with a letter"),
        }
    }

    fn repeated(&mut self, node: Node) -> Node {
        match self.letters.next_if(|letter| "+*#=".contains(*letter)) {
            Some('+') => Node::Many(Box::new(node), 4),
            Some('*') => Node::Many(Box::new(node), 200),
            Some('#') => Node::Counted(Box::new(node)),
            Some(_) => Node::AsMany(Box::new(node)),
            None => node,
        }
    }

    fn bracket(&mut self, closing: char) -> Node {
        let node = self.alternatives();
        assert_eq!(self.letters.next(), Some(closing), "a bracket closes as it opened");
        node
    }

    fn slot(&mut self) -> String {
        let name = std::iter::from_fn(|| self.letters.next_if(|letter| *letter != '>')).collect();
        assert_eq!(self.letters.next(), Some('>'), "a slot closes");
        name
    }

    fn word(&mut self, first: char) -> String {
        let more = std::iter::from_fn(|| self.letters.next_if(|letter| !" |)]}".contains(*letter)));
        std::iter::once(first).chain(more).collect()
    }
}
