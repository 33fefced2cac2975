//! The members of a large sorted set under small numbers: the ids that the tree and the hash
//! index beside it work with.
//!
//! An allocation for each member would cost 16 bytes of headers and padding. Here the bytes lie
//! end to end in chunks, as packed elements, and an id leads to a place: 14 bytes for the score,
//! the chunk and the offset. What a removed member leaves is waste until its chunk holds more of
//! it than of members; then the owner moves the members that are left ([`Members::give_up`],
//! [`Members::put_back`]), so waste is never more than the members' own bytes and one chunk.
//! Moving one chunk is the longest step, and giving the whole set back is freeing its chunks.
//!
//! It does not know which member has which id; the hash index does.
//!
//! Invariants: an id in use has a place, and at that place begins its member. The free ids form a
//! list through their `chunks`. `bytes` is the sum of the capacities of all chunks.

use crate::map::ALLOCATION_OVERHEAD;
use crate::types::packed::{self, Element, Elements};

/// Ids in a row. A row takes 1008 bytes, which is what fits beside glibc's word into a kilobyte.
const ROW_LEN: usize = 72;
/// Bytes of members in a chunk. Moving half of it takes some ten microseconds.
const CHUNK_LEN: usize = 8 << 10;
/// A longer member gets a chunk of its own.
const SHARED_LEN_MAX: usize = CHUNK_LEN / 8;
/// From so many chunks on a chunk is allocated whole: what of it is not used is less than an
/// eighth of all. Before that it grows.
const WHOLE_FROM: usize = 8;
/// The end of the list of free ids.
const NONE: u32 = u32::MAX;

/// Where the member of an id begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    chunk: u32,
    offset: u16,
}

/// What is known of a stretch of ids.
#[derive(Debug)]
struct Row {
    scores: [f64; ROW_LEN],
    chunks: [u32; ROW_LEN],
    offsets: [u16; ROW_LEN],
}

/// Members end to end.
#[derive(Debug, Default)]
struct Chunk {
    run: Vec<u8>,
    /// Bytes of removed members.
    waste: usize,
}

/// Members and their scores, by id.
#[derive(Debug)]
pub(super) struct Members {
    #[expect(clippy::vec_box, reason = "rows stay where they are when there are more of them")]
    rows: Vec<Box<Row>>,
    /// Every id below this one was given out once.
    id_end: u32,
    /// The first free id below `id_end`.
    free_id: u32,
    len: usize,
    chunks: Vec<Chunk>,
    /// Chunks without members.
    free_chunks: Vec<u32>,
    /// The chunk that small members are appended to.
    open: Option<u32>,
    bytes: usize,
}

const _: () = assert!(size_of::<Row>() <= 1016 && CHUNK_LEN <= u16::MAX as usize);

impl Members {
    pub(super) fn new() -> Members {
        Members {
            rows: Vec::new(),
            id_end: 0,
            free_id: NONE,
            len: 0,
            chunks: Vec::new(),
            free_chunks: Vec::new(),
            open: None,
            bytes: 0,
        }
    }

    /// Bytes on the heap. O(1).
    pub(super) fn heap_bytes(&self) -> usize {
        let rows = self.rows.len() * (size_of::<Row>() + ALLOCATION_OVERHEAD);
        let chunks = (self.chunks.len() - self.free_chunks.len()) * ALLOCATION_OVERHEAD;
        let lists = self.rows.capacity() * size_of::<Box<Row>>()
            + self.chunks.capacity() * size_of::<Chunk>()
            + self.free_chunks.capacity() * size_of::<u32>();
        rows + chunks + lists + self.bytes
    }

    /// Whether most ids are free, so that a copy of the members would take much less.
    pub(super) fn is_roomy(&self) -> bool {
        self.rows.len() > 8 && self.len < self.rows.len() * ROW_LEN / 4
    }

    /// The member of an id in use.
    #[inline]
    pub(super) fn get(&self, id: u32) -> Element<'_> {
        let Place { chunk, offset } = self.place(id);
        let run = &self.chunks[chunk as usize].run;
        Elements::starting_at(run, offset.into()).next().expect("a member stands at every place")
    }

    /// The score of an id in use.
    #[inline]
    pub(super) fn score(&self, id: u32) -> f64 {
        let (row, at) = row_of(id);
        self.rows[row].scores[at]
    }

    /// Gives an id in use another score.
    pub(super) fn set_score(&mut self, id: u32, score: f64) {
        let (row, at) = row_of(id);
        self.rows[row].scores[at] = score;
    }

    /// Whether the member of an id in use begins here.
    pub(super) fn stands_at(&self, id: u32, place: Place) -> bool {
        self.place(id) == place
    }

    #[inline]
    fn place(&self, id: u32) -> Place {
        let (row, at) = row_of(id);
        let row = &self.rows[row];
        Place { chunk: row.chunks[at], offset: row.offsets[at] }
    }

    fn set_place(&mut self, id: u32, place: Place) {
        let (row, at) = row_of(id);
        let row = &mut self.rows[row];
        (row.chunks[at], row.offsets[at]) = (place.chunk, place.offset);
    }

    /// Adds a member, which is not there yet, and gives it an id.
    pub(super) fn insert(&mut self, member: Element<'_>, score: f64) -> u32 {
        let place = match member {
            Element::Bytes(text) => {
                self.append(packed::encoded_len(text), |run| packed::encode(run, text))
            }
            Element::Integer(integer) => {
                let len = member.with_bytes(packed::encoded_len);
                self.append(len, |run| packed::encode_integer(run, integer))
            }
        };
        let id = self.take_id();
        self.set_place(id, place);
        self.set_score(id, score);
        self.len += 1;
        id
    }

    fn take_id(&mut self) -> u32 {
        if self.free_id != NONE {
            let (row, at) = row_of(self.free_id);
            return std::mem::replace(&mut self.free_id, self.rows[row].chunks[at]);
        }
        let id = self.id_end;
        assert!(id != NONE, "a sorted set has fewer than 2^32 - 1 members");
        if row_of(id).0 == self.rows.len() {
            let row = Row { scores: [0.0; ROW_LEN], chunks: [0; ROW_LEN], offsets: [0; ROW_LEN] };
            self.rows.push(Box::new(row));
        }
        self.id_end += 1;
        id
    }

    /// Frees an id and its member. Returns the chunk that the member stood in, if that is to be
    /// given up.
    pub(super) fn remove(&mut self, id: u32) -> Option<u32> {
        let Place { chunk: number, offset } = self.place(id);
        let chunk = &mut self.chunks[number as usize];
        let mut behind = Elements::starting_at(&chunk.run, offset.into());
        behind.next();
        chunk.waste += behind.offset() - usize::from(offset);
        // The open chunk has time until it could be full.
        let len = if self.open == Some(number) { CHUNK_LEN } else { chunk.run.len() };
        let is_wasteful = chunk.waste * 2 > len;
        let next = std::mem::replace(&mut self.free_id, id);
        self.set_place(id, Place { chunk: next, offset: 0 });
        self.len -= 1;
        is_wasteful.then_some(number)
    }

    /// Takes a chunk's bytes out: removed members, and members that are to be
    /// [put back](Members::put_back).
    pub(super) fn give_up(&mut self, number: u32) -> Vec<u8> {
        let chunk = std::mem::take(&mut self.chunks[number as usize]);
        if self.open == Some(number) {
            self.open = None;
        }
        self.bytes -= chunk.run.capacity();
        chunk.run
    }

    /// Ends what [`Members::give_up`] began: the chunk's number may be used again.
    pub(super) fn given_up(&mut self, number: u32) {
        self.free_chunks.push(number);
    }

    /// Where a byte of a chunk that was given up stood.
    pub(super) fn place_in(number: u32, offset: usize) -> Place {
        Place { chunk: number, offset: u16::try_from(offset).expect("members begin below 64 KiB") }
    }

    /// Gives the member of an id in use another place; `element` is how it stood in its chunk.
    pub(super) fn put_back(&mut self, id: u32, element: &[u8]) {
        let place = self.append(element.len(), |run| run.extend_from_slice(element));
        self.set_place(id, place);
    }

    /// Appends an element of this length to a chunk.
    fn append(&mut self, len: usize, write: impl FnOnce(&mut Vec<u8>)) -> Place {
        let number = self.chunk_for(len);
        let is_whole = self.chunks.len() >= WHOLE_FROM;
        let run = &mut self.chunks[number as usize].run;
        let (offset, before) = (run.len(), run.capacity());
        if len > SHARED_LEN_MAX {
            run.reserve_exact(len);
        } else if is_whole && before == 0 {
            run.reserve_exact(CHUNK_LEN);
        } else {
            packed::reserve(run, len);
        }
        write(run);
        self.bytes += run.capacity() - before;
        Members::place_in(number, offset)
    }

    /// The chunk for an element of this length.
    fn chunk_for(&mut self, len: usize) -> u32 {
        if len > SHARED_LEN_MAX {
            return self.take_chunk();
        }
        let has_room = |number: &u32| self.chunks[*number as usize].run.len() + len <= CHUNK_LEN;
        let number = match self.open.filter(has_room) {
            Some(number) => number,
            None => self.take_chunk(),
        };
        self.open = Some(number);
        number
    }

    fn take_chunk(&mut self) -> u32 {
        self.free_chunks.pop().unwrap_or_else(|| {
            self.chunks.push(Chunk::default());
            u32::try_from(self.chunks.len() - 1).expect("there are fewer chunks than members")
        })
    }
}

#[cfg(test)]
impl Members {
    /// Panics unless the invariants hold and just these ids are in use.
    pub(super) fn check(&self, ids: impl ExactSizeIterator<Item = u32>) {
        assert_eq!(ids.len(), self.len);
        let mut used = vec![0; self.chunks.len()];
        for id in ids {
            let Place { chunk, offset } = self.place(id);
            let mut elements =
                Elements::starting_at(&self.chunks[chunk as usize].run, offset.into());
            elements.next().expect("a member stands at every place");
            used[chunk as usize] += elements.offset() - usize::from(offset);
        }
        for (chunk, used) in self.chunks.iter().zip(&used) {
            assert_eq!(chunk.run.len(), used + chunk.waste);
            assert!(chunk.waste <= used + CHUNK_LEN / 2 + SHARED_LEN_MAX, "{} waste", chunk.waste);
        }
        let capacities = self.chunks.iter().map(|chunk| chunk.run.capacity());
        assert_eq!(capacities.sum::<usize>(), self.bytes);
        let empty = self.chunks.iter().filter(|chunk| chunk.run.capacity() == 0).count();
        assert_eq!(self.free_chunks.len(), empty);
        let (mut free, mut free_count) = (self.free_id, 0);
        while free != NONE {
            (free, free_count) = (self.place(free).chunk, free_count + 1);
        }
        assert_eq!(self.len + free_count, self.id_end as usize);
    }
}

#[inline]
fn row_of(id: u32) -> (usize, usize) {
    (id as usize / ROW_LEN, id as usize % ROW_LEN)
}
