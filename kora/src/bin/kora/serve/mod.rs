//! `kora serve`: a database for Redis clients, as a process of its own.
//!
//! It opens, listens, and waits to be asked to end: by a signal, or by a client's SHUTDOWN. Then
//! clients are answered what they have sent, and the disk has everything. Whoever asks a second time
//! does not want to wait for that.

mod options;
mod progress;
mod values;

use std::io::{Write, stdout};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use clap::{ArgMatches, Command};
use kora::{Address, Database, Server};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tracing::{info, warn};

use super::{FAILED, GOOD};
use options::Plan;

pub(super) fn command() -> Command {
    Command::new("serve")
        .about("Serves a database to Redis clients.")
        .long_about(
            "Serves a database to Redis clients, until it is asked to end by SIGTERM, SIGINT or \
             SHUTDOWN. Without any option it listens where redis-cli looks for a server, and keeps \
             its data in memory.\n\n\
             An option is taken from the command line, or else from the environment, or else from \
             the file that --config names. When it listens, standard output has a line for each \
             address, with the port that it was given.",
        )
        .args(options::arguments())
        .after_help(
            "Exit status: 0 it ended in order, 1 data are damaged, 2 it could not serve, 3 it was \
             asked twice to end and did not wait.",
        )
}

/// Asked a second time.
const HURRIED: u8 = 3;

/// What happens to a server that runs.
enum Event {
    /// Somebody wants it to end.
    Asked(&'static str),
    /// It has ended.
    Ended(kora::Result<()>),
}

pub(super) fn run(arguments: &ArgMatches) -> kora::Result<u8> {
    let plan = match options::read(arguments) {
        Ok(plan) => plan,
        Err(why) => {
            eprintln!("kora serve: {why}");
            return Ok(FAILED);
        }
    };
    tracing_subscriber::fmt()
        .with_max_level(plan.level)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(false)
        .init();
    let (sender, events) = channel();
    let signals = Signals::new([SIGTERM, SIGINT]);
    let Ok(signals) = signals.inspect_err(|error| eprintln!("kora serve: {error}")) else {
        return Ok(FAILED);
    };
    let is_serving = Arc::new(AtomicBool::new(false));
    listen_to(signals, sender.clone(), Arc::clone(&is_serving));
    let (database, server) = start(plan, &sender)?;
    is_serving.store(true, Ordering::Release);
    tell(server.addresses());
    Ok(wait(&events, sender, database, server))
}

/// Tells of signals. Who is asked twice, or while it opens, ends at once: what is on the disk is as
/// after any other sudden end.
fn listen_to(mut signals: Signals, sender: Sender<Event>, is_serving: Arc<AtomicBool>) {
    thread::spawn(move || {
        for signal in signals.forever() {
            let name = if signal == SIGTERM { "SIGTERM" } else { "SIGINT" };
            let is_first = is_serving.swap(false, Ordering::AcqRel);
            if !is_first || sender.send(Event::Asked(name)).is_err() {
                warn!(by = name, "ending at once");
                process::exit(HURRIED.into());
            }
        }
    });
}

fn start(plan: Plan, sender: &Sender<Event>) -> kora::Result<(Database, Server)> {
    let Plan { mut config, mut server, .. } = plan;
    config.on_progress = progress::bar();
    match &config.data_dir {
        Some(dir) => info!(dir = %dir.display(), durability = ?config.durability, "opening"),
        None => info!("data are in memory only, and end with the server; --dir DIR keeps them"),
    }
    let database = Database::open(config)?;
    if let Some(report) = database.open_report() {
        info!(?report, "opened");
    }
    if server.allows_strangers && server.password.is_none() {
        warn!("whoever reaches an address of this server can do anything, without a password");
    }
    let asks = sender.clone();
    server.on_shutdown = kora::OnShutdown::new(move || {
        // When nobody listens any more it ends already.
        asks.send(Event::Asked("SHUTDOWN")).ok();
    });
    let served = database.server(server)?;
    for address in served.addresses() {
        info!(%address, "listening");
    }
    Ok((database, served))
}

/// Lets whoever started it know where it listens.
fn tell(addresses: &[Address]) {
    let lines: String = addresses.iter().map(|address| format!("{address}\n")).collect();
    let mut out = stdout().lock();
    if let Err(error) = out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
        warn!(%error, "standard output takes nothing");
    }
}

/// Serves until it is asked to end, and ends.
fn wait(events: &Receiver<Event>, sender: Sender<Event>, db: Database, server: Server) -> u8 {
    let mut running = Some((db, server));
    loop {
        match (events.recv().expect("this thread could send as well"), running.take()) {
            (Event::Asked(by), Some((db, server))) => {
                info!(by, "ending: clients are answered what they have sent");
                let sender = sender.clone();
                thread::spawn(move || {
                    server.shutdown();
                    let synced = db.sync();
                    drop(db);
                    // The other end is there until it has this.
                    sender.send(Event::Ended(synced)).ok();
                });
            }
            // It does already; a second signal is another thing.
            (Event::Asked(_), None) => {}
            (Event::Ended(Ok(())), _) => {
                info!("ended");
                return GOOD;
            }
            (Event::Ended(Err(error)), _) => {
                eprintln!("kora serve: {error}");
                return FAILED;
            }
        }
    }
}
