//! What is asked: the data that every server is filled with, and the requests of each cell.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::Result;
use crate::load::{Batch, Plain, request};

/// Keys of strings: the working set is 26 MB, more than the caches hold.
const KEYS: u32 = 100_000;
const VALUE: [u8; 256] = [b'v'; 256];
/// Requests that are written beforehand for a cell.
const WRITTEN: usize = 32_768;
/// What commands of several keys or elements take at once.
const SEVERAL: u32 = 100;

/// What a cell's requests are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Set,
    Get,
    /// One SET, one GET.
    Both,
    Mget,
    /// MSET and DEL of the same keys, counted as one.
    Del,
    Lrange,
    Zrange,
    Hgetall,
}

/// One row of the tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) pipeline: usize,
    pub(crate) connections: usize,
}

/// All cells, those of single keys first.
pub(crate) fn all() -> Vec<Cell> {
    let mut cells = Vec::new();
    for connections in [50, 200] {
        for pipeline in [1, 16, 64] {
            for (name, kind) in [("SET", Kind::Set), ("GET", Kind::Get), ("1:1", Kind::Both)] {
                cells.push(Cell { name, kind, pipeline, connections });
            }
        }
    }
    let several = [
        ("MGET 100", Kind::Mget),
        ("MSET, DEL 100", Kind::Del),
        ("LRANGE 100", Kind::Lrange),
        ("ZRANGE 100", Kind::Zrange),
        ("HGETALL 100", Kind::Hgetall),
    ];
    // One by one, most of the time goes into the system's calls; in a pipeline, into the commands.
    for pipeline in [1, 16] {
        let cell = |(name, kind)| Cell { name, kind, pipeline, connections: 50 };
        cells.extend(several.map(cell));
    }
    cells
}

impl Cell {
    /// Whether it is about several keys or elements at once.
    pub(crate) fn is_of_several(&self) -> bool {
        !matches!(self.kind, Kind::Set | Kind::Get | Kind::Both)
    }

    /// The batches that its clients send, with what this server answers to them.
    pub(crate) fn batches(&self, plain: &mut Plain, seed: u64) -> Result<Vec<Batch>> {
        let mut random = SmallRng::seed_from_u64(seed);
        let count = match self.is_of_several() {
            true => 512 / self.pipeline,
            false => WRITTEN / self.pipeline,
        };
        let batch = |nth: usize| {
            let mut bytes = Vec::new();
            for step in 0..self.pipeline {
                self.write(&mut bytes, nth, step, &mut random);
            }
            bytes
        };
        let written: Vec<Vec<u8>> = (0..count).map(batch).collect();
        let reply_to = |bytes: &Vec<u8>, plain: &mut Plain| plain.ask(bytes);
        // All batches of a cell have the same answer, or two in turn.
        let answers =
            [reply_to(&written[0], plain)?, reply_to(&written[1 % written.len()], plain)?];
        let batches = written.into_iter().enumerate().map(|(nth, bytes)| {
            let answer = &answers[nth % 2];
            let operations = self.pipeline as u64;
            Batch { bytes, operations, reply_len: answer.len(), reply_start: answer[0] }
        });
        Ok(batches.collect())
    }

    fn write(&self, into: &mut Vec<u8>, nth: usize, step: usize, random: &mut SmallRng) {
        let key = key(random.random_range(0..KEYS));
        let several = || (0..SEVERAL).map(|_| 0);
        match self.kind {
            Kind::Both if (nth + step) % 2 == 0 => request(into, &[b"SET", &key[..], &VALUE]),
            Kind::Set => request(into, &[b"SET", &key[..], &VALUE]),
            Kind::Get | Kind::Both => request(into, &[b"GET", &key[..]]),
            Kind::Mget => {
                let mut words = vec![b"MGET".to_vec()];
                words.extend(several().map(|_| self::key(random.random_range(0..KEYS))));
                request(into, &words);
            }
            Kind::Del => {
                // Keys of its own: nobody else takes them away in between.
                let keys: Vec<Vec<u8>> = (0..SEVERAL)
                    .map(|n| format!("{nth:04}:{step:04}:{n:04}").into_bytes())
                    .collect();
                let pairs = keys.iter().flat_map(|key| [key.clone(), VALUE[..64].to_vec()]);
                request(into, &[b"MSET".to_vec()].into_iter().chain(pairs).collect::<Vec<_>>());
                let words = [b"DEL".to_vec()].into_iter().chain(keys);
                request(into, &words.collect::<Vec<_>>());
            }
            Kind::Lrange => request(into, &["LRANGE", "list", "0", "99"]),
            Kind::Zrange => request(into, &["ZRANGE", "zset", "0", "99"]),
            Kind::Hgetall => request(into, &["HGETALL", "hash"]),
        }
    }
}

fn key(n: u32) -> Vec<u8> {
    format!("key:{n:012}").into_bytes()
}

/// Fills a server with what all cells read.
pub(crate) fn fill(plain: &mut Plain) -> Result<()> {
    for first in (0..KEYS).step_by(1000) {
        let mut bytes = Vec::new();
        (first..first + 1000).for_each(|n| request(&mut bytes, &[b"SET", &key(n)[..], &VALUE]));
        plain.ask(&bytes)?;
    }
    let mut bytes = Vec::new();
    for n in 0..SEVERAL {
        let element = format!("element:{n:08}");
        request(&mut bytes, &["RPUSH", "list", &element]);
        request(&mut bytes, &["ZADD", "zset", &n.to_string(), &element]);
        request(&mut bytes, &["HSET", "hash", &element, &element]);
    }
    plain.ask(&bytes)?;
    Ok(())
}
