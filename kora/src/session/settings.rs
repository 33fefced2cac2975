//! The settings of a server, under the names that Redis has for what means the same.
//!
//! One list. A setting that cannot be changed while the server runs has no way to; a change of
//! several is read whole before the first is made.

use std::sync::atomic::Ordering;

use super::Context;
use crate::command::dispatch::shown;
use crate::config::{Eviction, KeyspaceEvents};
use crate::engine::Sweep;
use crate::error::{ConnectionError, Result};
use crate::text::integer::parse_i64;
use crate::text::size::parse_size;

/// Reads a new value; or why it is none.
type Reader = fn(&[u8]) -> std::result::Result<Change, &'static str>;

/// A setting.
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) get: fn(&Context<'_>) -> String,
    /// Reads a new value; none for what stays as it is.
    read: Option<Reader>,
}

/// A change that was read and is to be made.
pub(crate) enum Change {
    ClientsMax(usize),
    Eviction(Eviction),
    IdleSecondsMax(u64),
    KeyspaceEvents(KeyspaceEvents),
    LatencyMs(u64),
    MemoryLimit(Option<usize>),
    SlowEntries(usize),
    SlowMicros(i64),
    Password(Option<Vec<u8>>),
}

const NO_INTEGER: &str = "argument must be an integer";

/// All settings, in the order of their names.
pub(crate) const SETTINGS: &[Setting] = &[
    fixed("appendonly", |context| yes_no(context.engine.disk().is_some())),
    fixed("bind", |context| context.host.facts.bind.clone()),
    fixed("client-query-buffer-limit", |c| c.host.facts.request_bytes_max.to_string()),
    fixed("databases", |context| context.engine.database_count().to_string()),
    Setting {
        name: "latency-monitor-threshold",
        get: |context| context.host.statistics.latency_ms.load(Ordering::Relaxed).to_string(),
        read: Some(|text| Ok(Change::LatencyMs(number(text).ok_or(NO_INTEGER)?))),
    },
    Setting {
        name: "maxclients",
        get: |context| context.host.clients_max.load(Ordering::Relaxed).to_string(),
        read: Some(|text| {
            let least_one = number(text).filter(|count| *count > 0);
            let count = least_one.and_then(|count| usize::try_from(count).ok());
            Ok(Change::ClientsMax(count.ok_or("argument must be an integer above 0")?))
        }),
    },
    Setting {
        name: "maxmemory",
        get: |context| context.engine.memory_limit().0.unwrap_or(0).to_string(),
        read: Some(|text| {
            let bytes = parse_size(text).ok_or("argument must be a memory value")?;
            // As with Redis, 0 is no limit.
            Ok(Change::MemoryLimit((bytes > 0).then_some(bytes)))
        }),
    },
    Setting {
        name: "maxmemory-policy",
        get: |context| context.engine.memory_limit().1.to_string(),
        read: Some(|text| {
            const WHY: &str = "argument(s) must be one of the following: volatile-lru, \
                               volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, \
                               allkeys-lfu, allkeys-random, noeviction";
            let policy = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
            Ok(Change::Eviction(policy.ok_or(WHY)?))
        }),
    },
    fixed("port", |context| context.host.facts.port.to_string()),
    fixed("proto-max-bulk-len", |context| context.host.facts.word_bytes_max.to_string()),
    Setting {
        name: "requirepass",
        // What a password is, nobody is told.
        get: |_| String::new(),
        read: Some(|text| Ok(Change::Password((!text.is_empty()).then(|| text.to_vec())))),
    },
    Setting {
        name: "notify-keyspace-events",
        get: |context| context.engine.keyspace_events().to_string(),
        read: Some(|text| {
            const WHY: &str = "Invalid event class character. Use 'Ag$lshzxetdKE'.";
            let events = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
            Ok(Change::KeyspaceEvents(events.ok_or(WHY)?))
        }),
    },
    // Snapshots are taken by how far the log has grown, which Redis has no words for.
    fixed("save", |_| String::new()),
    Setting {
        name: "slowlog-log-slower-than",
        get: |context| context.host.statistics.slow_micros.load(Ordering::Relaxed).to_string(),
        read: Some(|text| Ok(Change::SlowMicros(parse_i64(text).ok_or(NO_INTEGER)?))),
    },
    Setting {
        name: "slowlog-max-len",
        get: |context| context.host.statistics.slow_entries.load(Ordering::Relaxed).to_string(),
        read: Some(|text| {
            let most = number(text).and_then(|most| usize::try_from(most).ok());
            Ok(Change::SlowEntries(most.ok_or(NO_INTEGER)?))
        }),
    },
    fixed("tcp-keepalive", |context| context.host.facts.keepalive_seconds.to_string()),
    Setting {
        name: "timeout",
        get: |context| context.host.idle_seconds_max.load(Ordering::Relaxed).to_string(),
        read: Some(|text| Ok(Change::IdleSecondsMax(number(text).ok_or(NO_INTEGER)?))),
    },
    fixed("unixsocket", |context| context.host.facts.unix_socket.clone()),
];

const fn fixed(name: &'static str, get: fn(&Context<'_>) -> String) -> Setting {
    Setting { name, get, read: None }
}

fn yes_no(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn number(text: &[u8]) -> Option<u64> {
    parse_i64(text).and_then(|number| u64::try_from(number).ok())
}

/// Reads a change of a setting.
pub(crate) fn prepare(name: &[u8], value: &[u8]) -> Result<Change> {
    let is_it = |setting: &&Setting| name.eq_ignore_ascii_case(setting.name.as_bytes());
    let setting = SETTINGS.iter().find(is_it);
    let unknown = || ConnectionError::UnknownSetting { name: shown(name) };
    let setting = setting.ok_or_else(unknown)?;
    let refused = |why| ConnectionError::Setting { name: setting.name, why };
    let read = setting.read.ok_or_else(|| refused("can't set immutable config"))?;
    Ok(read(value).map_err(refused)?)
}

impl Change {
    /// Makes the change.
    pub(crate) fn apply(&self, context: &Context<'_>, sweep: Sweep<'_>) {
        let host = context.host;
        match self {
            Change::KeyspaceEvents(events) => context.engine.set_keyspace_events(*events),
            Change::ClientsMax(count) => host.clients_max.store(*count, Ordering::Relaxed),
            Change::Eviction(eviction) => context.engine.set_eviction(*eviction),
            Change::MemoryLimit(limit) => sweep.set_memory_limit(*limit),
            Change::IdleSecondsMax(seconds) => {
                host.idle_seconds_max.store(*seconds, Ordering::Relaxed);
            }
            Change::LatencyMs(ms) => host.statistics.latency_ms.store(*ms, Ordering::Relaxed),
            Change::SlowEntries(most) => {
                host.statistics.slow_entries.store(*most, Ordering::Relaxed);
            }
            Change::SlowMicros(micros) => {
                host.statistics.slow_micros.store(*micros, Ordering::Relaxed);
            }
            Change::Password(password) => host.set_password(password.as_deref()),
        }
    }
}
