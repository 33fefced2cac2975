//! HTTP on loopback: what the layer costs beside a bare axum, and what a handler costs beside the same on redis-server.
//!
//! Each service is a process of its own, this program again, so that the processor time of the servers is known apart from that
//! of whoever asks. Services take turns in rounds; the ratios are of one round each, and their medians are printed.

mod client;
mod redis_server;
mod services;

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use client::Load;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Rounds: each service has a turn in each.
const ROUNDS: usize = 5;
/// Connections that ask, each as soon as it has its answer.
const CONNECTIONS: usize = 32;
/// How long a turn takes, after an eighth of it that is not measured.
const TURN: Duration = Duration::from_millis(1500);

/// What is measured: a service, and the path that is asked for.
const CASES: [(&str, &str); 10] = [
    ("bare", "/hello"),
    ("layer", "/hello"),
    ("repo", "/hello"),
    ("kora", "/products/pen"),
    ("redis", "/products/pen"),
    ("kora", "/counts"),
    ("redis", "/counts"),
    ("extension", "/hello"),
    ("around", "/hello"),
    ("state", "/hello"),
];

/// Ratios with what they are to reach: which case beside which, and of what.
const RATIOS: [(&str, usize, usize, f64); 7] = [
    ("KoraLayer, per CPU second", 1, 0, 0.97),
    ("KoraLayer and Repo, per CPU second", 2, 0, 0.97),
    ("KoraLayer around the router, and Repo, per CPU second", 8, 0, 0.97),
    ("State<Repo>, without a layer, per CPU second", 9, 0, 0.97),
    ("KoraLayer and Repo, beside axum's own Extension, per CPU second", 2, 7, 0.97),
    ("reads a document and counts a hit, beside redis, per CPU second", 3, 4, 2.0),
    ("writes, beside redis, per CPU second", 5, 6, 2.0),
];

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    match &words[..] {
        [word, service] if word == "--serve" => services::serve(service),
        [] => measure(),
        _ => Err("no options".into()),
    }
}

/// A service in a process of its own.
struct Serving {
    processes: Vec<Child>,
    address: String,
}

impl Serving {
    fn start(service: &str) -> Result<Serving> {
        let mut child = Command::new(env::current_exe()?)
            .args(["--serve", service])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("the output is piped")?).lines();
        let mut line = || lines.next().ok_or("the service has ended")?.map_err(Into::into);
        let address: Result<String> = line();
        Ok(Serving { address: address?, processes: vec![child] })
    }

    /// Seconds of processor time of the service, and of the server that it asks.
    fn cpu(&self) -> Result<f64> {
        let mut ids = Vec::new();
        for process in &self.processes {
            ids.push(process.id());
            let children = format!("/proc/{0}/task/{0}/children", process.id());
            let children = std::fs::read_to_string(children)?;
            ids.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
        }
        ids.into_iter().map(cpu_of).sum()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        for process in &mut self.processes {
            // Its input ends, and it ends with it, and with what it has started.
            drop(process.stdin.take());
            drop(process.wait());
        }
    }
}

/// Processor time of a process by the scheduler's own sum, in nanoseconds there: all threads.
fn cpu_of(id: u32) -> Result<f64> {
    let mut nanos = 0.0;
    for thread in std::fs::read_dir(format!("/proc/{id}/task"))? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let ran = text.split_whitespace().next().ok_or("no time in schedstat")?;
        nanos += ran.parse::<f64>()?;
    }
    Ok(nanos / 1e9)
}

/// What came of a turn.
#[derive(Clone, Copy, Default)]
struct Turn {
    per_second: f64,
    per_cpu_second: f64,
    p50_us: f64,
    p99_us: f64,
}

fn turn(serving: &Serving, path: &str) -> Result<Turn> {
    let load = Load { address: &serving.address, path, connections: CONNECTIONS };
    load.run(TURN / 8)?;
    let before = serving.cpu()?;
    let answers = load.run(TURN)?;
    let cpu = serving.cpu()? - before;
    let requests = answers.requests as f64;
    Ok(Turn {
        per_second: requests / answers.seconds,
        per_cpu_second: requests / cpu,
        p50_us: answers.percentile_us(50.0),
        p99_us: answers.percentile_us(99.0),
    })
}

fn measure() -> Result<()> {
    let mut turns = vec![Vec::new(); CASES.len()];
    for _ in 0..ROUNDS {
        for (case, (service, path)) in CASES.iter().enumerate() {
            let serving = Serving::start(service)?;
            turns[case].push(turn(&serving, path)?);
        }
    }
    println!(
        "| service | asked for | requests/s | p50 | p99 | CPU a request | requests a CPU second |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|");
    for ((service, path), turns) in CASES.iter().zip(&turns) {
        let of = |get: fn(&Turn) -> f64| median(turns.iter().map(get).collect());
        let per_cpu = of(|turn| turn.per_cpu_second);
        println!(
            "| {service} | {path} | {:.0} | {:.0} us | {:.0} us | {:.2} us | {per_cpu:.0} |",
            of(|turn| turn.per_second),
            of(|turn| turn.p50_us),
            of(|turn| turn.p99_us),
            1e6 / per_cpu,
        );
    }
    println!("\n| ratio | measured | to reach |\n|---|---:|---:|");
    let ratio = |one: usize, other: usize, get: fn(&Turn) -> f64| {
        let pairs = turns[one].iter().zip(&turns[other]);
        median(pairs.map(|(one, other)| get(one) / get(other)).collect())
    };
    for (what, one, other, wanted) in RATIOS {
        println!(
            "| {what} | {:.2}x | >= {wanted}x |",
            ratio(one, other, |turn| turn.per_cpu_second)
        );
    }
    println!(
        "| reads a document and counts a hit, beside redis, p99 | {:.2}x | <= 0.5x |",
        ratio(3, 4, |turn| turn.p99_us)
    );
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
