//! Every script of `tests/scripts` on Kora in process, with one shard and with several.
//!
//! Where a key lives must not show: both runs must print every reply as it is written down.

use std::collections::BTreeSet;

use crate::support::Target;
use crate::support::kora_target::KoraTarget;
use crate::support::reply::Reply;
use crate::support::script::Script;
use crate::support::words;

#[test]
fn every_script_is_true_on_one_shard() {
    check_all(1);
}

#[test]
fn every_script_is_true_on_four_shards() {
    check_all(4);
}

/// Kora's own commands have a dot in their names, and each has a script that only Kora is asked
/// about.
#[test]
fn every_command_of_its_own_has_a_script() {
    let listed =
        KoraTarget::with_shards(1).run(&words::command("COMMAND LIST FILTERBY PATTERN *.*"));
    let Reply::Array(names) = listed else { panic!("a list of names") };
    let names = names.iter().filter_map(Reply::bytes).map(String::from_utf8_lossy);
    let listed: BTreeSet<String> = names.map(|name| name.to_uppercase()).collect();
    let scripts = Script::all();
    let own = scripts.iter().filter(|script| script.is_of_kora_only());
    assert_eq!(listed, own.map(Script::command).collect());
}

/// What a command refuses it has not begun.
#[test]
fn what_answers_an_error_changes_nothing() {
    let mut problems = Vec::new();
    for script in Script::all() {
        let mut target = KoraTarget::recording();
        for step in &script.steps {
            let before = target.recorded();
            let reply = target.run(&step.words);
            if matches!(reply, Reply::Error(_)) && target.recorded() != before {
                problems.push(script.problem(step, &reply));
            }
        }
    }
    assert!(
        problems.is_empty(),
        "{} changed something:\n\n{}",
        problems.len(),
        problems.join("\n")
    );
}

fn check_all(shard_count: usize) {
    let scripts = Script::all();
    let problems: Vec<String> = scripts
        .iter()
        .flat_map(|script| check(script, &mut KoraTarget::with_shards(shard_count)))
        .collect();
    assert!(problems.is_empty(), "{} replies differ:\n\n{}", problems.len(), problems.join("\n"));
}

/// The replies that are not the expected ones.
fn check(script: &Script, target: &mut dyn Target) -> Vec<String> {
    let mut problems = Vec::new();
    for step in &script.steps {
        let reply = target.run(&step.words).printed();
        if !step.marks.rule.agrees(&step.expected, &reply) {
            problems.push(script.problem(step, &reply));
        }
    }
    problems
}
