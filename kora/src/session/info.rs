//! INFO: sections of lines, under the names that dashboards look for.
//!
//! A field is here when it is known; nothing is made up for what Kora does not have.

use std::fmt::Write;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::commands::connection::REDIS_VERSION;
use super::statistics::CommandReport;
use super::{Context, process_facts};
use crate::engine::Sweep;
use crate::error::Result;
use crate::pubsub::broker::Family;

/// What writes the lines of a section.
enum Section {
    /// About the server.
    Server(fn(&Context<'_>, &mut Lines) -> Result<()>),
    /// About all data as well.
    Data(fn(&Context<'_>, Sweep<'_>, &mut Lines) -> Result<()>),
}

use Section::{Data, Server};

const SECTIONS: &[(&str, Section)] = &[
    ("Server", Server(server)),
    ("Clients", Server(clients)),
    ("Memory", Data(memory)),
    ("Persistence", Server(persistence)),
    ("Stats", Server(stats)),
    ("Replication", Server(replication)),
    ("CPU", Server(cpu)),
    ("Commandstats", Server(command_stats)),
    ("Errorstats", Server(error_stats)),
    ("Cluster", Server(cluster)),
    ("Keyspace", Data(keyspace)),
];

/// Names that stand for all sections.
const ALL: [&str; 2] = ["all", "everything"];
/// The name that stands for all sections but this one, as no name does.
const USUAL: (&str, &str) = ("default", "Commandstats");

/// Lines of a section.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: impl std::fmt::Display) {
        write!(self.0, "{name}:{value}\r\n").expect("a String takes all text");
    }
}

/// The sections that are named, or all.
pub(super) fn report(context: &Context<'_>, sweep: Sweep<'_>, names: &[&[u8]]) -> Result<String> {
    let is = |wanted: &[u8], name: &str| wanted.eq_ignore_ascii_case(name.as_bytes());
    let wants_all = names.iter().any(|wanted| ALL.iter().any(|name| is(wanted, name)));
    let wants_usual = names.is_empty() || names.iter().any(|wanted| is(wanted, USUAL.0));
    let mut lines = Lines::default();
    for (name, section) in SECTIONS {
        let is_usual = wants_usual && *name != USUAL.1;
        if wants_all || is_usual || names.iter().any(|wanted| is(wanted, name)) {
            if !lines.0.is_empty() {
                lines.0.push_str("\r\n");
            }
            lines.0.push_str(&format!("# {name}\r\n"));
            match section {
                Server(write) => write(context, &mut lines)?,
                Data(write) => write(context, sweep, &mut lines)?,
            }
        }
    }
    Ok(lines.0)
}

fn server(context: &Context<'_>, lines: &mut Lines) -> Result<()> {
    let facts = &context.host.facts;
    let uptime = context.host.now().as_secs();
    let now_ms = context.engine.now_ms();
    lines.add("redis_version", REDIS_VERSION);
    lines.add("kora_version", env!("CARGO_PKG_VERSION"));
    lines.add("redis_mode", "standalone");
    lines.add("os", std::env::consts::OS);
    lines.add("arch_bits", usize::BITS);
    lines.add("process_id", process::id());
    lines.add("run_id", &facts.run_id);
    lines.add("tcp_port", facts.port);
    lines.add("server_time_usec", now_ms.saturating_mul(1000));
    lines.add("uptime_in_seconds", uptime);
    lines.add("uptime_in_days", uptime / (24 * 60 * 60));
    let executable = std::env::current_exe().unwrap_or_default();
    lines.add("executable", executable.display());
    Ok(())
}

fn clients(context: &Context<'_>, lines: &mut Lines) -> Result<()> {
    let held = context.host.pause.held_count(context.host.now());
    // Whoever waits for keys counts, callers of this process among them.
    lines.add("blocked_clients", context.engine.waiter_count() + held);
    lines.add("connected_clients", context.host.client_count());
    lines.add("maxclients", context.host.clients_max.load(Ordering::Relaxed));
    Ok(())
}

fn memory(context: &Context<'_>, sweep: Sweep<'_>, lines: &mut Lines) -> Result<()> {
    let used = sweep.used_memory();
    let limit = context.engine.memory_limit().0.unwrap_or(0);
    lines.add("used_memory", used);
    lines.add("used_memory_human", human(used));
    let peak = context.engine.peak_memory();
    lines.add("used_memory_peak", peak);
    lines.add("used_memory_peak_human", human(peak));
    lines.add("used_memory_peak_perc", percent(used, peak));
    lines.add("used_memory_dataset", used);
    if let Some(total) = process_facts::system_memory() {
        lines.add("total_system_memory", total);
        lines.add("total_system_memory_human", human(total));
    }
    if let Some(resident) = process_facts::resident() {
        lines.add("used_memory_rss", resident);
        lines.add("used_memory_rss_human", human(resident));
        let hundredths = resident.saturating_mul(100) / used.max(1);
        let (whole, part) = (hundredths / 100, hundredths % 100);
        lines.add("mem_fragmentation_ratio", format!("{whole}.{part:02}"));
    }
    lines.add("maxmemory", limit);
    lines.add("maxmemory_human", human(limit));
    lines.add("maxmemory_policy", context.engine.memory_limit().1);
    Ok(())
}

/// Bytes in the largest unit of which there is one.
fn human(bytes: usize) -> String {
    const UNITS: [(char, u32); 4] = [('T', 40), ('G', 30), ('M', 20), ('K', 10)];
    match UNITS.iter().find(|(_, bits)| bytes >> bits > 0) {
        None => format!("{bytes}B"),
        Some((unit, bits)) => {
            let hundredths = (bytes as u128 * 100) >> bits;
            format!("{}.{:02}{unit}", hundredths / 100, hundredths % 100)
        }
    }
}

/// One part of a whole in hundredths.
fn percent(part: usize, whole: usize) -> String {
    let hundredths = (part as u128 * 10_000) / (whole.max(1) as u128);
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

fn persistence(context: &Context<'_>, lines: &mut Lines) -> Result<()> {
    const MS_PER_SECOND: i64 = 1000;
    let saved = context.engine.last_snapshot().map_or(0, |ms| ms / MS_PER_SECOND);
    lines.add("loading", 0);
    lines.add("rdb_last_save_time", saved);
    lines.add("aof_enabled", u8::from(context.engine.disk().is_some()));
    let is_good = context.engine.disk().is_none_or(|log| log.failure().is_none());
    lines.add("aof_last_write_status", if is_good { "ok" } else { "err" });
    Ok(())
}

fn stats(context: &Context<'_>, lines: &mut Lines) -> Result<()> {
    let counters = &context.host.counters;
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let rates = context.host.pace.rates(counters, context.host.now());
    let (expired, evicted) = context.engine.gone();
    let (broker, kib) = (context.engine.broker(), 1024.0);
    lines.add("total_connections_received", count(&counters.connections));
    lines.add("total_commands_processed", count(&counters.commands));
    lines.add("instantaneous_ops_per_sec", format_args!("{:.0}", rates.commands));
    lines.add("total_net_input_bytes", count(&counters.input_bytes));
    lines.add("total_net_output_bytes", count(&counters.output_bytes));
    lines.add("instantaneous_input_kbps", format_args!("{:.2}", rates.input_bytes / kib));
    lines.add("instantaneous_output_kbps", format_args!("{:.2}", rates.output_bytes / kib));
    lines.add("rejected_connections", count(&counters.rejected));
    lines.add("expired_keys", expired);
    lines.add("evicted_keys", evicted);
    // Of keys that clients looked for; the process's own calls are not among them.
    lines.add("keyspace_hits", count(&counters.hits));
    lines.add("keyspace_misses", count(&counters.misses));
    lines.add("pubsub_channels", broker.name_count(Family::Channel));
    lines.add("pubsub_patterns", broker.name_count(Family::Pattern));
    lines.add("pubsubshard_channels", broker.name_count(Family::Shard));
    lines.add("total_error_replies", count(&counters.errors));
    lines.add("acl_access_denied_auth", count(&counters.failed_logins));
    Ok(())
}

fn replication(context: &Context<'_>, lines: &mut Lines) -> Result<()> {
    lines.add("role", "master");
    lines.add("connected_slaves", 0);
    lines.add("master_replid", &context.host.facts.run_id);
    lines.add("master_repl_offset", 0);
    Ok(())
}

fn cpu(_: &Context<'_>, lines: &mut Lines) -> Result<()> {
    if let Some((system, user)) = process_facts::cpu() {
        let seconds = |time: Duration| format!("{:.6}", time.as_secs_f64());
        lines.add("used_cpu_sys", seconds(system));
        lines.add("used_cpu_user", seconds(user));
    }
    Ok(())
}

fn command_stats(context: &Context<'_>, lines: &mut Lines) -> Result<()> {
    for report in context.host.statistics.commands() {
        let CommandReport { spec, calls, nanos, rejected, failed } = report;
        let usec = nanos / 1000;
        // Hundredths of a microsecond a call.
        let each = (nanos / 10).checked_div(calls).unwrap_or(0);
        let (whole, part) = (each / 100, each % 100);
        lines.add(
            &format!("cmdstat_{}", spec.wire_name()),
            format_args!(
                "calls={calls},usec={usec},usec_per_call={whole}.{part:02},\
                 rejected_calls={rejected},failed_calls={failed}"
            ),
        );
    }
    Ok(())
}

fn error_stats(context: &Context<'_>, lines: &mut Lines) -> Result<()> {
    for (code, count) in context.host.statistics.errors() {
        lines.add(&format!("errorstat_{code}"), format_args!("count={count}"));
    }
    Ok(())
}

fn cluster(_: &Context<'_>, lines: &mut Lines) -> Result<()> {
    lines.add("cluster_enabled", 0);
    Ok(())
}

fn keyspace(context: &Context<'_>, sweep: Sweep<'_>, lines: &mut Lines) -> Result<()> {
    let numbers = (0..context.engine.database_count()).filter_map(|n| u8::try_from(n).ok());
    for number in numbers {
        let sweep = sweep.of(number);
        let keys = sweep.len();
        if keys > 0 {
            // The mean of all keys that expire, where Redis has one of a sample.
            let (expires, ttl) = sweep.deadlines();
            lines.add(
                &format!("db{number}"),
                format_args!("keys={keys},expires={expires},avg_ttl={ttl}"),
            );
        }
    }
    Ok(())
}
