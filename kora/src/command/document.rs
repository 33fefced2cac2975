//! What the table says about itself: the answers of COMMAND.
//!
//! Everything is computed from the entries, in the shapes of Redis 7. What an entry does not
//! say is left out: the tips for proxies are empty, COMMAND DOCS has no grammar of arguments.
//! The same facts on paper are `docs/commands.md`, by `page.rs`.

use crate::command::keys::{Access, Begin, Follow, KeySpec};
use crate::command::syntax::syntax;
use crate::command::{Arity, Flag, Listed, Reply, Run, Spec, subcommands};

/// COMMAND INFO's flags of a command.
pub(crate) fn flags(spec: &Spec) -> Vec<&'static str> {
    let movable: &[&str] = if spec.keys.are_movable() { &["movablekeys"] } else { &[] };
    let is_of_channels = spec.listed().group == "pubsub" && !matches!(spec.run, Run::Container);
    let channels: &[&str] = if is_of_channels { &["pubsub"] } else { &[] };
    let own = spec.flags.iter().flat_map(|flag| flag_names(*flag));
    channels.iter().chain(own).chain(movable).copied().collect()
}

/// What Redis calls a fact.
fn flag_names(flag: Flag) -> &'static [&'static str] {
    match flag {
        Flag::Write => &["write"],
        Flag::ReadOnly => &["readonly"],
        Flag::DenyOom => &["denyoom"],
        Flag::Fast => &["fast"],
        Flag::Loading => &["loading", "stale"],
        Flag::Admin => &["admin"],
        #[cfg(feature = "server")]
        Flag::NoAuth => &["no_auth"],
        Flag::Blocking => &["blocking"],
        Flag::NoMulti => &["no_multi"],
        Flag::Tells => &["may_replicate"],
        // An ACL category alone.
        Flag::Dangerous => &[],
        // Redis has no word for it.
        Flag::Listening => &[],
        #[cfg(feature = "server")]
        Flag::AtOnce => &[],
    }
}

/// The ACL categories of a command, each with its `@`.
pub(crate) fn categories(listed: Listed) -> Vec<String> {
    let spec = listed.spec;
    let speed = if spec.is(Flag::Fast) { "fast" } else { "slow" };
    if matches!(spec.run, Run::Container) {
        return vec![format!("@{speed}")];
    }
    let touches_data = spec.is(Flag::Write) || spec.is(Flag::ReadOnly);
    let subject = match listed.group {
        "generic" => "keyspace".to_owned(),
        "server" if touches_data => "keyspace".to_owned(),
        "server" if spec.is(Flag::Dangerous) => "admin".to_owned(),
        "server" => "connection".to_owned(),
        "transactions" => "transaction".to_owned(),
        group => group.replace('-', ""),
    };
    let by_flag =
        [(Flag::Write, "write"), (Flag::ReadOnly, "read"), (Flag::Dangerous, "dangerous")];
    let by_flag = by_flag.iter().filter(|(flag, _)| spec.is(*flag)).map(|(_, name)| *name);
    let waits = spec.is(Flag::Blocking).then_some("blocking");
    by_flag.chain([subject.as_str(), speed]).chain(waits).map(|name| format!("@{name}")).collect()
}

/// COMMAND INFO's entry for a command.
pub(crate) fn write_info(listed: Listed, reply: &mut Reply) {
    let spec = listed.spec;
    let (first, last, step) = spec.keys.legacy();
    reply.array(10);
    reply.bytes(spec.wire_name().as_bytes());
    reply.integer(arity(spec.arity));
    write_words(&flags(spec), reply);
    [first, last, step].into_iter().for_each(|n| reply.integer(n));
    let categories = categories(listed);
    reply.set(categories.len());
    categories.into_iter().for_each(|category| reply.status(category));
    reply.set(0);
    let keys = spec.keys.specs(spec.is(Flag::Write));
    reply.set(keys.len());
    keys.iter().for_each(|keys| write_key_spec(keys, reply));
    if listed.has_subcommands {
        reply.array(subcommands(spec).count());
        subcommands(spec).for_each(|sub| write_info(sub.listed(), reply));
    } else {
        reply.set(0);
    }
}

/// The word count as Redis writes it: negative for "at least".
fn arity(arity: Arity) -> i64 {
    let signed = |n: usize| i64::try_from(n).expect("arities are small");
    match arity.bounds() {
        (exactly, false) => signed(exactly),
        (at_least, true) => -signed(at_least),
    }
}

fn write_words(words: &[&'static str], reply: &mut Reply) {
    reply.set(words.len());
    words.iter().for_each(|word| reply.status(*word));
}

/// What Redis calls a use of a key.
pub(crate) fn write_access(access: Access, reply: &mut Reply) {
    let words: &[&str] = match access {
        Access::Read => &["RO", "access"],
        Access::Change => &["RW", "access", "update"],
        Access::Overwrite => &["OW", "update"],
    };
    write_words(words, reply);
}

fn write_key_spec(keys: &KeySpec, reply: &mut Reply) {
    reply.map(3);
    reply.bytes(b"flags");
    write_access(keys.access, reply);
    reply.bytes(b"begin_search");
    match keys.begin {
        Begin::Index(index) => write_search("index", &[("index", position(index))], reply),
        Begin::Keyword(word, from) => {
            write_search_head("keyword", 2, reply);
            reply.bytes(b"keyword");
            reply.bytes(word.as_bytes());
            reply.bytes(b"startfrom");
            reply.integer(position(from));
        }
    }
    reply.bytes(b"find_keys");
    match keys.follow {
        Follow::Range { last, step } => {
            let step = position(step);
            write_search("range", &[("lastkey", last), ("keystep", step), ("limit", 0)], reply);
        }
        Follow::Counted => {
            write_search("keynum", &[("keynumidx", 0), ("firstkey", 1), ("keystep", 1)], reply);
        }
    }
}

fn position(at: usize) -> i64 {
    i64::try_from(at).expect("positions are small")
}

fn write_search_head(kind: &str, facts: usize, reply: &mut Reply) {
    reply.map(2);
    reply.bytes(b"type");
    reply.bytes(kind.as_bytes());
    reply.bytes(b"spec");
    reply.map(facts);
}

fn write_search(kind: &str, facts: &[(&str, i64)], reply: &mut Reply) {
    write_search_head(kind, facts.len(), reply);
    for (name, value) in facts {
        reply.bytes(name.as_bytes());
        reply.integer(*value);
    }
}

/// COMMAND DOCS' entry for a command, name first.
pub(crate) fn write_docs(listed: Listed, reply: &mut Reply) {
    let spec = listed.spec;
    let facts = [
        ("summary", spec.doc.summary),
        ("since", spec.doc.since),
        ("group", listed.group),
        ("complexity", spec.doc.cost),
    ];
    reply.bytes(spec.wire_name().as_bytes());
    reply.map(facts.len() + usize::from(listed.has_subcommands));
    for (name, text) in facts {
        reply.bytes(name.as_bytes());
        reply.bytes(text.as_bytes());
    }
    if listed.has_subcommands {
        reply.bytes(b"subcommands");
        reply.map(subcommands(spec).count());
        subcommands(spec).for_each(|sub| write_docs(sub.listed(), reply));
    }
}

/// HELP's answer for a command with subcommands.
pub(crate) fn write_help(parent: &Spec, reply: &mut Reply) {
    let name = parent.name;
    let head = format!("{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    let lines = subcommands(parent).flat_map(|sub| {
        let words = syntax(sub);
        let own =
            words.strip_prefix(name).expect("a subcommand begins with its parent").trim_start();
        [own.to_owned(), format!("    {}", sub.doc.summary)]
    });
    let lines: Vec<String> = std::iter::once(head).chain(lines).collect();
    reply.array(lines.len());
    lines.into_iter().for_each(|line| reply.status(line));
}
