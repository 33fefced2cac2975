//! The tables of the arrows: which files form a layer, and the few arrows that go neither down nor
//! stay at home.
//!
//! Only data, for [`super::arrows`] to read. All paths start at `kora/src`; patterns are those of
//! [`super::tree::fits`]. Whoever adds a module adds it to [`LAYERS`]; a new line in [`SIDEWAYS`]
//! is a decision, and its reason is part of it.

/// Files that stand on one level.
pub(super) struct Layer {
    pub(super) level: u8,
    /// What the level is called in a message.
    pub(super) name: &'static str,
    pub(super) files: &'static [&'static str],
}

const fn layer(level: u8, name: &'static str, files: &'static [&'static str]) -> Layer {
    Layer { level, name, files }
}

/// From the top down. The first layer that fits a file is its layer, so a name that carries its
/// level wins over its folder.
pub(super) const LAYERS: &[Layer] = &[
    layer(8, "programs", &["bin/"]),
    layer(7, "the crate root", &["lib.rs"]),
    layer(
        6,
        "the front door",
        &[
            "database.rs",
            "asynchronous.rs",
            "execution.rs",
            "transaction.rs",
            "waiting.rs",
            "testing.rs",
        ],
    ),
    layer(6, "the server", &["server/"]),
    layer(6, "typed documents", &["repository/"]),
    layer(5, "the typed surface", &["surface.rs"]),
    layer(5, "inspection", &["inspect/"]),
    layer(5, "commands", &["**/commands.rs", "**/commands/", "command/"]),
    layer(5, "sessions", &["session/"]),
    layer(5, "typed methods", &["**/api.rs", "**/api/"]),
    layer(
        4,
        "operations",
        &["types/*/ops.rs", "types/*/ops/", "keyspace/ops.rs", "keyspace/ops/", "document/ops/"],
    ),
    layer(3, "the engine", &["engine/"]),
    layer(3, "arguments", &["arguments.rs"]),
    layer(2, "channels", &["pubsub/"]),
    layer(2, "the keyspace", &["keyspace/", "memory.rs", "memory/"]),
    layer(1, "bytes and files", &["storage/format/", "storage/fs/"]),
    layer(2, "the storage", &["storage/"]),
    layer(0, "the ground", &["document/form/"]),
    layer(1, "the collections", &["document/collection/"]),
    layer(2, "the plans", &["document/"]),
    layer(0, "the ground", &["types/packed/"]),
    layer(1, "values", &["types/"]),
    layer(0, "the ground", &["error/", "config.rs", "clock.rs", "random.rs", "mutation.rs"]),
    layer(0, "the ground", &["text/", "map/", "query/", "stats/"]),
];

/// Not checked: tests beside the code may look at everything.
pub(super) const UNCHECKED: &[&str] = &["**/tests.rs", "**/tests/"];

/// The arrows that may stand although they do not go down: from, to, and why.
pub(super) const SIDEWAYS: &[(&str, &str, &str)] = &[
    ("**", "error/", "every result carries the one Error"),
    ("config.rs", "clock.rs", "the clock is an option"),
    ("random.rs", "map/", "random numbers come from the hash that finds keys"),
    ("**/commands.rs", "command/", "commands speak in Args and Reply"),
    ("**/commands/", "command/", "commands speak in Args and Reply"),
    ("command/", "**/commands.rs", "the table gathers each folder's COMMANDS"),
    ("command/", "**/commands/", "the table gathers each folder's COMMANDS"),
    ("types/*/ops.rs", "keyspace/ops.rs", "operations on a key of any type"),
    ("asynchronous.rs", "database.rs", "the asynchronous view of the database"),
    ("execution.rs", "asynchronous.rs", "a command awaited, with the methods that begin it"),
    ("execution.rs", "database.rs", "a command awaited is one of a database"),
    ("database.rs", "asynchronous.rs", "the database gives out its asynchronous view"),
    ("types/packed/", "text/", "packed integers are written and read as text"),
    ("**/api.rs", "surface.rs", "typed methods are declared on both surfaces at once"),
    ("**/api/", "surface.rs", "typed methods are declared on both surfaces at once"),
    ("surface.rs", "**", "its macros name what stands where they are used"),
    ("config.rs", "keyspace/key.rs", "how many shards there may be: one a stripe"),
    ("config.rs", "storage/fs/simulated/", "a test's disk is an option"),
    ("error/", "query/", "a query's error is one of the errors"),
    ("document/api/", "database.rs", "collections are handed out by the database"),
    ("repository/", "database.rs", "repositories are handed out by the database"),
    ("repository/", "asynchronous.rs", "repositories are handed out by the database"),
    ("repository/", "transaction.rs", "repositories are handed out by transactions"),
    ("document/api/", "transaction.rs", "collections are handed out by transactions"),
    ("document/api/", "asynchronous.rs", "collections are handed out by the database"),
    ("pubsub/api.rs", "database.rs", "subscriptions are handed out by the database"),
    ("pubsub/api.rs", "asynchronous.rs", "subscriptions are handed out by the database"),
    ("waiting.rs", "database.rs", "more methods of the database"),
    ("waiting.rs", "asynchronous.rs", "more methods of the database"),
    ("transaction.rs", "database.rs", "a database does transactions"),
    ("transaction.rs", "asynchronous.rs", "a database does transactions"),
    ("engine/recovery/", "engine/collections/", "recovery fills collections too"),
    ("server/", "database.rs", "a database is served"),
    ("session/", "command/", "a session runs commands"),
    ("command/", "session/", "commands about a connection are given it"),
    ("testing.rs", "database.rs", "more methods of the database, for tests"),
    ("testing.rs", "server/", "a server, for tests of code that speaks Redis"),
];

/// What a kind of file does not know: an invariant by absence.
pub(super) struct Ignorance {
    pub(super) files: &'static [&'static str],
    /// The files that are there to know it, so that the others need not.
    pub(super) except: &'static [&'static str],
    /// Paths outside the crate; what stands below them is meant too.
    pub(super) of: &'static [&'static [&'static str]],
    pub(super) why: &'static str,
}

const FILES: &[&str] = &["std", "fs"];
const SOCKETS: &[&str] = &["std", "net"];
const MIO: &[&str] = &["mio"];
const THREADS: &[&str] = &["std", "thread"];
const TIME: &[&str] = &["std", "time"];
const CHANNELS: &[&str] = &["crossbeam_channel"];
const LOCKS: &[&str] = &["parking_lot"];

/// Paths that fall under a line of [`IGNORANCE`] by their beginning only: a guard may ask whether
/// it drops in a panic.
pub(super) const HARMLESS: &[&[&str]] = &[&["std", "thread", "panicking"]];

/// The invariants by absence that reading paths can hold. Layers are checked apart; a file may fall
/// under several lines.
pub(super) const IGNORANCE: &[Ignorance] = &[
    Ignorance {
        files: &["**"],
        // What those read is the system's and the user's, and no data.
        except: &["storage/fs/disk.rs", "session/process_facts.rs", "bin/"],
        of: &[FILES],
        why: "the engine touches no file but through the trait Fs",
    },
    Ignorance {
        files: &["**"],
        except: &["server/"],
        of: &[SOCKETS, MIO],
        why: "only the server opens sockets",
    },
    Ignorance {
        files: &["types/*.rs", "types/*/*.rs"],
        except: &["types/*/ops.rs", "types/*/commands.rs", "types/*/api.rs"],
        of: &[THREADS, TIME, CHANNELS, LOCKS],
        why: "a value is pure: it knows no clock, no thread and no lock",
    },
    Ignorance {
        files: &["types/", "keyspace/"],
        except: &["**/api.rs"],
        of: &[THREADS, CHANNELS],
        why: "types and keyspace know no thread",
    },
];
