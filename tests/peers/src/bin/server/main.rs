//! Servers side by side on loopback: Kora's listener, redis-server, and the server of koracli 0.2.
//!
//! `cargo run --release --manifest-path tests/peers/Cargo.toml --features server --bin server`, with
//! `--rounds N`, `--slot-ms N`, `--only A,B` (parts of `SET/1/50`, `MGET 100/1/50`, `idle`) and
//! `--peers A,B`. Servers take turns, round by round; those whose turn it is not are stopped.
//! `KORA_PEERS_KORACLI` names the program of koracli (`cargo install koracli --version 0.2.0 --root
//! DIR`); without it, and without a redis-server, that one is left out.

mod cells;
mod load;
mod peers;

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use kora::{Database, ServerConfig};

use cells::Cell;
use load::{Load, Plain};
use peers::{NAMES, Peer};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The word with which this program is Kora's server.
const SERVES: &str = "serve-kora";
const IDLE_CONNECTIONS: usize = 10_000;
/// Connections that come and go at once, below what a listener's queue holds.
const IDLE_STEP: usize = 100;

fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some(SERVES) {
        return serve();
    }
    let options = Options::read()?;
    println!("# Servers on loopback\n");
    println!("* command line: `{}`", std::env::args().skip(1).collect::<Vec<_>>().join(" "));
    println!(
        "* medians of {} rounds of {} ms; one thread makes the load on the same machine; \
              values of 256 B, {} rounds in turn",
        options.rounds,
        options.slot.as_millis(),
        options.rounds
    );
    let mut servers = Vec::new();
    for name in NAMES.into_iter().filter(|name| options.wants_peer(name)) {
        match Peer::start(name) {
            Ok(server) => servers.push(server),
            Err(error) => println!("* {name} is left out: {error}"),
        }
    }
    for server in &servers {
        cells::fill(&mut Plain::connect(server.address)?)?;
        server.pause();
    }
    let cells: Vec<Cell> =
        cells::all().into_iter().filter(|cell| options.wants(&path(cell))).collect();
    single(&servers, &cells, &options)?;
    several(&servers, &cells, &options)?;
    if options.wants("idle") {
        idle(&servers)?;
    }
    Ok(())
}

/// Serves an empty database until standard input, or the process, ends.
fn serve() -> Result<()> {
    let database = Database::in_memory();
    let addresses = vec!["127.0.0.1:0".parse()?];
    let max_clients = IDLE_CONNECTIONS + 1000;
    let config = ServerConfig { addresses, max_clients, ..ServerConfig::default() };
    let server = database.server(config)?;
    println!("{}", server.local_addr().ok_or("it listens at a port")?);
    loop {
        std::thread::park();
    }
}

/// The command line.
#[derive(Debug)]
struct Options {
    rounds: usize,
    slot: Duration,
    only: Vec<String>,
    peers: Vec<String>,
}

impl Options {
    fn read() -> Result<Options> {
        let slot = Duration::from_millis(900);
        let mut options = Options { rounds: 3, slot, only: Vec::new(), peers: Vec::new() };
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name} wants a value"))?;
            let list = || value.split(',').map(str::to_owned).collect();
            match name.as_str() {
                "--rounds" => options.rounds = value.parse()?,
                "--slot-ms" => options.slot = Duration::from_millis(value.parse()?),
                "--only" => options.only = list(),
                "--peers" => options.peers = list(),
                _ => return Err(format!("{name} is not an option").into()),
            }
        }
        Ok(options)
    }

    fn wants(&self, cell: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| cell.contains(part.as_str()))
    }

    fn wants_peer(&self, name: &str) -> bool {
        self.peers.is_empty() || self.peers.iter().any(|wanted| wanted == name)
    }
}

/// How a cell is named on the command line.
fn path(cell: &Cell) -> String {
    format!("{}/{}/{}", cell.name, cell.pipeline, cell.connections)
}

/// What one server did in one turn.
#[derive(Clone, Copy, Debug)]
struct Turn {
    /// Operations a second.
    rate: f64,
    /// Operations a second of the server's processor time.
    by_cpu: f64,
    p50: f64,
    p99: f64,
}

/// All turns of a cell, by server.
type Turns = BTreeMap<&'static str, Vec<Turn>>;

fn turns(servers: &[Peer], cell: &Cell, options: &Options) -> Result<Turns> {
    let mut turns = Turns::new();
    for round in 0..options.rounds {
        for server in servers {
            server.go_on();
            let turn = turn(server, cell, options.slot, round as u64);
            server.pause();
            match turn {
                Ok(turn) => turns.entry(server.name).or_default().push(turn),
                Err(error) => println!("* {} fails at {}: {error}", server.name, path(cell)),
            }
        }
    }
    Ok(turns)
}

fn turn(server: &Peer, cell: &Cell, slot: Duration, seed: u64) -> Result<Turn> {
    let batches = cell.batches(&mut Plain::connect(server.address)?, seed)?;
    Load::new(server.address, cell.connections, &batches)?.run(slot / 8)?;
    let load = Load::new(server.address, cell.connections, &batches)?;
    let before = server.cpu()?;
    let found = load.run(slot)?;
    let cpu = server.cpu()? - before;
    let operations = found.operations as f64;
    let at = |share| found.latency.value_at_quantile(share) as f64;
    Ok(Turn {
        rate: operations / found.took.as_secs_f64(),
        by_cpu: operations / cpu.as_secs_f64(),
        p50: at(0.5),
        p99: at(0.99),
    })
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn of(turns: &Turns, name: &str, figure: fn(&Turn) -> f64) -> f64 {
    median(turns.get(name).into_iter().flatten().map(figure).collect())
}

/// The median of the ratios of two servers' figures, round by round.
fn ratio(turns: &Turns, figure: fn(&Turn) -> f64) -> f64 {
    let all = |name| turns.get(name).into_iter().flatten().map(figure);
    median(all(NAMES[0]).zip(all(NAMES[1])).map(|(ours, theirs)| ours / theirs).collect())
}

/// A ratio with the verdict on it.
fn held(ratio: f64, is_met: Option<bool>) -> String {
    match is_met {
        _ if ratio.is_nan() => "-".to_owned(),
        Some(true) => format!("{ratio:.2}x met"),
        Some(false) => format!("{ratio:.2}x SHORT"),
        None => format!("{ratio:.2}x"),
    }
}

/// A figure of every server, side by side.
fn beside(servers: &[Peer], figure: impl Fn(&str) -> f64, digits: usize) -> String {
    servers.iter().map(|s| format!("{:.digits$}", figure(s.name))).collect::<Vec<_>>().join(" / ")
}

fn names(servers: &[Peer]) -> String {
    servers.iter().map(|server| server.name).collect::<Vec<_>>().join(" / ")
}

fn single(servers: &[Peer], cells: &[Cell], options: &Options) -> Result<()> {
    let cells: Vec<&Cell> = cells.iter().filter(|cell| !cell.is_of_several()).collect();
    if cells.is_empty() {
        return Ok(());
    }
    println!("\n### One key each: {}, against {}\n", names(servers), NAMES[1]);
    println!(
        "| cell/pipeline/connections | CPU s per million | a second of CPU >= 1.1x, 2x, 2x | thousands a second | >= 1.7x from 16 on | p50 us | p99 us | p99 <= 1x |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for cell in cells {
        let turns = turns(servers, cell, options)?;
        let by_cpu = ratio(&turns, |turn| turn.by_cpu);
        let least = if cell.pipeline == 1 { 1.1 } else { 2.0 };
        let rate = ratio(&turns, |turn| turn.rate);
        let p99 = ratio(&turns, |turn| turn.p99);
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            path(cell),
            beside(servers, |name| 1e6 / of(&turns, name, |turn| turn.by_cpu), 2),
            held(by_cpu, Some(by_cpu >= least)),
            beside(servers, |name| of(&turns, name, |turn| turn.rate) / 1e3, 0),
            held(rate, (cell.pipeline > 1).then_some(rate >= 1.7)),
            beside(servers, |name| of(&turns, name, |turn| turn.p50), 0),
            beside(servers, |name| of(&turns, name, |turn| turn.p99), 0),
            held(p99, Some(p99 <= 1.0)),
        );
    }
    Ok(())
}

fn several(servers: &[Peer], cells: &[Cell], options: &Options) -> Result<()> {
    let cells: Vec<&Cell> = cells.iter().filter(|cell| cell.is_of_several()).collect();
    if cells.is_empty() {
        return Ok(());
    }
    println!("\n### A hundred keys or elements each: {}, against {}\n", names(servers), NAMES[1]);
    println!(
        "| cell/pipeline/connections | CPU us each | a second of CPU >= 1.5x | thousands a second | ratio |"
    );
    println!("|---|---:|---:|---:|---:|");
    for cell in cells {
        let turns = turns(servers, cell, options)?;
        let by_cpu = ratio(&turns, |turn| turn.by_cpu);
        println!(
            "| {} | {} | {} | {} | {} |",
            path(cell),
            beside(servers, |name| 1e6 / of(&turns, name, |turn| turn.by_cpu), 1),
            held(by_cpu, Some(by_cpu >= 1.5)),
            beside(servers, |name| of(&turns, name, |turn| turn.rate) / 1e3, 1),
            held(ratio(&turns, |turn| turn.rate), None),
        );
    }
    Ok(())
}

/// Connections that have asked once and then say nothing.
fn idle(servers: &[Peer]) -> Result<()> {
    println!("\n### {IDLE_CONNECTIONS} connections that say nothing any more\n");
    println!("| server | KiB each | <= 10 KiB |");
    println!("|---|---:|---:|");
    for server in servers {
        server.go_on();
        let before = server.resident()?;
        let mut connections = Vec::new();
        let mut connected = Ok(());
        while connections.len() < IDLE_CONNECTIONS && connected.is_ok() {
            let mut step = || -> Result<()> {
                for _ in 0..IDLE_STEP {
                    connections.push(Plain::connect(server.address)?);
                }
                let fresh = connections.len() - IDLE_STEP..;
                connections[fresh].iter_mut().try_for_each(|plain| plain.ask(b"").map(drop))
            };
            connected = step();
        }
        if let Err(error) = connected {
            println!("* {} has {} connections, then: {error}", server.name, connections.len());
        }
        let grown = server.resident()?.saturating_sub(before);
        let each = grown as f64 / connections.len() as f64 / 1024.0;
        let is_judged = server.name == NAMES[0];
        let met = if !is_judged {
            "-"
        } else if each <= 10.0 {
            "met"
        } else {
            "SHORT"
        };
        println!("| {} | {each:.2} | {met} |", server.name);
        drop(connections);
        server.pause();
    }
    Ok(())
}
