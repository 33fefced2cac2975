//! Memory: bytes a document, as the growth of a fresh process that holds nothing else.

use std::fs;
use std::process::Command;

use crate::data::Person;
use crate::stores::Peer;

/// What documents and indexes may take, in JSON texts.
const SHARE_MAX: f64 = 2.0;
/// Documents that are made and given at a time, so that little else is in the heap.
const BATCH: u32 = 1000;

/// Loads one peer, and prints its growth and what it says itself.
pub(crate) fn child(peer: &Peer, size: u32) {
    let mut store = (peer.open)();
    let before = resident_bytes();
    for first in (0..size).step_by(BATCH as usize) {
        let people: Vec<Person> = (first..size.min(first + BATCH)).map(Person::new).collect();
        store.insert(&people);
    }
    let grown = resident_bytes().saturating_sub(before);
    println!("{grown} {}", store.own_bytes().unwrap_or(0));
}

/// Bytes that this process holds for itself.
fn resident_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("a process has a status");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.expect("status has a line of anonymous memory") * 1024
}

pub(crate) fn table(peers: &[&Peer], size: u32, json_bytes: usize) {
    println!("\n| bytes a document | resident | by its own count | times JSON text |");
    println!("|---|---|---|---|");
    for peer in peers.iter().filter(|peer| !peer.is_slow) {
        let program = std::env::current_exe().expect("a program");
        let mut child = Command::new(program);
        child.args(["memory", peer.name, "--size", &size.to_string()]);
        let output = run(child);
        let numbers: Vec<f64> =
            output.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [grown, own] = numbers[..] else { panic!("the child of {} said {output}", peer.name) };
        let (grown, own) = (grown / f64::from(size), own / f64::from(size));
        let share = grown / json_bytes as f64;
        let verdict = match (peer.name, share <= SHARE_MAX) {
            ("kora", true) => format!(" (<= {SHARE_MAX}) met"),
            ("kora", false) => format!(" (<= {SHARE_MAX}) SHORT"),
            _ => String::new(),
        };
        println!("| {} | {grown:.0} | {own:.0} | {share:.2}x{verdict} |", peer.name);
    }
}

fn run(mut command: Command) -> String {
    let output = command.output().expect("this program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
