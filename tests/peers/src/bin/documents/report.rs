//! Tables in markdown.

use crate::measure::Rates;
use crate::stores::Peer;

/// No operation with an index may be so much slower with ten times as many documents.
const SLOWER_MAX: f64 = 1.6;
/// Two threads are to do so much more than one.
const TWO_THREADS: f64 = 1.8;

fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "SHORT" }
}

pub(crate) fn head(peers: &[&Peer]) {
    let names: Vec<&str> = peers.iter().map(|peer| peer.name).collect();
    println!("| thousands a second | {} | kora / SQLite | kora / limit |", names.join(" | "));
    println!("|---|{}", "---|".repeat(names.len() + 2));
}

pub(crate) fn row(
    title: &str,
    targets: Option<(f64, Option<f64>)>,
    peers: &[&Peer],
    rates: &Rates,
) {
    let cell = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| format!("{:.1}", rate / 1e3));
    let cells: Vec<String> = (0..peers.len()).map(|at| cell(rates.of(at))).collect();
    let at = |name: &str| peers.iter().position(|peer| peer.name == name);
    let sqlites = [at("sqlite"), at("sqlite-json")].into_iter().flatten();
    let best = sqlites.max_by(|one, other| {
        let rate = |at: &usize| rates.of(*at).unwrap_or(0.0);
        rate(one).total_cmp(&rate(other))
    });
    let ratio = |other: Option<usize>| rates.ratio(at("kora")?, other?);
    let judged = |ratio: Option<f64>, target: Option<f64>| match (ratio, target) {
        (None, _) => "-".to_owned(),
        (Some(ratio), None) => format!("{ratio:.2}x"),
        (Some(ratio), Some(target)) => {
            format!("{ratio:.2}x (>= {target}) {}", verdict(ratio >= target))
        }
    };
    let sqlite = judged(ratio(best), targets.map(|(sqlite, _)| sqlite));
    let limit = judged(ratio(at("limit")), targets.and_then(|(_, limit)| limit));
    println!("| {title} | {} | {sqlite} | {limit} |", cells.join(" | "));
}

pub(crate) fn larger_head(few: u32, many: u32) {
    println!("\n| kora, thousands a second | {few} documents | {many} documents | slower |");
    println!("|---|---|---|---|");
}

pub(crate) fn larger_row(title: &str, rates: &Rates) {
    let rate = |at| rates.of(at).unwrap_or(0.0) / 1e3;
    let slower = rates.ratio(0, 1).unwrap_or(f64::INFINITY);
    let verdict = verdict(slower <= SLOWER_MAX);
    let (few, many) = (rate(0), rate(1));
    println!("| {title} | {few:.1} | {many:.1} | {slower:.2}x (<= {SLOWER_MAX}) {verdict} |");
}

pub(crate) fn threads(rates: &Rates) {
    let rate = |at| rates.of(at).unwrap_or(0.0) / 1e3;
    let ratio = rates.ratio(1, 0).unwrap_or(0.0);
    let (one, two, verdict) = (rate(0), rate(1), verdict(ratio >= TWO_THREADS));
    println!(
        "\n90 % get, 10 % update: one thread {one:.1} k/s, two {two:.1} k/s: {ratio:.2}x (>= {TWO_THREADS}) {verdict}"
    );
}
