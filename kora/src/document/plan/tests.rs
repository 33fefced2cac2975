//! Passes that are overtaken by changes between two slices.

use std::borrow::Cow;
use std::sync::Arc;

use crate::document::collection::definition::{IndexDefinition, IndexKind};
use crate::document::collection::partition::{Document, Partition};
use crate::document::collection::values::IndexKeys;
use crate::document::form::from_json;
use crate::document::plan::access::View;
use crate::document::plan::find::{Find, Pass};
use crate::document::plan::rows::Rows;
use crate::query::{Condition, parse_order, parse_path};

/// Documents with a number each, of which 40 have one value: more than a slice, and an order that is
/// cheaper to walk than to sort.
const COUNT: u32 = 10_000;

fn partition(paths: &[&str]) -> Partition {
    let mut partition = Partition::default();
    let mut definitions = Vec::new();
    for path in paths {
        definitions.push(IndexDefinition {
            name: (*path).into(),
            kind: IndexKind::Sorted,
            paths: vec![parse_path(path).unwrap()],
            condition: Condition::All,
        });
        partition.add_index(Arc::new(definitions.clone()));
        partition.set_ready(definitions.len() - 1);
    }
    for number in 0..COUNT {
        let json = format!(r#"{{"n":{},"m":{number}}}"#, number % 250);
        let document = Document::new(
            number.to_string().as_bytes(),
            &from_json(json.as_bytes()).unwrap(),
            None,
        );
        let (slot, _) = partition.put(document);
        for (at, definition) in definitions.iter().enumerate() {
            let keys = definition.keys(partition.at(slot).unwrap().value()).unwrap();
            partition.reindex(at, slot, &IndexKeys::new(), &keys);
        }
    }
    partition
}

/// The index that a pass walks through may be dropped, or get another number, before its next slice.
#[test]
fn a_pass_outlives_the_index_that_it_walks_through() {
    let find =
        Find { order: Cow::Owned(parse_order("n").unwrap()), most: 2_000, ..Find::default() };
    let run = |paths: &[&str], dropped: Option<usize>| {
        let mut partition = partition(paths);
        let (mut pass, mut rows) = (Pass::default(), Rows::new(find.most));
        assert!(pass.step(View::of(&partition), &find, 0, &mut rows), "two slices");
        assert_eq!(pass.order_name(), Some("n"));
        if let Some(at) = dropped {
            let mut left = partition.definitions().to_vec();
            left.remove(at);
            partition.remove_index(at, Arc::new(left));
        }
        while pass.step(View::of(&partition), &find, 0, &mut rows) {}
        rows.into_sorted()
    };
    let expected = run(&["m", "n"], None);
    assert_eq!(expected.len(), 2_000);
    assert_eq!(run(&["m", "n"], Some(0)), expected);
    assert_eq!(run(&["m", "n"], Some(1)), expected);
    assert_eq!(run(&["n"], Some(0)), expected);
}
