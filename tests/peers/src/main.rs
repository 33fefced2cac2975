//! Kora beside its peers: one command, one process, one table after the other. See README.md.

mod args;
mod cells;
mod data;
mod machine;
mod peers;
mod process;
mod redis;
mod report;
mod slot;
mod zipf;

use std::process::ExitCode;

use args::{Options, Task};
use cells::{Context, FAMILIES, Result, memory};
use peers::{Entry, ROSTER};

fn main() -> ExitCode {
    end_on_panic();
    let seed = std::env::var("KORA_SEED").ok();
    let (task, options) = match args::parse(std::env::args().skip(1), seed.as_deref()) {
        Ok(parsed) => parsed,
        Err(error) => {
            eprintln!("{error}\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    match perform(task, options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Ends the process when any thread panics: the others of its slot would wait for it for ever.
fn end_on_panic() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tell(panic);
        std::process::abort();
    }));
}

fn perform(task: Task, options: Options) -> Result<()> {
    match task {
        Task::Report => report(&context(options)?),
        Task::One { peer, cell } => one(&context(options)?, named(&peer)?, &cell),
        Task::List => list(),
        Task::Memory { peer, cell } => {
            report::line(&memory::child(named(&peer)?, &cell)?.to_string());
            Ok(())
        }
    }
}

fn context(options: Options) -> Result<Context> {
    let peers = if options.peers.is_empty() {
        ROSTER.iter().collect()
    } else {
        for name in &options.peers {
            named(name)?;
        }
        ROSTER.iter().filter(|peer| options.peers.iter().any(|name| name == peer.name)).collect()
    };
    Ok(Context { options, peers })
}

fn named(name: &str) -> Result<&'static Entry> {
    let names: Vec<_> = ROSTER.iter().map(|peer| peer.name).collect();
    let unknown = || format!("{name:?} is no peer; there are {}", names.join(", "));
    Ok(peers::find(name).ok_or_else(unknown)?)
}

fn report(context: &Context) -> Result<()> {
    let cells: Vec<_> = FAMILIES.iter().flat_map(|family| (family.cells)()).collect();
    if !cells.iter().any(|cell| context.wants(cell)) {
        return Err(format!("no cell contains {}", context.options.only.join(" or ")).into());
    }
    machine::head(context);
    for family in FAMILIES {
        (family.run)(context)?;
    }
    Ok(())
}

fn one(context: &Context, peer: &'static Entry, cell: &str) -> Result<()> {
    let has = |family: &&cells::Family| (family.cells)().iter().any(|name| name == cell);
    let family = FAMILIES.iter().find(has).ok_or_else(|| format!("no cell is named {cell:?}"))?;
    let run = family.one.ok_or_else(|| format!("{cell} runs in a report only"))?;
    let outcome =
        run(context, peer, cell)?.ok_or_else(|| format!("{} has no {cell}", peer.name))?;
    let (steps, rate) = (outcome.steps, outcome.rate() / 1e6);
    report::line(&format!("{} {cell}: {steps} steps, {rate:.3} M steps/s", peer.name));
    Ok(())
}

fn list() -> Result<()> {
    ROSTER.iter().for_each(|peer| report::line(&format!("peer {}", peer.name)));
    let cells = FAMILIES.iter().flat_map(|family| (family.cells)());
    cells.for_each(|cell| report::line(&format!("cell {cell}")));
    Ok(())
}
