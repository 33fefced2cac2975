//! Texts and trees at the limits and one beyond.

use crate::query::{
    Condition, LIST_LEN_MAX, Literal, NESTING_MAX, NODES_MAX, PATH_LEN_MAX, PATHS_MAX, Path,
    QueryError, SORT_KEYS_MAX, TEXT_BYTES_MAX, parse_condition, parse_order, parse_path,
    parse_projection,
};

/// What a limit answers: its number, and where in the text.
fn refusal<T: std::fmt::Debug>(result: Result<T, QueryError>) -> (String, Option<usize>) {
    let error = result.unwrap_err();
    let number = |c: char| !c.is_ascii_digit();
    let number = error.expected()[0].split(number).find(|part| !part.is_empty());
    (number.unwrap().to_owned(), error.position().map(|position| position.at))
}

fn limit(number: usize, at: Option<usize>) -> (String, Option<usize>) {
    (number.to_string(), at)
}

#[test]
fn the_text_has_a_length() {
    let padded = |len: usize| format!("a = 1{}", " ".repeat(len - 5));
    assert!(parse_condition(&padded(TEXT_BYTES_MAX)).is_ok());
    let refused = parse_condition(&padded(TEXT_BYTES_MAX + 1));
    assert_eq!(
        refused.as_ref().unwrap_err().to_string(),
        "expected at most 65536 bytes but found 65537 bytes"
    );
    assert_eq!(refusal(refused), limit(TEXT_BYTES_MAX, None));
    assert!(parse_order(&padded(TEXT_BYTES_MAX + 1)).is_err());
    assert!(parse_path(&padded(TEXT_BYTES_MAX + 1)).is_err());
    assert!(parse_projection(&padded(TEXT_BYTES_MAX + 1)).is_err());
}

#[test]
fn a_text_is_nested_so_deep() {
    for (open, inner, close) in [("(", "a = 1", ")"), ("NOT ", "a < 1", "")] {
        let text = |depth: usize| format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
        assert!(parse_condition(&text(NESTING_MAX)).is_ok(), "{open}");
        let at = Some(open.len() * (NESTING_MAX + 1));
        assert_eq!(refusal(parse_condition(&text(NESTING_MAX + 1))), limit(NESTING_MAX, at));
        assert_eq!(refusal(parse_condition(&text(5_000))), limit(NESTING_MAX, at));
    }
    let array = |depth: usize| format!("a = {}1{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse_condition(&array(NESTING_MAX)).is_ok());
    let at = Some(4 + NESTING_MAX + 1);
    assert_eq!(refusal(parse_condition(&array(NESTING_MAX + 1))), limit(NESTING_MAX, at));
}

#[test]
fn the_deepest_text_is_printed_compared_and_normalized() {
    let open = "NOT (b = 2 AND ";
    let text = format!("{}a = 1{}", open.repeat(NESTING_MAX / 2), ")".repeat(NESTING_MAX / 2));
    let condition = parse_condition(&text).unwrap();
    assert_eq!(condition.to_string(), text);
    assert_eq!(condition.check(), Ok(()));
    assert_eq!(condition.clone(), condition);
    assert_eq!(condition.clone().normalize(), condition.normalize().normalize());
}

#[test]
fn a_condition_has_so_many_nodes() {
    let text = |terms: usize| vec!["a=1"; terms].join(" OR ");
    // One of the nodes is the OR itself.
    assert!(parse_condition(&text(NODES_MAX - 1)).is_ok());
    let at = Some((NODES_MAX - 1) * "a=1 OR ".len());
    assert_eq!(refusal(parse_condition(&text(NODES_MAX))), limit(NODES_MAX, at));
}

#[test]
fn a_list_has_so_many_values() {
    for (open, close) in [("IN (", ")"), ("= [", "]"), ("CONTAINS ALL (", ")")] {
        let text = |values: usize| format!("a {open}{}{close}", vec!["1"; values].join(","));
        assert!(parse_condition(&text(LIST_LEN_MAX)).is_ok());
        let at = Some(2 + open.len() + 2 * LIST_LEN_MAX);
        assert_eq!(refusal(parse_condition(&text(LIST_LEN_MAX + 1))), limit(LIST_LEN_MAX, at));
    }
}

#[test]
fn paths_orders_and_projections_have_a_length() {
    let path = |len: usize| vec!["a"; len].join(".");
    assert_eq!(parse_path(&path(PATH_LEN_MAX)).unwrap().names().len(), PATH_LEN_MAX);
    let at = Some(2 * PATH_LEN_MAX);
    assert_eq!(refusal(parse_path(&path(PATH_LEN_MAX + 1))), limit(PATH_LEN_MAX, at));
    assert!(Path::new(vec!["a".into(); PATH_LEN_MAX]).is_ok());
    let refused = Path::new(vec!["a".into(); PATH_LEN_MAX + 1]);
    assert_eq!(refusal(refused), limit(PATH_LEN_MAX, None));
    assert!(Path::new(vec![]).is_err());

    let names = |len: usize| (0..len).map(|n| format!("f{n:03}")).collect::<Vec<_>>().join(",");
    assert_eq!(parse_order(&names(SORT_KEYS_MAX)).unwrap().keys.len(), SORT_KEYS_MAX);
    let refused = parse_order(&names(SORT_KEYS_MAX + 1));
    assert_eq!(refusal(refused), limit(SORT_KEYS_MAX, Some(5 * SORT_KEYS_MAX)));
    assert_eq!(parse_projection(&names(PATHS_MAX)).unwrap().paths.len(), PATHS_MAX);
    let refused = parse_projection(&names(PATHS_MAX + 1));
    assert_eq!(refusal(refused), limit(PATHS_MAX, Some(5 * PATHS_MAX)));
}

fn exists() -> Condition {
    Condition::Exists { path: Path::field("a") }
}

/// NOT over NOT over a predicate that says NOT itself.
fn nots(depth: usize) -> Condition {
    (0..depth).fold(exists().negate(), |condition, _| condition.negate())
}

#[test]
fn a_tree_is_checked_against_the_limits_of_texts() {
    assert_eq!(nots(NESTING_MAX).check(), Ok(()));
    assert_eq!(parse_condition(&nots(NESTING_MAX).to_string()), Ok(nots(NESTING_MAX)));
    assert_eq!(refusal(nots(NESTING_MAX + 1).check()), limit(NESTING_MAX, None));

    let wide = |terms: usize| Condition::all_of(vec![exists(); terms]);
    assert_eq!(wide(NODES_MAX - 1).check(), Ok(()));
    assert_eq!(refusal(wide(NODES_MAX).check()), limit(NODES_MAX, None));

    let list = |len: usize| Condition::In {
        path: Path::field("a"),
        set: (0_i64..).take(len).map(Literal::from).collect::<Vec<_>>().into(),
    };
    assert_eq!(list(LIST_LEN_MAX).check(), Ok(()));
    assert_eq!(refusal(list(LIST_LEN_MAX + 1).check()), limit(LIST_LEN_MAX, None));

    let array = |depth: usize| {
        let nested = (0..depth).fold(Literal::Null, |literal, _| Literal::from(vec![literal]));
        Condition::ContainsAny { path: Path::field("a"), set: vec![nested].into() }
    };
    assert_eq!(array(NESTING_MAX).check(), Ok(()));
    assert_eq!(refusal(array(NESTING_MAX + 1).check()), limit(NESTING_MAX, None));
}

/// A thread has some megabytes of stack; one frame for each of a million levels would not fit.
#[test]
fn trees_deeper_than_the_stack_are_built_refused_and_dropped() {
    const DEPTH: usize = 1_000_000;
    assert!(nots(DEPTH).check().is_err());
    let mut zigzag = exists();
    for _ in 0..DEPTH / 2 {
        zigzag = zigzag.and(exists()).or(exists());
    }
    assert!(zigzag.check().is_err());
}

#[test]
fn and_and_or_are_flat_however_they_are_joined() {
    let a = || parse_condition("a = 1").unwrap();
    let text = |condition: Condition| condition.to_string();
    assert_eq!(text(a().and(a()).and(a())), "a = 1 AND a = 1 AND a = 1");
    assert_eq!(text(a().and(a().and(a()))), "a = 1 AND a = 1 AND a = 1");
    assert_eq!(text(a().and(a()).and(a().and(a()))), "a = 1 AND a = 1 AND a = 1 AND a = 1");
    assert_eq!(text(a().or(a()).or(a().or(a()))), "a = 1 OR a = 1 OR a = 1 OR a = 1");
    assert_eq!(text(a().or(a()).and(a())), "(a = 1 OR a = 1) AND a = 1");
    assert_eq!(Condition::all_of(vec![]), Condition::All);
    assert!(Condition::any_of(vec![]).is_none());
    assert_eq!(Condition::any_of(vec![a()]), a());
}
