//! The stored form of documents beside BSON, JSONB, JSON text and a tree of `serde_json` values.
//!
//! `cargo run --release --manifest-path tests/peers/Cargo.toml --features forms --bin forms`
//! prints a table in markdown for each kind of document; with one word more only the cells whose
//! name contains it, say `kora` or `encode`. The contestants take turns, and the numbers are
//! nanoseconds a document, the median of the rounds. Kora's form is compiled in from its sources:
//! it is no part of the crate's public face.
#![expect(clippy::print_stdout, reason = "a program that prints a report")]
#![expect(clippy::unwrap_used, reason = "a bench ends at the first thing that goes wrong")]

use std::hint::black_box;
use std::io::Read;
use std::time::Instant;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[path = "../../../../kora/src/document/form/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the bench uses only some of it")]
mod form;

const DOCUMENTS: usize = 10_000;
const ROUNDS: usize = 15;

fn main() {
    let quakes = quakes();
    println!("{DOCUMENTS} documents, median of {ROUNDS} rounds, nanoseconds a document\n");
    let reads: &[&[&str]] = &[&["properties", "mag"], &["properties", "magType"], &["id"]];
    compare("Earthquakes, GeoJSON: 4 fields, one of them with 26", quakes, reads);
    let reads: &[&[&str]] = &[&["age"], &["city"], &["version"]];
    compare("Users: 8 fields", users(), reads);
}

/// What every contestant can do.
trait Contestant {
    const NAME: &'static str;
    type Stored;

    fn encode<T: Serialize>(document: &T) -> Self::Stored;
    fn decode<T: DeserializeOwned>(stored: &Self::Stored) -> T;
    /// Reads one field and folds it into a number.
    fn read(stored: &Self::Stored, path: &[&str]) -> u64;
    fn json(stored: &Self::Stored) -> Vec<u8>;
    fn parse(text: &[u8]) -> Self::Stored;
    fn size(stored: &Self::Stored) -> usize;
}

struct Kora;

impl Contestant for Kora {
    const NAME: &'static str = "kora";
    type Stored = form::Form;

    fn encode<T: Serialize>(document: &T) -> form::Form {
        form::to_form(document).unwrap()
    }

    fn decode<T: DeserializeOwned>(stored: &form::Form) -> T {
        form::from_form(stored).unwrap()
    }

    fn read(stored: &form::Form, path: &[&str]) -> u64 {
        let document = form::ValueRef::new(stored).unwrap();
        match path.iter().try_fold(document, |value, name| value.get(name)) {
            Some(form::ValueRef::Number(number)) => number.as_f64().to_bits(),
            Some(form::ValueRef::String(text)) => text.len() as u64,
            other => panic!("{other:?}"),
        }
    }

    fn json(stored: &form::Form) -> Vec<u8> {
        let mut text = Vec::new();
        form::write_json(form::ValueRef::new(stored).unwrap(), &mut text).unwrap();
        text
    }

    fn parse(text: &[u8]) -> form::Form {
        form::from_json(text).unwrap()
    }

    fn size(stored: &form::Form) -> usize {
        stored.len()
    }
}

struct Bson;

impl Contestant for Bson {
    const NAME: &'static str = "bson (raw)";
    type Stored = Vec<u8>;

    fn encode<T: Serialize>(document: &T) -> Vec<u8> {
        bson::serialize_to_vec(document).unwrap()
    }

    fn decode<T: DeserializeOwned>(stored: &Vec<u8>) -> T {
        bson::deserialize_from_slice(stored).unwrap()
    }

    fn read(stored: &Vec<u8>, path: &[&str]) -> u64 {
        let mut document = bson::RawDocument::from_bytes(stored).unwrap();
        let (last, way) = path.split_last().unwrap();
        for name in way {
            document = document.get_document(name).unwrap();
        }
        let value = document.get(last).unwrap().unwrap();
        if let Some(text) = value.as_str() {
            return text.len() as u64;
        }
        let integer = || value.as_i32().map(f64::from).or(value.as_i64().map(|n| n as f64));
        value.as_f64().or_else(integer).unwrap().to_bits()
    }

    fn json(stored: &Vec<u8>) -> Vec<u8> {
        // Its own way to JSON is by a tree.
        let document = bson::Document::from_reader(stored.as_slice()).unwrap();
        serde_json::to_vec(&bson::Bson::from(document).into_relaxed_extjson()).unwrap()
    }

    fn parse(text: &[u8]) -> Vec<u8> {
        let mut json = serde_json::Deserializer::from_slice(text);
        let document = bson::Document::deserialize(&mut json).unwrap();
        bson::serialize_to_vec(&document).unwrap()
    }

    fn size(stored: &Vec<u8>) -> usize {
        stored.len()
    }
}

struct Jsonb;

impl Contestant for Jsonb {
    const NAME: &'static str = "jsonb";
    type Stored = jsonb::OwnedJsonb;

    fn encode<T: Serialize>(document: &T) -> jsonb::OwnedJsonb {
        jsonb::to_owned_jsonb(document).unwrap()
    }

    fn decode<T: DeserializeOwned>(stored: &jsonb::OwnedJsonb) -> T {
        jsonb::from_raw_jsonb(&stored.as_raw()).unwrap()
    }

    fn read(stored: &jsonb::OwnedJsonb, path: &[&str]) -> u64 {
        let keys: Vec<_> =
            path.iter().map(|name| jsonb::keypath::KeyPath::Name((*name).into())).collect();
        let found = stored.as_raw().get_by_keypath(keys.iter()).unwrap().unwrap();
        let found = found.as_raw();
        if let Ok(Some(text)) = found.as_str() {
            return text.len() as u64;
        }
        found.to_f64().unwrap().to_bits()
    }

    fn json(stored: &jsonb::OwnedJsonb) -> Vec<u8> {
        stored.as_raw().to_string().into_bytes()
    }

    fn parse(text: &[u8]) -> jsonb::OwnedJsonb {
        jsonb::parse_owned_jsonb(text).unwrap()
    }

    fn size(stored: &jsonb::OwnedJsonb) -> usize {
        stored.as_ref().len()
    }
}

struct Text;

impl Contestant for Text {
    const NAME: &'static str = "JSON text";
    type Stored = Vec<u8>;

    fn encode<T: Serialize>(document: &T) -> Vec<u8> {
        serde_json::to_vec(document).unwrap()
    }

    fn decode<T: DeserializeOwned>(stored: &Vec<u8>) -> T {
        serde_json::from_slice(stored).unwrap()
    }

    fn read(stored: &Vec<u8>, path: &[&str]) -> u64 {
        fold(serde_json::from_slice::<Value>(stored).unwrap().pointer(&pointer(path)).unwrap())
    }

    fn json(stored: &Vec<u8>) -> Vec<u8> {
        stored.clone()
    }

    fn parse(text: &[u8]) -> Vec<u8> {
        serde_json::from_slice::<IgnoredAny>(text).unwrap();
        text.to_vec()
    }

    fn size(stored: &Vec<u8>) -> usize {
        stored.len()
    }
}

struct Tree;

impl Contestant for Tree {
    const NAME: &'static str = "serde_json::Value";
    type Stored = Value;

    fn encode<T: Serialize>(document: &T) -> Value {
        serde_json::to_value(document).unwrap()
    }

    fn decode<T: DeserializeOwned>(stored: &Value) -> T {
        T::deserialize(stored).unwrap()
    }

    fn read(stored: &Value, path: &[&str]) -> u64 {
        fold(path.iter().fold(stored, |value, name| &value[name]))
    }

    fn json(stored: &Value) -> Vec<u8> {
        serde_json::to_vec(stored).unwrap()
    }

    fn parse(text: &[u8]) -> Value {
        serde_json::from_slice(text).unwrap()
    }

    /// A lower bound: values, names and texts, without the nodes of the maps and what the
    /// allocator rounds up.
    fn size(stored: &Value) -> usize {
        let inside = match stored {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(elements) => elements.iter().map(Self::size).sum(),
            Value::Object(fields) => {
                let names = fields.keys().map(|name| size_of::<String>() + name.len());
                names.sum::<usize>() + fields.values().map(Self::size).sum::<usize>()
            }
        };
        size_of::<Value>() + inside
    }
}

fn pointer(path: &[&str]) -> String {
    path.iter().flat_map(|name| ["/", name]).collect()
}

fn fold(value: &Value) -> u64 {
    let text = || value.as_str().unwrap().len() as u64;
    value.as_f64().map_or_else(text, f64::to_bits)
}

/// One measured step.
struct Cell {
    name: &'static str,
    column: String,
    run: Box<dyn Fn() -> u64>,
    times: Vec<f64>,
}

fn compare<T>(title: &str, documents: &'static [T], reads: &'static [&[&str]])
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let mut cells = Vec::new();
    let mut sizes = Vec::new();
    enter::<Kora, T>(documents, reads, &mut cells, &mut sizes);
    enter::<Bson, T>(documents, reads, &mut cells, &mut sizes);
    enter::<Jsonb, T>(documents, reads, &mut cells, &mut sizes);
    enter::<Text, T>(documents, reads, &mut cells, &mut sizes);
    enter::<Tree, T>(documents, reads, &mut cells, &mut sizes);
    if let Some(only) = std::env::args().nth(1) {
        cells.retain(|cell| cell.name.contains(&only) || cell.column.contains(&only));
    }
    for _ in 0..ROUNDS {
        for cell in &mut cells {
            let start = Instant::now();
            black_box((cell.run)());
            cell.times.push(start.elapsed().as_nanos() as f64 / documents.len() as f64);
        }
    }
    print(title, &mut cells, &sizes);
}

fn enter<C: Contestant + 'static, T>(
    documents: &'static [T],
    reads: &'static [&[&str]],
    cells: &mut Vec<Cell>,
    sizes: &mut Vec<(&'static str, usize)>,
) where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
    C::Stored: 'static,
{
    let texts: Vec<Vec<u8>> = documents.iter().map(Text::encode).collect();
    let texts: &'static [Vec<u8>] = texts.leak();
    let stored: Vec<C::Stored> = documents.iter().map(C::encode).collect();
    let stored: &'static [C::Stored] = stored.leak();
    for (stored, document) in stored.iter().zip(documents) {
        assert_eq!(&C::decode::<T>(stored), document, "{}", C::NAME);
    }
    sizes.push((C::NAME, stored.iter().map(C::size).sum::<usize>() / stored.len()));
    let mut add = |column: String, run: Box<dyn Fn() -> u64>| {
        cells.push(Cell { name: C::NAME, column, run, times: Vec::new() });
    };
    let sum = |step: fn(&C::Stored) -> u64| {
        Box::new(move || {
            stored.iter().map(|stored| black_box(step(stored))).fold(0, u64::wrapping_add)
        })
    };
    add(
        "encode".into(),
        Box::new(|| documents.iter().map(|d| C::size(&C::encode(d)) as u64).sum()),
    );
    add(
        "decode".into(),
        sum(|stored| {
            black_box(C::decode::<T>(stored));
            1
        }),
    );
    for path in reads {
        let run = move || stored.iter().map(|s| C::read(s, path)).fold(0, u64::wrapping_add);
        add(format!("read {}", path.join(".")), Box::new(run));
    }
    add("JSON out".into(), sum(|stored| C::json(stored).len() as u64));
    add("JSON in".into(), Box::new(|| texts.iter().map(|t| C::size(&C::parse(t)) as u64).sum()));
}

fn print(title: &str, cells: &mut [Cell], sizes: &[(&'static str, usize)]) {
    let mut columns: Vec<String> = Vec::new();
    for cell in cells.iter() {
        if !columns.contains(&cell.column) {
            columns.push(cell.column.clone());
        }
    }
    println!("## {title}\n\n| | bytes | {} |", columns.join(" | "));
    println!("|---|{}", "---:|".repeat(columns.len() + 1));
    for (name, size) in sizes {
        let own = cells.iter_mut().filter(|cell| cell.name == *name);
        let medians = own.map(|cell| {
            cell.times.sort_by(f64::total_cmp);
            format!("{:.0}", cell.times[cell.times.len() / 2])
        });
        println!("| {name} | {size} | {} |", medians.collect::<Vec<_>>().join(" | "));
    }
    println!();
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Quake {
    r#type: String,
    properties: Properties,
    geometry: Geometry,
    id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    mag: Option<f64>,
    place: Option<String>,
    time: i64,
    updated: i64,
    tz: Option<i32>,
    url: String,
    detail: String,
    felt: Option<u32>,
    cdi: Option<f64>,
    mmi: Option<f64>,
    alert: Option<String>,
    status: String,
    tsunami: u8,
    sig: i32,
    net: String,
    code: String,
    ids: String,
    sources: String,
    types: String,
    nst: Option<u32>,
    dmin: Option<f64>,
    rms: Option<f64>,
    gap: Option<f64>,
    mag_type: Option<String>,
    r#type: String,
    title: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Geometry {
    r#type: String,
    coordinates: [f64; 3],
}

fn quakes() -> &'static [Quake] {
    let packed = include_bytes!("../../../../examples/data/earthquakes.ndjson.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    let quakes: Vec<Quake> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // Every one has the fields that are read.
    let usable = quakes
        .iter()
        .filter(|quake| quake.properties.mag.is_some() && quake.properties.mag_type.is_some());
    usable.cycle().take(DOCUMENTS).cloned().collect::<Vec<_>>().leak()
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct User {
    id: String,
    email: String,
    city: String,
    age: u32,
    active: bool,
    score: f64,
    created: u64,
    version: u64,
}

fn users() -> &'static [User] {
    let cities = ["Accra", "Lagos", "Nairobi", "São Paulo", "Reykjavík"];
    let users = (0..).zip(cities.into_iter().cycle()).take(DOCUMENTS).map(|(n, city)| User {
        id: format!("user-{n:08}"),
        email: format!("person.{n}@example.com"),
        city: city.to_owned(),
        age: 18 + n % 70,
        active: n % 3 != 0,
        score: f64::from(n) * 0.37,
        created: 1_700_000_000_000 + u64::from(n) * 1000,
        version: u64::from(n % 9),
    });
    users.collect::<Vec<_>>().leak()
}
