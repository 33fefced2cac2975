//! COMMAND's answers against facts of Redis 7.0.15, and `docs/commands.md` against the table.

use super::{memory, run, shown};
use crate::command::document::categories;
#[cfg(feature = "server")]
use crate::command::page::page;
use crate::command::syntax::syntax;
use crate::command::{find, top};

#[track_caller]
fn check(line: &str, expected: &str) {
    assert_eq!(shown(&run(&memory(1), line)), expected, "{line}");
}

#[test]
fn info_has_the_shape_of_redis() {
    let expected = "\
1)  1) \"mset\"
    2) (integer) -3
    3) 1) write
       2) denyoom
    4) (integer) 1
    5) (integer) -1
    6) (integer) 2
    7) 1) @write
       2) @string
       3) @slow
    8) (empty array)
    9) 1) 1) \"flags\"
          2) 1) RW
             2) access
             3) update
          3) \"begin_search\"
          4) 1) \"type\"
             2) \"index\"
             3) \"spec\"
             4) 1) \"index\"
                2) (integer) 1
          5) \"find_keys\"
          6) 1) \"type\"
             2) \"range\"
             3) \"spec\"
             4) 1) \"lastkey\"
                2) (integer) -1
                3) \"keystep\"
                4) (integer) 2
                5) \"limit\"
                6) (integer) 0
   10) (empty array)";
    check("COMMAND INFO mset", expected);
}

#[test]
fn names_are_found_in_any_case_and_behind_a_bar() {
    check("COMMAND INFO nosuch COMMAND|nosuch get|set", "1) (nil)\n2) (nil)\n3) (nil)");
    let info = shown(&run(&memory(1), "COMMAND INFO Command|Count"));
    assert!(info.starts_with("1)  1) \"command|count\"\n    2) (integer) 2\n"), "{info}");
    let docs = shown(&run(&memory(1), "COMMAND DOCS COMMAND"));
    assert!(docs.contains("\"subcommands\"") && docs.contains("\"command|count\""), "{docs}");
}

#[test]
fn lists_are_filtered() {
    check("COMMAND LIST FILTERBY PATTERN GETr*", "1) \"getrange\"");
    check("COMMAND LIST filterby module json", "(empty array)");
    check("COMMAND LIST FILTERBY ACLCAT @string", "(empty array)");
    for line in [
        "COMMAND LIST FILTERBY",
        "COMMAND LIST FILTERBY PATTERN",
        "COMMAND LIST FILTERBY NAME get",
        "COMMAND LIST FILTERBY PATTERN a b",
        "COMMAND LIST SORTBY PATTERN a",
    ] {
        check(line, "(error) ERR syntax error");
    }
    let strings = shown(&run(&memory(1), "COMMAND LIST FILTERBY ACLCAT STRING"));
    assert!(strings.contains("\"get\"") && !strings.contains("\"command\""), "{strings}");
}

#[test]
fn keys_are_found_or_refused_as_redis_does() {
    check("COMMAND GETKEYS mset a 1 b", "1) \"a\"\n2) \"b\"");
    check("COMMAND GETKEYS nosuch a", "(error) ERR Invalid command specified");
    check("COMMAND GETKEYS command nosuch", "(error) ERR Invalid command specified");
    check("COMMAND GETKEYS command count", "(error) ERR The command has no key arguments");
    check("COMMAND GETKEYS set a", "(error) ERR Invalid number of arguments specified for command");
    check("COMMAND GETKEYS object encoding a", "1) \"a\"");
    check("COMMAND GETKEYS sort a BY w STORE b", "1) \"a\"\n2) \"b\"");
    check("COMMAND GETKEYS zunionstore a 1 b", "1) \"a\"\n2) \"b\"");
    for line in ["zunion 2 a", "zunion 0 a", "zunion many a", "zunionstore a 3 b c"] {
        check(
            &format!("COMMAND GETKEYS {line}"),
            "(error) ERR Invalid arguments specified for command",
        );
    }
    check(
        "COMMAND GETKEYSANDFLAGS lcs a b",
        "1) 1) \"a\"\n   2) 1) RO\n      2) access\n2) 1) \"b\"\n   2) 1) RO\n      2) access",
    );
}

#[test]
fn an_unknown_subcommand_is_refused() {
    check("COMMAND nosuch", "(error) ERR unknown subcommand 'nosuch'. Try COMMAND HELP.");
}

#[test]
fn all_is_counted_and_described() {
    let count = top().count();
    check("COMMAND COUNT", &format!("(integer) {count}"));
    for line in ["COMMAND", "COMMAND INFO"] {
        match run(&memory(1), line) {
            Ok(crate::CommandResponse::Array(items)) => assert_eq!(items.len(), count, "{line}"),
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[track_caller]
fn check_syntax(name: &str, expected: &str) {
    assert_eq!(syntax(find(name.as_bytes()).expect("it is in the table").spec), expected);
}

#[test]
fn syntax_names_keys_and_counts_the_rest() {
    check_syntax("GET", "GET key");
    check_syntax("SET", "SET key arg [arg ...]");
    check_syntax("MGET", "MGET key [key ...]");
    check_syntax("MSET", "MSET key arg [key arg ...]");
    check_syntax("LCS", "LCS key key [arg ...]");
    check_syntax("OBJECT ENCODING", "OBJECT ENCODING key");
    check_syntax("LMPOP", "LMPOP numkeys key [key ...] arg [arg ...]");
    check_syntax("ZUNIONSTORE", "ZUNIONSTORE key numkeys key [key ...] [arg ...]");
    check_syntax("SORT", "SORT key [STORE key] [arg ...]");
}

#[test]
fn categories_follow_from_group_and_flags() {
    let of = |name: &str| categories(find(name.as_bytes()).expect("it is in the table"));
    assert_eq!(of("GET"), ["@read", "@string", "@fast"]);
    assert_eq!(of("SET"), ["@write", "@string", "@slow"]);
    assert_eq!(of("ZADD"), ["@write", "@sortedset", "@fast"]);
    assert_eq!(of("DBSIZE"), ["@read", "@keyspace", "@fast"]);
    assert_eq!(of("KEYS"), ["@read", "@dangerous", "@keyspace", "@slow"]);
    assert_eq!(of("SAVE"), ["@dangerous", "@admin", "@slow"]);
    assert_eq!(of("LASTSAVE"), ["@dangerous", "@admin", "@fast"]);
    assert_eq!(of("OBJECT"), ["@slow"]);
    assert_eq!(of("COMMAND"), ["@connection", "@slow"]);
}

/// The page has all commands, those of the server too.
#[cfg(feature = "server")]
#[test]
#[expect(clippy::disallowed_methods, reason = "reads and writes the generated page")]
fn docs_commands_md_is_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/commands.md");
    if std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).expect("a folder");
        std::fs::write(path, page()).expect("the page can be written");
    }
    let written = std::fs::read_to_string(path).expect("the page is there");
    assert!(written == page(), "docs/commands.md is stale: run the tests with UPDATE_EXPECT=1");
}
