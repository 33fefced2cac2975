//! Scripts: commands and the replies they must get, as data.
//!
//! A script is a file of blocks. `# text` is a comment, `> COMMAND args` a command with the quoting
//! of redis-cli, and the lines after it are its reply as `redis-cli --no-raw` prints it. Every
//! script starts on an empty database. Lines `#! mark` above a command say how its reply is
//! compared:
//!
//! | mark | meaning |
//! |---|---|
//! | `unordered` | arrays of values are sets |
//! | `unordered pairs` | the same, neighbours kept together |
//! | `starts` | the reply is an array that starts with these elements |
//! | `within N` | numbers may lie N apart |
//! | `shape` | kinds and lengths only: the values are chosen at random |
//! | `redis-7.2 why` | Redis 7.0 answers something else, and a 7.0 server is checked to do so |
//! | `kora why` | Redis is not asked |
//!
//! `#! all kora why` holds for every command of the file: it is about what Redis does not have, and
//! its replies are written by hand.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::judge::{Leaves, Order, Rule};
use super::reply::Reply;
use super::words::{self, Words};

/// One file of `tests/scripts`.
#[derive(Debug)]
pub(crate) struct Script {
    path: PathBuf,
    lines: Vec<String>,
    pub(crate) steps: Vec<Step>,
}

/// A command and the reply it must get.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) words: Words,
    pub(crate) marks: Marks,
    pub(crate) expected: Reply,
    /// Where the reply stands in the file.
    reply_lines: Range<usize>,
}

/// What stands above a command.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Marks {
    pub(crate) rule: Rule,
    pub(crate) scope: Scope,
}

/// Whose reply is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scope {
    #[default]
    Everywhere,
    Since72,
    KoraOnly,
}

impl Script {
    /// Every script, in the order of its path.
    pub(crate) fn all() -> Vec<Script> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
        let mut paths = Vec::new();
        collect(&root, &mut paths);
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// `family/command`.
    pub(crate) fn name(&self) -> String {
        let family = self.path.parent().and_then(Path::file_name);
        let parts = [family, self.path.file_stem()].map(Option::unwrap_or_default);
        parts.map(OsStr::to_string_lossy).join("/")
    }

    /// The command it is about, in upper case.
    pub(crate) fn command(&self) -> String {
        let name = self.name();
        name.split_once('/').map_or(name.as_str(), |(_, command)| command).to_uppercase()
    }

    /// Whether Redis is asked about none of it.
    pub(crate) fn is_of_kora_only(&self) -> bool {
        self.steps.iter().all(|step| step.marks.scope == Scope::KoraOnly)
    }

    /// A reply that is not the expected one, with its place.
    pub(crate) fn problem(&self, step: &Step, reply: &Reply) -> String {
        let line = step.reply_lines.start;
        let command = words::line(&step.words);
        let (path, expected) = (self.path.display(), &step.expected);
        format!("{path}:{line}\n> {command}\nexpected:\n{expected}\nbut got:\n{reply}\n")
    }

    /// Writes the file with other replies, one for each step.
    pub(crate) fn rewrite(&self, replies: &[Reply]) {
        let mut text = String::new();
        let mut next_line = 0;
        for (step, reply) in self.steps.iter().zip(replies) {
            append(&mut text, &self.lines[next_line..step.reply_lines.start]);
            writeln!(text, "{reply}").expect("a String takes all text");
            next_line = step.reply_lines.end;
        }
        append(&mut text, &self.lines[next_line..]);
        let path = &self.path;
        fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let steps = parse(&lines);
        let steps = steps.unwrap_or_else(|problem| panic!("{}:{problem}", path.display()));
        Self { path: path.to_owned(), lines, steps }
    }
}

fn append(text: &mut String, lines: &[String]) {
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder);
    for entry in entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a listed folder stays readable").path();
        if path.is_dir() {
            collect(&path, paths);
        } else {
            paths.push(path);
        }
    }
}

/// Reads the steps; a problem starts with its line number.
fn parse(lines: &[String]) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut usual = Marks::default();
    let mut marks = usual;
    let mut index = 0;
    while let Some(line) = lines.get(index) {
        let at = |problem: String| format!("{}: {problem}", index + 1);
        if let Some(mark) = line.strip_prefix("#! all ") {
            usual.add(mark.trim()).map_err(at)?;
            marks = usual;
        } else if let Some(mark) = line.strip_prefix("#!") {
            marks.add(mark.trim()).map_err(at)?;
        } else if let Some(command) = line.strip_prefix("> ") {
            let end = reply_end(lines, index + 1);
            let expected = read_reply(&lines[index + 1..end]).map_err(at)?;
            let words = words::split(command).map_err(at)?;
            steps.push(Step { words, marks, expected, reply_lines: index + 1..end });
            marks = usual;
            index = end;
            continue;
        } else if !line.is_empty() && !line.starts_with("# ") && line != "#" {
            return Err(at(format!("`{line}` is neither a comment nor a command nor a reply")));
        }
        index += 1;
    }
    Ok(steps)
}

/// A reply ends before a blank line, a comment or a command.
fn reply_end(lines: &[String], start: usize) -> usize {
    let ends = |line: &String| line.is_empty() || line.starts_with(['#', '>']);
    lines[start..].iter().position(ends).map_or(lines.len(), |length| start + length)
}

/// A reply that is not there yet is `?`, which no server says; `UPDATE_EXPECT=1` replaces it.
fn read_reply(lines: &[String]) -> Result<Reply, String> {
    if lines.is_empty() {
        return Ok(Reply::Status("?".to_owned()));
    }
    Reply::parse(&lines.join("\n"))
}

impl Marks {
    fn add(&mut self, mark: &str) -> Result<(), String> {
        let (word, rest) = mark.split_once(' ').unwrap_or((mark, ""));
        match (word, rest) {
            ("unordered", "") => self.rule.order = Order::Any,
            ("unordered", "pairs") => self.rule.order = Order::AnyPairs,
            ("starts", "") => self.rule.order = Order::Prefix,
            ("shape", "") => self.rule.leaves = Leaves::Kind,
            ("within", distance) => {
                let distance = distance.parse().map_err(|error| format!("`{mark}`: {error}"))?;
                self.rule.leaves = Leaves::Within(distance);
            }
            ("redis-7.2", why) if !why.is_empty() => self.scope = Scope::Since72,
            ("kora", why) if !why.is_empty() => self.scope = Scope::KoraOnly,
            _ => return Err(format!("`{mark}` is no mark, or lacks its reason")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Result<Vec<Step>, String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        parse(&lines)
    }

    #[test]
    fn marks_hold_for_one_command() {
        let text = "# Why.\n#! unordered\n#! kora because\n> KEYS *\n1) \"a\"\n> GET a\n(nil)\n";
        let steps = steps(text).unwrap();
        assert_eq!(steps[0].marks.rule.order, Order::Any);
        assert_eq!(steps[0].marks.scope, Scope::KoraOnly);
        assert_eq!(steps[1].marks.rule, Rule::EXACT);
        assert_eq!(steps[1].marks.scope, Scope::Everywhere);
        assert_eq!(steps[1].reply_lines, 6..7);
    }

    #[test]
    fn a_mark_may_hold_for_all_commands() {
        let text = "#! all kora because\n> A\nOK\n#! unordered\n> B\n(empty array)\n> C\nOK\n";
        let steps = steps(text).unwrap();
        assert!(steps.iter().all(|step| step.marks.scope == Scope::KoraOnly));
        assert_eq!(steps[1].marks.rule.order, Order::Any);
        assert_eq!(steps[2].marks.rule, Rule::EXACT);
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, place) in [
            ("stray", "1: "),
            ("#! kora\n", "1: "),
            ("> GET \"a\n(nil)", "1: "),
            ("\n#! whatever", "2: "),
            ("# a\n\n> GET a\n1) a\n3) b", "3: "),
        ] {
            let problem = steps(text).unwrap_err();
            assert!(problem.starts_with(place), "{text:?}: {problem}");
        }
    }
}
