//! What the format promises: one form for each text, every text, and no panic on any bytes.

use std::ops::Range;

use super::{
    Element, Elements, check, copies, decode, encode, encode_integer, encoded_len, find, reserve,
    splice,
};
use crate::types::random::Random;

fn encoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out, text);
    out
}

fn run_of(texts: &[Vec<u8>]) -> Vec<u8> {
    let mut run = Vec::new();
    texts.iter().for_each(|text| encode(&mut run, text));
    run
}

fn text_of(element: Element<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    element.write_to(&mut text);
    text
}

/// Mostly short texts over few letters, so that equal ones, prefixes and integers are common.
fn random_text(random: &mut Random) -> Vec<u8> {
    let len = match random.within(0..20) {
        0 => random.within(0..400),
        1..=5 => random.within(10..20),
        _ => random.within(0..5),
    };
    let letters: &[u8] = if random.one_in(2) { b"0123456789-" } else { b"ab1-\x00\xC0\xE0" };
    (0..len).map(|_| letters[random.within(0..letters.len())]).collect()
}

fn random_bytes(random: &mut Random, len: usize) -> Vec<u8> {
    (0..len).map(|_| random.next().to_be_bytes()[0]).collect()
}

/// Every power of two and its neighbours, on both sides of zero, and all small numbers.
fn integers_at_boundaries() -> Vec<i64> {
    let mut integers: Vec<i64> = (-300..=300).collect();
    for shift in 0..63 {
        for near in -2..=2 {
            integers.extend([(1_i64 << shift) + near, -(1_i64 << shift) + near]);
        }
    }
    integers.extend([i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX]);
    integers
}

#[test]
fn copies_are_the_texts_however_many_and_long() {
    let mut random = Random::from_environment();
    for count in (0..40).chain([100, 1000]) {
        let mut texts: Vec<Vec<u8>> = (0..count).map(|_| random_text(&mut random)).collect();
        if count > 30 {
            texts.extend([512, 513, 1024, 1025, 5000].map(|len| random_bytes(&mut random, len)));
        }
        let run = run_of(&texts);
        assert_eq!(copies(texts.len(), Elements::new(&run)), texts);
    }
}

#[test]
fn bytes_of_the_format_are_pinned() {
    let cases: &[(&[u8], &[u8])] = &[
        (b"", b"\x00"),
        (b"ann", b"\x03ann"),
        (b"0", b"\xE0"),
        (b"31", b"\xFF"),
        (b"32", b"\xC0\x20"),
        (b"-1", b"\xC0\xFF"),
        (b"-129", b"\xC1\x7F\xFF"),
        (b"-32769", b"\xC2\xFF\x7F\xFF"),
        (b"8388608", b"\xC3\x00\x00\x80\x00"),
        (b"2147483648", b"\xC4\x00\x00\x00\x80\x00\x00"),
        (b"-9223372036854775808", b"\xC5\x00\x00\x00\x00\x00\x00\x00\x80"),
    ];
    for &(text, bytes) in cases {
        assert_eq!(encoded(text), bytes, "{}", text.escape_ascii());
    }
    assert_eq!(encoded(&[b'x'; 191])[..2], *b"\xBFx");
    assert_eq!(encoded(&[b'x'; 192])[..4], *b"\xC8\xC0\x00x");
    assert_eq!(encoded(&[b'x'; 65_536])[..6], *b"\xC9\x00\x00\x01\x00x");
}

#[test]
fn strings_of_every_length_come_back() {
    let lengths = (0..=600).chain(65_500..65_600).chain([1 << 20]);
    for len in lengths {
        let text = vec![b'x'; len];
        let bytes = encoded(&text);
        assert_eq!(bytes.len(), encoded_len(&text));
        let (element, next) = decode(&bytes, 0).expect("a string");
        assert_eq!((element, next), (Element::Bytes(&text), bytes.len()));
        assert_eq!((element.len(), element.as_i64()), (len, None));
    }
}

#[test]
fn integers_come_back_from_the_smallest_form() {
    for integer in integers_at_boundaries() {
        let text = integer.to_string();
        let bytes = encoded(text.as_bytes());
        let mut directly = Vec::new();
        encode_integer(&mut directly, integer);
        assert_eq!(bytes, directly, "{integer}");
        let magnitude = if integer < 0 { !integer } else { integer };
        let size = match 64 - magnitude.leading_zeros() {
            _ if (0..32).contains(&integer) => 1,
            0..=7 => 2,
            8..=15 => 3,
            16..=23 => 4,
            24..=31 => 5,
            32..=47 => 7,
            _ => 9,
        };
        assert_eq!((bytes.len(), encoded_len(text.as_bytes())), (size, size), "{integer}");

        let (element, next) = decode(&bytes, 0).expect("an integer");
        assert!(matches!(element, Element::Integer(found) if found == integer), "{element:?}");
        assert_eq!((next, element.len(), element.as_i64()), (size, text.len(), Some(integer)));
        assert_eq!(element.to_bytes(), text);
        assert!(element.with_bytes(|shown| shown == text.as_bytes()));
        assert!(element.eq_bytes(text.as_bytes()) && !element.eq_bytes(b"01"));
    }
}

#[test]
fn what_only_looks_like_an_integer_stays_a_string() {
    let texts = [
        "",
        "-",
        "+1",
        "01",
        "00",
        "-0",
        "-01",
        " 1",
        "1 ",
        "1.0",
        "1e3",
        "0x1",
        "--1",
        "1-",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "99999999999999999999",
        "1234567890123456789012345",
    ];
    for text in texts {
        let bytes = encoded(text.as_bytes());
        assert_eq!(bytes.len(), text.len() + 1, "{text:?}");
        let (element, _) = decode(&bytes, 0).expect("a string");
        assert!(matches!(element, Element::Bytes(_)), "{text:?}");
    }
}

#[test]
fn other_forms_of_the_same_text_are_refused() {
    let mut refused: Vec<Vec<u8>> = Vec::new();
    for integer in integers_at_boundaries() {
        let text = integer.to_string();
        refused.push([&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat());
        let own = encoded(text.as_bytes());
        for (first, width) in [(0xC0, 1), (0xC1, 2), (0xC2, 3), (0xC3, 4), (0xC4, 6), (0xC5, 8)] {
            if width + 1 > own.len() {
                refused.push([&[first], &integer.to_le_bytes()[..width]].concat());
            }
        }
    }
    refused.push([b"\xC8\xBF\x00".as_slice(), &[b'x'; 191]].concat());
    refused.push([b"\xC9\xFF\xFF\x00\x00".as_slice(), &[b'x'; 65_535]].concat());
    refused.extend([0xC6, 0xC7].into_iter().chain(0xCA..=0xDF).map(|first| vec![first; 12]));
    for bytes in refused {
        assert_eq!(decode(&bytes, 0), None, "{}", bytes[..bytes.len().min(12)].escape_ascii());
    }
}

#[test]
fn encoded_bytes_are_equal_exactly_when_the_texts_are() {
    let mut random = Random::from_environment();
    let texts: Vec<Vec<u8>> = (0..400).map(|_| random_text(&mut random)).collect();
    for one in &texts {
        for two in &texts {
            assert_eq!(one == two, encoded(one) == encoded(two));
        }
    }
}

#[test]
fn what_decodes_is_what_encoding_writes() {
    let mut random = Random::from_environment();
    let pairs = (0..=u16::MAX).map(|pair| pair.to_be_bytes().to_vec());
    let longer = (0..50_000).map(|_| {
        let len = random.within(0..24);
        let mut bytes = random_bytes(&mut random, len);
        // Half of all first bytes ask for more bytes than there are.
        if random.one_in(2) && !bytes.is_empty() {
            bytes[0] = 0xC0 | (bytes[0] & 0x0F);
        }
        bytes
    });
    for bytes in pairs.chain(longer) {
        for at in 0..=bytes.len() + 1 {
            if let Some((element, next)) = decode(&bytes, at) {
                assert_eq!(bytes[at..next], encoded(&text_of(element)));
            }
        }
    }
}

#[test]
fn garbage_never_panics_and_always_ends() {
    let mut random = Random::from_environment();
    for _ in 0..20_000 {
        let len = random.within(0..80);
        let garbage = random_bytes(&mut random, len);
        let count = Elements::new(&garbage).count();
        assert!(count <= garbage.len());
        assert!(Elements::starting_at(&garbage, len + 3).next().is_none());
        if let Some(checked) = check(&garbage) {
            assert_eq!(checked, count);
        }
        let needle = random_text(&mut random);
        if let Some(found) = find(&garbage, &needle, random.within(0..3)) {
            assert_eq!(garbage[found], encoded(&needle));
        }
    }
}

#[test]
fn a_cut_run_is_refused() {
    let mut random = Random::from_environment();
    let texts: Vec<Vec<u8>> = (0..60).map(|_| random_text(&mut random)).collect();
    let run = run_of(&texts);
    let mut elements = Elements::new(&run);
    let mut ends = vec![0];
    while elements.next().is_some() {
        ends.push(elements.offset());
    }
    assert_eq!((ends.len(), ends.last()), (61, Some(&run.len())));
    for cut in 0..=run.len() {
        assert_eq!(check(&run[..cut]), ends.iter().position(|end| *end == cut));
    }
}

#[test]
fn elements_are_the_texts_in_order() {
    let mut random = Random::from_environment();
    let texts: Vec<Vec<u8>> = (0..200).map(|_| random_text(&mut random)).collect();
    let run = run_of(&texts);
    assert!(Elements::new(&run).map(text_of).eq(texts.iter().cloned()));
    for n in 0..=texts.len() {
        let mut elements = Elements::new(&run);
        assert_eq!(elements.nth(n).map(text_of), texts.get(n).cloned());
        let rest = Elements::starting_at(&run, elements.offset());
        assert!(rest.map(text_of).eq(texts[texts.len().min(n + 1)..].iter().cloned()));
    }
}

#[test]
fn elements_are_ordered_as_their_texts() {
    let mut random = Random::from_environment();
    let texts: Vec<Vec<u8>> = (0..300).map(|_| random_text(&mut random)).collect();
    let run = run_of(&texts);
    let elements: Vec<Element<'_>> = Elements::new(&run).collect();
    for (one, one_text) in elements.iter().zip(&texts) {
        for (two, two_text) in elements.iter().zip(&texts) {
            assert_eq!(one.cmp(two), one_text.cmp(two_text));
            assert_eq!(one == two, one_text == two_text);
            assert_eq!(one.eq_bytes(two_text), one_text == two_text);
        }
    }
    assert_eq!(Element::Bytes(b"12"), Element::Integer(12));
    assert!(
        Element::Integer(10) < Element::Integer(9) && Element::Integer(-1) < Element::Integer(0)
    );
}

/// What [`find`] must answer, by decoding everything.
fn find_naively(run: &[u8], needle: &[u8], skip: usize) -> Option<Range<usize>> {
    let mut elements = Elements::new(run);
    loop {
        let start = elements.offset();
        let element = elements.next()?;
        if text_of(element) == needle {
            return Some(start..elements.offset());
        }
        for _ in 0..skip {
            elements.next()?;
        }
    }
}

#[test]
fn find_answers_as_decoding_everything_does() {
    let mut random = Random::from_environment();
    let mut hits = 0;
    for _ in 0..2_000 {
        let count = random.within(0..30);
        let texts: Vec<Vec<u8>> = (0..count).map(|_| random_text(&mut random)).collect();
        let run = run_of(&texts);
        let stranger = random_text(&mut random);
        let near = [texts.first().map_or(b"".as_slice(), |text| text), b"x"].concat();
        for needle in texts.iter().chain([&stranger, &near]) {
            for skip in 0..3 {
                let found = find(&run, needle, skip);
                hits += usize::from(found.is_some());
                assert_eq!(found, find_naively(&run, needle, skip));
            }
        }
    }
    assert!(hits > 10_000, "only {hits} needles were there");
}

#[test]
fn find_tells_apart_texts_that_differ_in_one_byte() {
    for len in 0..300 {
        let text = vec![b'x'; len];
        for at in 0..len {
            let mut other = text.clone();
            other[at] = b'y';
            let run = run_of(&[other.clone(), text.clone(), other]);
            let size = encoded_len(&text);
            assert_eq!(find(&run, &text, 0), Some(size..2 * size));
            assert_eq!(find(&run, &text, 1), None);
        }
    }
}

#[test]
fn splice_replaces_as_vec_does_and_keeps_little_room() {
    let mut random = Random::from_environment();
    let mut run = Vec::new();
    let mut model = Vec::new();
    for round in 0..5_000 {
        // The run grows for a thousand rounds and shrinks for the next.
        let is_growing = round / 1_000 % 2 == 0;
        let start = random.within(0..model.len() + 1);
        let end = random.within(start..model.len() + 1).min(start + 100);
        let longest = if is_growing { 100 } else { 10 };
        let len = random.within(0..longest);
        let replacement = random_bytes(&mut random, len);
        splice(&mut run, start..end, &replacement);
        model.splice(start..end, replacement);
        assert_eq!(run, model);
        assert!(run.capacity() <= run.len() + run.len() / 2 + 64 + 24, "{}", run.capacity());
    }
}

#[test]
fn a_growing_run_keeps_a_sixteenth_of_spare_room() {
    let mut run = Vec::new();
    for number in 0..2_000 {
        let element = encoded(format!("member:{number}").as_bytes());
        if number % 2 == 0 {
            let end = run.len();
            splice(&mut run, end..end, &element);
        } else {
            reserve(&mut run, element.len());
            run.extend_from_slice(&element);
        }
        let spare = if run.len() < 512 { 0 } else { run.len() / 16 };
        assert!(run.capacity() <= run.len() + spare + 16, "{} {}", run.len(), run.capacity());
    }
    assert_eq!(check(&run), Some(2_000));
}
