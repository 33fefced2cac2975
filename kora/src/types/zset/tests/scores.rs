//! The forms of scores in a run: pinned, unambiguous, exact.

use crate::types::packed::{self, Elements};
use crate::types::random::Random;
use crate::types::zset::score::{decode, encode};

fn encoded(score: f64) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(&mut bytes, score);
    bytes
}

fn decoded(bytes: &[u8]) -> Option<f64> {
    let mut elements = Elements::new(bytes);
    let score = decode(elements.next()?)?;
    assert_eq!(elements.offset(), bytes.len(), "one element");
    Some(score)
}

/// Scores of every form, and those next to them.
fn scores() -> Vec<f64> {
    let mut scores = vec![0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE];
    scores.extend([f64::from_bits(1), f64::EPSILON, 1e17, 1e18, 1e19, 1e300, 1e-300]);
    for shift in 0..64 {
        let whole = 2_f64.powi(shift);
        let next = |by| f64::from_bits(whole.to_bits().wrapping_add_signed(by));
        scores.extend([whole, next(-1), next(1), whole + 0.5, whole + 0.000_001]);
    }
    for places in 0..9 {
        let scale = 10_f64.powi(places);
        scores.extend((-300..300).map(|numerator| f64::from(numerator) / scale));
        scores.extend([140_737_488_355_327.0 / scale, 140_737_488_355_328.0 / scale]);
    }
    scores.extend(scores.clone().into_iter().map(|score| -score));
    scores
}

#[test]
fn bytes_of_the_forms_are_pinned() {
    let cases: &[(f64, &[u8])] = &[
        (0.0, b"\xE0"),
        (31.0, b"\xFF"),
        (-1.0, b"\xC0\xFF"),
        (1e15, b"\xC5\x00\x80\xC6\xA4\x7E\x8D\x03\x00"),
        (0.5, b"\x02\x01\x05"),
        (-0.5, b"\x02\x01\xFB"),
        (3.15, b"\x03\x02\x3B\x01"),
        (0.000_001, b"\x02\x06\x01"),
        (12.8, b"\x03\x01\x80\x00"),
        (-12.8, b"\x02\x01\x80"),
        (-0.0, b"\x08\x00\x00\x00\x00\x00\x00\x00\x80"),
        (f64::INFINITY, b"\x08\x00\x00\x00\x00\x00\x00\xF0\x7F"),
        (0.1 + 0.2, b"\x08\x34\x33\x33\x33\x33\x33\xD3\x3F"),
        (f64::from_le_bytes(*b"12345678"), b"\x0912345678\x00"),
        (f64::from_le_bytes(*b"-2345678"), b"\x09-2345678\x00"),
        (f64::from_le_bytes(*b"02345678"), b"\x0802345678"),
    ];
    for (score, bytes) in cases {
        assert_eq!(encoded(*score), *bytes, "{score}");
    }
}

#[test]
fn scores_come_back_bit_for_bit() {
    let mut random = Random::from_environment();
    let any = (0..20_000).map(|_| f64::from_bits(random.next()));
    let mut random = Random::from_environment();
    let texts = (0..20_000).map(|_| {
        let digits = std::array::from_fn(|_| b"-0123456789"[random.within(0..11)]);
        f64::from_le_bytes(digits)
    });
    for score in scores().into_iter().chain(any).chain(texts).filter(|score| !score.is_nan()) {
        let bytes = encoded(score);
        assert_eq!(packed::check(&bytes), Some(1), "{score:?}");
        let back = decoded(&bytes).expect("a score");
        assert_eq!(back.to_bits(), score.to_bits(), "{score:?}");
        assert!(bytes.len() <= 10);
    }
}

#[test]
fn what_is_no_score_is_refused() {
    let not_scores: &[&[u8]] = &[
        b"",
        b"\x00",
        b"\x01\x01",
        b"\x02\x00\x05",
        b"\x02\x07\x05",
        b"\x02a\x05",
        b"\x08\x00\x00\x00\x00\x00\x00\xF8\x7F",
    ];
    for bytes in not_scores {
        assert_eq!(decoded(bytes), None, "{}", bytes.escape_ascii());
    }
}
