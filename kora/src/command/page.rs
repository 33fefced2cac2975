//! `docs/commands.md`: the table on paper.
//!
//! Written by a test, which also fails when the file is not what the table says; so nothing
//! here is part of the library. One sentence stands on one line.

use std::fmt::Write;

use crate::command::document::flags;
use crate::command::syntax::syntax;
use crate::command::{FAMILIES, Run, Spec, all};

const HEAD: &str = "\
# Commands

Generated from the command table; `UPDATE_EXPECT=1 cargo test -p kora --features server` writes it again.

Names are taken in any case.
`key` and `numkeys` stand where they must; `arg` is any other word, \
and what the words may be is Redis's grammar of the version that is named.
Commands that Redis does not have are Kora's own, and written out: `[ ]` may be left out, `...` repeats, `|` is a choice.
The examples begin with an empty database each, and are run as tests; \
`...` stands for what differs from run to run, or is left out.
";

/// The whole page.
pub(super) fn page() -> String {
    let mut page = HEAD.to_owned();
    let groups = groups();
    page.push_str("\n| group | commands |\n|---|---|\n");
    for group in &groups {
        let links: Vec<String> = specs(group).map(|spec| link(spec.name)).collect();
        writeln!(page, "| {} | {} |", title(group), links.join(" ")).expect("a String takes text");
    }
    for group in groups {
        write!(page, "\n## {} commands\n", title(group)).expect("a String takes text");
        specs(group).for_each(|spec| page.push_str(&entry(spec)));
    }
    page
}

/// The groups in the order of the table, each once.
fn groups() -> Vec<&'static str> {
    let mut groups = Vec::new();
    for family in FAMILIES {
        if !groups.contains(&family.group) && !family.commands.is_empty() {
            groups.push(family.group);
        }
    }
    groups
}

fn specs(group: &str) -> impl Iterator<Item = &'static Spec> {
    all().filter(move |spec| spec.listed().group == group)
}

fn title(group: &str) -> String {
    group.replace('_', " ")
}

fn link(name: &str) -> String {
    format!("[{name}](#{})", name.to_ascii_lowercase().replace(' ', "-"))
}

fn entry(spec: &Spec) -> String {
    let mut entry = format!("\n### {}\n\n{}\n\n", spec.name, spec.doc.summary);
    if !matches!(spec.run, Run::Container) {
        entry += &format!("    {}\n\n", syntax(spec));
    }
    let whose = if spec.is_own() { "Kora" } else { "Redis" };
    entry += &format!("Since {whose} {}. Cost: {}.", spec.doc.since, spec.doc.cost);
    if !flags(spec).is_empty() {
        entry += &format!(" Flags: {}.", flags(spec).join(" "));
    }
    entry.push('\n');
    if !spec.doc.examples.is_empty() {
        entry += "\n```text\n";
        for (line, reply) in spec.doc.examples {
            entry += &format!("> {line}\n{reply}\n");
        }
        entry += "```\n";
    }
    entry
}
