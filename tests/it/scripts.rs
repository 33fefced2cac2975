//! Every script of `tests/scripts` on Kora in process, with one shard and with several.
//!
//! Where a key lives must not show: both runs must print every reply as it is written down.

use crate::support::Target;
use crate::support::kora_target::KoraTarget;
use crate::support::script::Script;

#[test]
fn every_script_is_true_on_one_shard() {
    check_all(1);
}

#[test]
fn every_script_is_true_on_four_shards() {
    check_all(4);
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
