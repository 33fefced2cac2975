//! What durability costs, beside embedded stores and redis-server, in one run.
//!
//! `cargo run --release --manifest-path tests/peers/Cargo.toml --features durable --bin durable [PART..]`
//! with the parts `relaxed`, `always`, `snapshot` and `reopen`. Data lie under `KORA_BENCH_DIR`, or
//! else under the system's directory for temporary files: take one on the disk that is meant.

mod limit;
mod redis;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use kevy_embedded::AppendFsync;
use kora::{Config, Database, Durability};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use limit::{GroupCommit, RECORD_BYTES, raw_rate};
use redis::Redis;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const KEYS: u64 = 1_000_000;
const REOPEN_KEYS: [u64; 2] = [500_000, 1_000_000];
const ROUNDS: usize = 5;
const THREADS: [usize; 4] = [1, 2, 4, 8];
const TURN: Duration = Duration::from_millis(600);

fn main() -> Result<()> {
    let parts: Vec<String> = std::env::args().skip(1).collect();
    let wants = |part: &str| parts.is_empty() || parts.iter().any(|wanted| wanted == part);
    let root = std::env::var_os("KORA_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let root = root.join(format!("kora-durable-{}", std::process::id()));
    fs::create_dir_all(&root)?;
    let done = run(&root, wants);
    fs::remove_dir_all(&root)?;
    done
}

fn run(root: &Path, wants: impl Fn(&str) -> bool) -> Result<()> {
    if wants("relaxed") {
        relaxed(root)?;
    }
    if wants("always") {
        always(root)?;
    }
    if wants("snapshot") {
        snapshot(root)?;
    }
    if wants("reopen") {
        for keys in REOPEN_KEYS {
            reopen(&root.join(keys.to_string()), keys)?;
        }
    }
    Ok(())
}

fn key(n: u64) -> [u8; 16] {
    let mut key = *b"key:000000000000";
    let (mut rest, mut at) = (n, 15);
    while rest > 0 {
        key[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        at -= 1;
    }
    key
}

const VALUE: [u8; 64] = [b'v'; 64];

fn open(dir: Option<PathBuf>, durability: Durability) -> Result<Database> {
    Ok(Database::open(Config { data_dir: dir, durability, ..Config::default() })?)
}

/// Operations a second of `threads` threads that each call `op` with a random number generator.
fn rate(threads: usize, turn: Duration, op: &(dyn Fn(&mut SmallRng) + Sync)) -> f64 {
    let stop = AtomicBool::new(false);
    let start = Instant::now();
    let total: u64 = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let stop = &stop;
                scope.spawn(move || {
                    let mut random = SmallRng::seed_from_u64(thread as u64 + 1);
                    let mut count = 0;
                    while !stop.load(Ordering::Relaxed) {
                        op(&mut random);
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        std::thread::sleep(turn);
        stop.store(true, Ordering::Relaxed);
        workers.into_iter().map(|worker| worker.join().expect("no panic")).sum()
    });
    total as f64 / start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A store by its name, and what writes one pair to it.
type Writer<'a> = (&'static str, Box<dyn Fn(&mut SmallRng) + Sync + 'a>);

fn table(
    title: &str,
    threads: usize,
    writers: &[Writer<'_>],
    turn: Duration,
) -> BTreeMap<&'static str, Vec<f64>> {
    let mut rates: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for (name, op) in writers {
            rates.entry(name).or_default().push(rate(threads, turn, &**op));
        }
    }
    print!("{title}, {threads} threads:");
    for (name, _) in writers {
        print!("  {name} {:.1} k/s", median(rates[name].clone()) / 1e3);
    }
    println!();
    rates
}

/// The median, over the rounds, of one store's rate by another's.
fn ratio(rates: &BTreeMap<&'static str, Vec<f64>>, one: &str, other: &str) -> f64 {
    median(rates[one].iter().zip(&rates[other]).map(|(one, other)| one / other).collect())
}

fn best<'n>(rates: &BTreeMap<&'static str, Vec<f64>>, names: &[&'n str]) -> &'n str {
    let rate = |name: &&&str| median(rates[**name].clone());
    names.iter().max_by(|a, b| rate(a).total_cmp(&rate(b))).expect("a name")
}

/// Random keys of a million, values of 64 bytes, synced once a second at most.
fn relaxed(root: &Path) -> Result<()> {
    println!("\n## SET, uniform over 1 M keys, 64 B: relaxed durability");
    let memory = open(None, Durability::Os)?;
    let interval = open(Some(root.join("interval")), Durability::Interval(Duration::from_secs(1)))?;
    for n in 0..KEYS {
        memory.set(key(n), VALUE)?;
        interval.set(key(n), VALUE)?;
    }
    let set = |db: &Database, random: &mut SmallRng| {
        db.set(key(random.random_range(0..KEYS)), VALUE).expect("room");
    };
    let kora: Writer<'_> = ("kora", Box::new(|random| set(&interval, random)));
    let own = [("memory", Box::new(|random: &mut SmallRng| set(&memory, random)) as _), kora];
    for threads in THREADS {
        let rates = table("relaxed", threads, &own, TURN);
        println!("  kora/memory {:.2}x (>= 0.7)", ratio(&rates, "kora", "memory"));
    }
    // Apart, because they go on working in the background when their turn is over.
    let fjall = fjall::Config::new(root.join("fjall-relaxed")).fsync_ms(Some(1000)).open()?;
    let part = fjall.open_partition("kv", fjall::PartitionCreateOptions::default())?;
    let redb = redb::Database::create(root.join("redb-relaxed"))?;
    let kevy = kevy(root.join("kevy-relaxed"), AppendFsync::EverySec)?;
    let put = |random: &mut SmallRng| {
        part.insert(key(random.random_range(0..KEYS)), VALUE).expect("room");
    };
    let [_, kora] = own;
    let peers: Vec<Writer<'_>> = vec![
        kora,
        ("fjall", Box::new(put)),
        ("redb", Box::new(|random| redb_put(&redb, random, redb::Durability::None))),
        ("kevy", Box::new(|random| kevy_put(&kevy, random))),
    ];
    for threads in THREADS {
        let rates = table("relaxed, beside peers", threads, &peers, TURN);
        let peer = best(&rates, &["fjall", "redb", "kevy"]);
        println!("  kora/{peer} {:.1}x (>= 2)", ratio(&rates, "kora", peer));
    }
    Ok(())
}

const REDB: redb::TableDefinition<'_, &[u8], &[u8]> = redb::TableDefinition::new("kv");

fn redb_put(db: &redb::Database, random: &mut SmallRng, durability: redb::Durability) {
    let mut write = db.begin_write().expect("a transaction");
    write.set_durability(durability);
    {
        let mut table = write.open_table(REDB).expect("a table");
        table.insert(&key(random.random_range(0..KEYS))[..], &VALUE[..]).expect("room");
    }
    write.commit().expect("room");
}

/// A store with Redis's types and its append-only file.
fn kevy(dir: PathBuf, fsync: AppendFsync) -> Result<kevy_embedded::Store> {
    let config = kevy_embedded::Config::default().with_shards(64).with_persist(dir);
    Ok(kevy_embedded::Store::open(config.with_appendfsync(fsync))?)
}

fn kevy_put(store: &kevy_embedded::Store, random: &mut SmallRng) {
    store.set(&key(random.random_range(0..KEYS)), &VALUE).expect("room");
}

/// Each write waits for the disk.
fn always(root: &Path) -> Result<()> {
    println!("\n## SET that waits for the disk");
    let kora = open(Some(root.join("always")), Durability::Always)?;
    let fjall = fjall::Config::new(root.join("fjall-always")).open()?;
    let part = fjall.open_partition("kv", fjall::PartitionCreateOptions::default())?;
    let redb = redb::Database::create(root.join("redb-always"))?;
    let sqlite = rusqlite::Connection::open(root.join("sqlite"))?;
    sqlite.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE kv(k BLOB PRIMARY KEY, v BLOB)",
    )?;
    let sqlite = Mutex::new(sqlite);
    fs::create_dir_all(root.join("lmdb"))?;
    #[expect(unsafe_code, reason = "LMDB maps its file; nobody else touches this one")]
    // SAFETY: the directory is this program's own.
    let lmdb = unsafe { heed::EnvOpenOptions::new().map_size(1 << 30).open(root.join("lmdb"))? };
    let mut write = lmdb.write_txn()?;
    let tree: heed::Database<heed::types::Bytes, heed::types::Bytes> =
        lmdb.create_database(&mut write, None)?;
    write.commit()?;
    let kevy = kevy(root.join("kevy-always"), AppendFsync::Always)?;
    let raw = GroupCommit::new(&root.join("raw"))?;
    for threads in [1, 8, 32] {
        let writers: Vec<Writer<'_>> = vec![
            (
                "kora",
                Box::new(|random| {
                    kora.set(key(random.random_range(0..KEYS)), VALUE).expect("room")
                }),
            ),
            ("limit", Box::new(|_| raw.commit(&[7; RECORD_BYTES]))),
            ("redb", Box::new(|random| redb_put(&redb, random, redb::Durability::Immediate))),
            (
                "fjall",
                Box::new(|random| {
                    part.insert(key(random.random_range(0..KEYS)), VALUE).expect("room");
                    fjall.persist(fjall::PersistMode::SyncData).expect("a disk");
                }),
            ),
            (
                "sqlite",
                Box::new(|random| {
                    let sqlite = sqlite.lock().expect("no panic");
                    let mut put = sqlite
                        .prepare_cached("INSERT OR REPLACE INTO kv VALUES(?1, ?2)")
                        .expect("sql");
                    put.execute((&key(random.random_range(0..KEYS))[..], &VALUE[..]))
                        .expect("room");
                }),
            ),
            ("kevy", Box::new(|random| kevy_put(&kevy, random))),
            (
                "lmdb",
                Box::new(|random| {
                    let mut write = lmdb.write_txn().expect("a transaction");
                    tree.put(&mut write, &key(random.random_range(0..KEYS)), &VALUE).expect("room");
                    write.commit().expect("room");
                }),
            ),
        ];
        let rates = table("always", threads, &writers, TURN);
        let whole: Vec<f64> = (0..ROUNDS).map(|_| raw_rate(&raw.file, threads)).collect();
        println!(
            "  a disk's own pace (pwrite of {threads} records + fdatasync, one caller) {:.1} k/s",
            median(whole) / 1e3
        );
        let peer = best(&rates, &["redb", "fjall", "sqlite", "kevy", "lmdb"]);
        println!(
            "  kora/limit {:.2}x (>= 0.8)   kora/{peer} {:.2}x (>= 1.0 / 1.3 / 2)",
            ratio(&rates, "kora", "limit"),
            ratio(&rates, "kora", peer)
        );
    }
    Ok(())
}

/// Two writers with and without a snapshot of a million keys beside them.
fn snapshot(root: &Path) -> Result<()> {
    println!("\n## Two writers, and a snapshot of 1 M keys beside them");
    // Only the snapshots that are measured, none by the log's size.
    let config = Config {
        data_dir: Some(root.join("snapshot")),
        snapshot_log_bytes: u64::MAX,
        ..Config::default()
    };
    let db = Database::open(config)?;
    for n in 0..KEYS {
        db.set(key(n), VALUE)?;
    }
    let (mut without, mut with, mut took) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (waits, _) = writers_beside(&db, || std::thread::sleep(TURN));
        without.push(waits as f64 / 1e3);
        let (waits, time) = writers_beside(&db, || {
            db.snapshot().expect("a disk");
        });
        with.push(waits as f64 / 1e3);
        took.push(time.as_secs_f64() * 1e3);
    }
    let ratio = median(with.iter().zip(&without).map(|(with, without)| with / without).collect());
    println!(
        "p99.9 of a SET: {:.1} us without, {:.1} us with: {ratio:.2}x (<= 2); a snapshot took {:.0} ms",
        median(without),
        median(with),
        median(took)
    );
    Ok(())
}

/// The 99.9th percentile of the writers' calls in nanoseconds, and how long `beside` took.
fn writers_beside(db: &Database, beside: impl FnOnce()) -> (u64, Duration) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..2_u64)
            .map(|seed| {
                let stop = &stop;
                scope.spawn(move || {
                    let mut random = SmallRng::seed_from_u64(seed);
                    let mut waits =
                        Histogram::<u64>::new_with_max(60_000_000_000, 3).expect("bounds");
                    while !stop.load(Ordering::Relaxed) {
                        let start = Instant::now();
                        db.set(key(random.random_range(0..KEYS)), VALUE).expect("room");
                        let wait = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
                        waits.saturating_record(wait);
                    }
                    waits
                })
            })
            .collect();
        let start = Instant::now();
        beside();
        let took = start.elapsed();
        stop.store(true, Ordering::Relaxed);
        let mut all = Histogram::<u64>::new_with_max(60_000_000_000, 3).expect("bounds");
        for writer in writers {
            all.add(writer.join().expect("no panic")).expect("the same bounds");
        }
        (all.value_at_quantile(0.999), took)
    })
}

/// From nothing to the first answered get.
fn reopen(root: &Path, keys: u64) -> Result<()> {
    println!("\n## From a start to the first answered get, {keys} keys of 16 B, values of 64 B");
    let dir = root.join("reopen");
    let fill = |snapshot: bool| -> Result<()> {
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        let db = open(Some(dir.clone()), Durability::Interval(Duration::from_secs(1)))?;
        for n in 0..keys {
            db.set(key(n), VALUE)?;
        }
        if snapshot {
            db.snapshot()?;
        }
        Ok(())
    };
    let kora = || -> Result<f64> {
        let start = Instant::now();
        let db = open(Some(dir.clone()), Durability::Interval(Duration::from_secs(1)))?;
        assert!(db.get(key(keys / 2))?.is_some());
        Ok(start.elapsed().as_secs_f64() * 1e3)
    };
    fill(true)?;
    let rdb = Redis::filled(
        &root.join("redis-rdb"),
        keys,
        &["--save", "3600 1", "--appendonly", "no"],
        true,
    )?;
    let aof = Redis::filled(
        &root.join("redis-aof"),
        keys,
        &[
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "no",
            "--aof-use-rdb-preamble",
            "no",
        ],
        false,
    )?;
    let (mut snapshots, mut rdbs, mut aofs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        snapshots.push(kora()?);
        rdbs.push(rdb.load()?);
        aofs.push(aof.load()?);
    }
    fill(false)?;
    let logs = (0..ROUNDS).map(|_| kora()).collect::<Result<Vec<f64>>>()?;
    let by = |ours: &[f64], theirs: &[f64]| {
        median(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect())
    };
    println!(
        "kora snapshot {:.0} ms, redis RDB {:.0} ms: {:.2}x (<= 0.5); kora log {:.0} ms, redis AOF {:.0} ms: {:.2}x",
        median(snapshots.clone()),
        median(rdbs.clone()),
        by(&snapshots, &rdbs),
        median(logs.clone()),
        median(aofs.clone()),
        by(&logs, &aofs)
    );
    Ok(())
}
