//! A tour of Kora: real data, each data type used for what it is good at, and how long it took.
//!
//! `cargo run --release -p kora-examples --bin tour`, from anywhere inside the checkout. Every step
//! checks what it says; the first thing that is not as it should be ends the tour with an error.
#![expect(clippy::print_stdout, reason = "a program that talks to a person")]

mod documents;
mod wire;

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use kora::{Bytes, Config, Database, Health, KeyType, Progress, SetOptions, Side, Ttl, cmd};
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The word by which the tour starts itself as a process that will be killed.
const WRITER: &str = "--write-until-killed";

fn main() -> Result<()> {
    if let [_, word, dir] = &env::args().collect::<Vec<_>>()[..] {
        if word == WRITER {
            return write_until_killed(dir.into());
        }
    }
    let db = Database::in_memory();
    let cities = step("read the cities of the world", || read("cities.ndjson.gz"))?;
    let quakes = step("read a week of earthquakes", || read("earthquakes.ndjson.gz"))?;

    hashes(&db, &cities)?;
    sets(&db, &cities)?;
    leaderboard(&db, &cities)?;
    counters(&db, &quakes)?;
    queue(&db, &quakes)?;
    sessions(&db)?;
    commands(&db)?;
    databases(&db)?;
    documents::documents(&db, &cities, &quakes)?;
    wire::wire(&db)?;
    durability()?;

    section("What it comes to");
    println!("  {} keys, {:.1} MB in memory", db.dbsize()?, megabytes(db.used_memory()));
    Ok(())
}

/// Hashes: one record a key, read field by field.
fn hashes(db: &Database, cities: &[Value]) -> Result<()> {
    section("Hashes: a record for every city");
    let fields = ["name", "country", "lat", "lng"];
    timed(cities.len(), "HSET of four fields", || {
        for (id, city) in cities.iter().enumerate() {
            let pairs = fields.map(|field| (field, text(city, field)));
            db.hset_many(format!("city:{id}"), pairs)?;
        }
        Ok(())
    })?;
    let place = db.hmget("city:0", ["name", "country"])?;
    println!("  city:0 is {} in {}", show(&place[0]), show(&place[1]));
    expect(db.hlen("city:0")? == 4, "a city has four fields")?;
    println!("  a small hash is stored as a {}", db.object_encoding("city:0")?.unwrap_or("?"));
    Ok(())
}

/// Sets: the names of each country's places, and what two countries share.
fn sets(db: &Database, cities: &[Value]) -> Result<()> {
    section("Sets: the names of places by country");
    timed(cities.len(), "SADD", || {
        for city in cities {
            let country = format!("names:{}", text(city, "country"));
            db.sadd(&country, text(city, "name"))?;
        }
        Ok(())
    })?;
    let shared = step("intersect France and Canada", || Ok(db.sinter(["names:FR", "names:CA"])?))?;
    expect(!shared.is_empty(), "France and Canada share names")?;
    let few: Vec<String> = shared.iter().take(5).map(plain).collect();
    println!("  {} names in both, such as {}", shared.len(), few.join(", "));
    let stored = db.sunionstore("names:benelux", ["names:BE", "names:NL", "names:LU"])?;
    println!("  {stored} names in Belgium, the Netherlands and Luxembourg together");
    Ok(())
}

/// Sorted sets: countries ranked by how many places they have.
fn leaderboard(db: &Database, cities: &[Value]) -> Result<()> {
    section("Sorted sets: a leaderboard of countries");
    timed(cities.len(), "ZINCRBY", || {
        for city in cities {
            db.zincrby("countries", 1.0, text(city, "country"))?;
        }
        Ok(())
    })?;
    for (rank, (country, places)) in (1..).zip(db.zrevrange_with_scores("countries", 0, 4)?) {
        println!("  {rank}. {} with {places} places", plain(&country));
    }
    let ghana = db.zrevrank("countries", "GH")?.ok_or("Ghana has places")?;
    println!("  Ghana is number {}", ghana + 1);
    let large = db.zcount("countries", 1000.0..)?;
    println!("  {large} countries have a thousand places or more");
    Ok(())
}

/// Strings as counters: earthquakes by magnitude.
fn counters(db: &Database, quakes: &[Value]) -> Result<()> {
    section("Counters: earthquakes by magnitude");
    for quake in quakes {
        let magnitude = quake["properties"]["mag"].as_f64().unwrap_or(0.0).floor();
        db.incr(format!("quakes:{magnitude}"))?;
    }
    let keys: Vec<String> = (2..7).map(|magnitude| format!("quakes:{magnitude}")).collect();
    for (key, count) in keys.iter().zip(db.mget(&keys[..])?) {
        println!("  {key}: {}", count.as_ref().map_or_else(|| "none".to_owned(), plain));
    }
    Ok(())
}

/// Lists: a queue that loses nothing while its worker is busy.
fn queue(db: &Database, quakes: &[Value]) -> Result<()> {
    section("Lists: a queue of earthquakes");
    for quake in quakes {
        db.lpush("todo", quake["id"].as_str().ok_or("an earthquake has an id")?)?;
    }
    let mut done = 0;
    timed(quakes.len(), "LMOVE to the worker's list, LREM when done", || {
        while let Some(id) = db.lmove("todo", "doing", Side::Right, Side::Left)? {
            db.lrem("doing", 1, &id)?;
            done += 1;
        }
        Ok(())
    })?;
    expect(done == quakes.len() && db.exists(["todo", "doing"])? == 0, "the queue is empty")?;
    println!("  {done} taken, none left, none lost");
    Ok(())
}

/// Strings that expire: sessions, and a lock.
fn sessions(db: &Database) -> Result<()> {
    section("Keys that expire: sessions and a lock");
    timed(10_000, "SETEX", || {
        for user in 0..10_000 {
            db.setex(format!("session:{user}"), Duration::from_secs(1800), "signed in")?;
        }
        Ok(())
    })?;
    expect(matches!(db.ttl("session:7")?, Ttl::In(_)), "a session expires")?;
    let lock = SetOptions::new().only_if_absent().expires_in(Duration::from_secs(30));
    expect(db.set_with("lock:report", "worker-1", lock)?, "the lock is free")?;
    expect(!db.set_with("lock:report", "worker-2", lock)?, "the lock is taken")?;
    println!("  one worker has the lock, the other does not");
    let before = Instant::now();
    db.setex("blink", Duration::from_millis(20), "gone soon")?;
    while db.get("blink")?.is_some() {
        std::thread::yield_now();
    }
    println!("  a key with 20 ms to live was gone after {:?}", before.elapsed());
    Ok(())
}

/// The same data by raw commands, one by one and in a batch.
fn commands(db: &Database) -> Result<()> {
    section("Raw commands, as a Redis client would send them");
    for command in [
        cmd!("ZRANGE", "countries", "(3000", "+inf", "BYSCORE", "WITHSCORES"),
        cmd!("HGETALL", "city:1"),
        cmd!("SINTERCARD", 2, "names:US", "names:GB"),
    ] {
        println!("{}\n", db.execute(command)?);
    }
    let reads = |_| (0..100).map(|id| cmd!("HGET", format!("city:{}", id * 1000), "name"));
    timed(100 * 100, "HGET, a hundred to a pipeline", || {
        for round in 0..100 {
            let mut pipeline = db.pipeline();
            for command in reads(round) {
                pipeline = pipeline.push(command);
            }
            let answers = pipeline.run();
            expect(answers.len() == 100 && answers.iter().all(|a| a.is_ok()), "all answer")?;
        }
        Ok(())
    })
}

/// Numbered databases, and a walk over the keys.
fn databases(db: &Database) -> Result<()> {
    section("Numbered databases, and a walk over all keys");
    let third = db.select(3)?;
    third.set("only here", "yes")?;
    expect(db.get("only here")?.is_none(), "database 0 does not see database 3")?;
    let mut sets = 0;
    let mut cursor = 0;
    loop {
        let (next, keys) = db.scan_type(cursor, KeyType::Set, kora::ScanOptions::new())?;
        sets += keys.len();
        cursor = next;
        if cursor == 0 {
            break;
        }
    }
    println!("  {sets} of {} keys hold sets", db.dbsize()?);
    third.flushdb()?;
    expect(third.dbsize()? == 0, "database 3 is empty again")
}

/// A directory: a process that writes is killed, and nothing it was told is lost.
fn durability() -> Result<()> {
    section("Durability: a process is killed in the middle of its writes");
    let dir = env::temp_dir().join(format!("kora-tour-{}", process::id()));
    let outcome = kill_and_reopen(&dir);
    fs::remove_dir_all(&dir)?;
    outcome
}

fn kill_and_reopen(dir: &Path) -> Result<()> {
    let mut writer = Command::new(env::current_exe()?)
        .args([WRITER.as_ref(), dir])
        .stdout(Stdio::piped())
        .spawn()?;
    let output = writer.stdout.take().ok_or("the output is piped")?;
    let mut acknowledged = 0;
    for line in BufReader::new(output).lines() {
        // Of a last line that was cut off a smaller number is left.
        let number = line?.parse().unwrap_or(0);
        acknowledged = number.max(acknowledged);
        if number == 20_000 {
            // SIGKILL: no handler runs, nothing is flushed.
            writer.kill()?;
        }
    }
    println!("  process {} was killed: {}", writer.id(), writer.wait()?);
    println!("  until then it had said that {acknowledged} orders are written");

    let db = Database::open(on_disk(dir))?;
    let found = db.open_report().ok_or("the database has a directory")?;
    println!("  opened again: {found:?}");
    for number in 1..=acknowledged {
        let order = db.hget(format!("order:{number}"), "number")?;
        expect(order.is_some_and(|text| plain(&text) == number.to_string()), "an order is there")?;
    }
    let untold = db.dbsize()? - usize::try_from(acknowledged)?;
    println!("  all {acknowledged} are there, and {untold} of which nobody was told");

    let snapshot = step("take a snapshot", || Ok(db.snapshot()?))?;
    println!("  {} keys, {:.1} MB", snapshot.entries, snapshot.bytes as f64 / 1e6);
    step("close", || {
        drop(db);
        Ok(())
    })?;
    let db = step("open from the snapshot", || Ok(Database::open(on_disk(dir))?))?;
    println!("  {:?}", db.open_report().ok_or("the database has a directory")?);
    step("SET that waits for the disk", || Ok(db.durable().set("paid", "yes")?))?;
    expect(db.health() == Health::Good, "the database is well")
}

/// What the process does that will be killed: it writes, and says what it was told is written.
fn write_until_killed(dir: PathBuf) -> Result<()> {
    let db = Database::open(on_disk(&dir))?;
    let mut out = stdout().lock();
    for number in 1_u64.. {
        db.hset(format!("order:{number}"), "number", number.to_string())?;
        writeln!(out, "{number}")?;
    }
    Ok(())
}

fn on_disk(dir: &Path) -> Config {
    Config {
        data_dir: Some(dir.to_owned()),
        on_progress: Progress::new(show_progress),
        ..Config::default()
    }
}

/// A bar on one line, for what takes long to open.
fn show_progress(done: u64, all: u64) {
    const WIDTH: usize = 40;
    /// Less than this takes less than a blink of an eye.
    const SHOWN_MIN: u64 = 256 << 20;
    if all < SHOWN_MIN {
        return;
    }
    let filled = usize::try_from(done.saturating_mul(WIDTH as u64) / all).unwrap_or(0).min(WIDTH);
    let bar = "#".repeat(filled) + &".".repeat(WIDTH - filled);
    let end = if done == all { "\n" } else { "" };
    print!("\r  [{bar}] {:.0} of {:.0} MB{end}", done as f64 / 1e6, all as f64 / 1e6);
    // A bar that cannot be shown is no reason not to open.
    drop(stdout().flush());
}

fn read(name: &str) -> Result<Vec<Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
    let lines = BufReader::new(GzDecoder::new(File::open(path)?)).lines();
    lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or("")
}

fn plain(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn show(value: &Option<Bytes>) -> String {
    value.as_ref().map_or_else(|| "nothing".to_owned(), plain)
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

fn section(title: &str) {
    println!("\n{title}");
}

/// Runs a step and says how long it took.
fn step<R>(what: &str, run: impl FnOnce() -> Result<R>) -> Result<R> {
    let start = Instant::now();
    let result = run()?;
    println!("  {what}: {:?}", start.elapsed());
    Ok(result)
}

/// Runs something that is done `count` times and says how long each took.
fn timed(count: usize, what: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    run()?;
    let each = start.elapsed().as_nanos() / count.max(1) as u128;
    println!("  {count} x {what}: {:?}, {each} ns each", start.elapsed());
    Ok(())
}

fn expect(holds: bool, what: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(format!("not so: {what}").into()) }
}
