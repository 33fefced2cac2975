//! Requests, however their bytes come, and what is refused before memory is taken for it.

use super::config::ServerConfig;
use super::line;
use super::request::{Limits, ProtocolError, Requests, Unfinished};
use crate::types::random::Random;

type Request = Vec<Vec<u8>>;

fn limits() -> Limits {
    ServerConfig::default().limits(true)
}

/// What is read of bytes that come in these pieces.
fn read(pieces: &[&[u8]], limits: &Limits) -> (Vec<Request>, Option<ProtocolError>) {
    let (mut requests, mut unfinished) = (Requests::default(), Unfinished::default());
    let (mut unread, mut found) = (Vec::new(), Vec::new());
    for piece in pieces {
        unread.extend_from_slice(piece);
        loop {
            let progress = requests.read(&unread, limits, &mut unfinished);
            for words in requests.words(&unread) {
                found.push(words.from(0).map(<[u8]>::to_vec).collect());
            }
            unread.drain(..progress.consumed);
            if progress.error.is_some() {
                return (found, progress.error);
            }
            if !progress.has_more {
                break;
            }
        }
    }
    (found, None)
}

/// A request as clients send it.
fn written(request: &Request) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", request.len()).into_bytes();
    for word in request {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

fn any_request(random: &mut Random) -> Request {
    let words = if random.one_in(20) { 400 } else { random.within(1..8) };
    let word = |random: &mut Random| {
        let len = if random.one_in(30) { random.within(0..5_000) } else { random.within(0..12) };
        (0..len).map(|_| b"\r\n$*a0"[random.within(0..6)]).collect()
    };
    (0..words).map(|_| word(random)).collect()
}

#[test]
fn requests_are_the_same_however_their_bytes_come() {
    let mut random = Random::from_environment();
    for _ in 0..300 {
        let sent: Vec<Request> =
            (0..random.within(1..40)).map(|_| any_request(&mut random)).collect();
        let bytes: Vec<u8> = sent.iter().flat_map(written).collect();
        let mut pieces = Vec::new();
        let mut rest = &bytes[..];
        let most = [2, 20, 2_000, 100_000][random.within(0..4)];
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(random.within(1..most).min(rest.len()));
            pieces.push(piece);
            rest = behind;
        }
        let few = Limits { requests: random.within(1..6), ..limits() };
        assert_eq!(read(&pieces, &few), (sent, None));
    }
}

#[track_caller]
fn lines(text: &str, expected: &[&[&str]]) {
    let expected: Vec<Request> = expected
        .iter()
        .map(|words| words.iter().map(|word| word.as_bytes().to_vec()).collect())
        .collect();
    assert_eq!(read(&[text.as_bytes()], &limits()), (expected.clone(), None), "{text:?}");
    let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
    assert_eq!(read(&bytes, &limits()), (expected, None), "{text:?}, byte by byte");
}

#[test]
fn lines_of_words_are_requests() {
    lines("PING\r\n", &[&["PING"]]);
    lines("  get  a\t\nset b c\n", &[&["get", "a"], &["set", "b", "c"]]);
    lines("\r\n\n \r\nPING\n\r\n", &[&["PING"]]);
    lines("*0\r\n*-1\r\nPING\r\n", &[&["PING"]]);
    lines("set \"a b\" 'c d'\r\nget k\r\n", &[&["set", "a b", "c d"], &["get", "k"]]);
    lines("echo \"\\x41\\n\\\"\\q\" 'it\\'s'\r\n", &[&["echo", "A\n\"q", "it's"]]);
    lines("echo a\"b c\"\r\n", &[&["echo", "ab c"]]);
    lines("echo \"\"\n", &[&["echo", ""]]);
}

#[test]
fn quotes_must_match_and_close_a_word() {
    for text in ["\"a", "'a", "\"a\"b", "'a'b", "a \"", "\"\\"] {
        assert_eq!(line::split(text.as_bytes(), &mut Vec::new(), &mut Vec::new()), None, "{text}");
        let (found, error) = read(&[text.as_bytes(), b"\n"], &limits());
        assert_eq!((found.len(), error), (0, Some(ProtocolError::Quotes)), "{text}");
    }
}

#[track_caller]
fn refused(text: &str, limits: &Limits, expected: ProtocolError) {
    let sent = format!("*1\r\n$4\r\nPING\r\n{text}");
    let (found, error) = read(&[sent.as_bytes()], limits);
    assert_eq!((found.len(), error), (1, Some(expected)), "{text:?}");
}

#[test]
fn what_is_no_request_is_refused_behind_what_is_one() {
    let all = limits();
    for count in ["1048577", "9223372036854775808", "+1", "x", "", " 1", "1 "] {
        refused(&format!("*{count}\r\n"), &all, ProtocolError::WordCount);
    }
    for len in ["-1", "67108865", "99999999999999999999", "01", "", "0x1"] {
        refused(&format!("*1\r\n${len}\r\n"), &all, ProtocolError::WordLength);
    }
    refused("*1\r\n*1\r\n", &all, ProtocolError::NoWord(b'*'));
    refused("*1\r\n:1\r\n", &all, ProtocolError::NoWord(b':'));
    refused("*2\r\n$1\r\naPING", &all, ProtocolError::NoLineEnd);
    refused("*1\rx", &all, ProtocolError::NoLineEnd);
    refused(&format!("*{}", "1".repeat(40)), &all, ProtocolError::CountLine);
    refused(&format!("*1\r\n${}", "1".repeat(40)), &all, ProtocolError::LengthLine);
    refused(&"a".repeat(65 << 10), &all, ProtocolError::Line);
    refused(&format!("{}\r\n", "a".repeat(65 << 10)), &all, ProtocolError::Line);
    refused("POST / HTTP/1.1\r\n", &all, ProtocolError::Web);
    refused("Host: localhost\r\n", &all, ProtocolError::Web);
    let small = Limits { request_bytes: 40, words: 3, ..all };
    refused("*2\r\n$4\r\naaaa\r\n$30\r\n", &small, ProtocolError::Request);
    refused("a b c d\n", &small, ProtocolError::WordCount);
}

#[test]
fn strangers_may_send_less() {
    let strangers = ServerConfig::default().limits(false);
    refused("*11\r\n", &strangers, ProtocolError::StrangerWords);
    refused("*2\r\n$4\r\nAUTH\r\n$16385\r\n", &strangers, ProtocolError::StrangerBytes);
    refused(&"a".repeat(2 << 10), &strangers, ProtocolError::Line);
}

/// What a client announces takes no memory before it has come.
#[test]
fn announced_words_take_no_memory() {
    let (mut requests, mut unfinished) = (Requests::default(), Unfinished::default());
    for text in ["*1048576\r\n", "*2\r\n$67108864\r\n"] {
        let progress = requests.read(text.as_bytes(), &limits(), &mut unfinished);
        assert_eq!((progress.consumed, progress.error), (0, None));
        assert!(requests.span_room() + unfinished.span_room() < 100, "{text}");
        unfinished = Unfinished::default();
    }
}

/// Random bytes with a grain of sense: nothing but requests and errors comes of them, in a time
/// that their length bounds.
#[test]
fn nonsense_is_read_or_refused() {
    const GRAINS: [&[u8]; 16] = [
        b"*",
        b"$",
        b"\r\n",
        b"\n",
        b"\r",
        b"1",
        b"3",
        b"-1",
        b"0",
        b"PING",
        b" ",
        b"\"",
        b"'",
        b"*1\r\n$4\r\nPING\r\n",
        b"99999999999",
        b"\0",
    ];
    let mut random = Random::from_environment();
    for _ in 0..2_000 {
        let pieces: Vec<&[u8]> =
            (0..random.within(1..60)).map(|_| GRAINS[random.within(0..GRAINS.len())]).collect();
        let whole = pieces.concat();
        let (one_by_one, all) = (read(&pieces, &limits()), read(&[&whole], &limits()));
        assert_eq!(one_by_one, all, "{:?}", String::from_utf8_lossy(&whole));
    }
}
