//! Anything at all is sent to a server: commands, commands with a part of them changed, and what is no
//! request.
//!
//! Whatever comes, the server answers nothing but whole replies, ends the connection in order when
//! nothing more comes, goes on serving others, panics nowhere, and takes no memory without a bound.
//! `KORA_FUZZ_SECONDS` says how long (2 s without it), `KORA_SEED` repeats a run.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use kora::{Config, Eviction, ServerConfig};

use crate::support::Target;
use crate::support::dice::{Dice, number, seed};
use crate::support::grammar::Grammar;
use crate::support::reply::Reply;
use crate::support::served::Served;
use crate::support::words::{Words, command};

/// How long a server may take for all that one connection sent.
const PATIENCE: Duration = Duration::from_secs(20);
/// More than keys, connections and their answers may take together.
const GROWTH_MAX: u64 = 512 << 20;
const SECONDS: u64 = 2;

/// Commands on connections and on the server; none of them shuts others out for good.
const LINES: &[&str] = &[
    "HELLO 2",
    "HELLO 3",
    "HELLO 3 SETNAME a",
    "AUTH a b",
    "SELECT 1",
    "SELECT 0",
    "RESET",
    "PING",
    "CLIENT LIST",
    "CLIENT INFO",
    "CLIENT SETNAME a",
    "CLIENT REPLY SKIP",
    "CLIENT REPLY ON",
    "CLIENT NO-EVICT on",
    "CLIENT KILL ID 1",
    "CLIENT NO-TOUCH on",
    "CLIENT PAUSE 1",
    "CLIENT PAUSE 2 WRITE",
    "CLIENT UNPAUSE",
    "MONITOR",
    "CONFIG GET *",
    "CONFIG SET slowlog-log-slower-than 0",
    "CONFIG SET slowlog-max-len 10",
    "CONFIG RESETSTAT",
    "INFO everything",
    "COMMAND",
    "COMMAND DOCS",
    "COMMAND GETKEYS MSET a 1 b 2",
    "MEMORY USAGE a",
    "MEMORY STATS",
    "SLOWLOG GET -1",
    "LATENCY LATEST",
    "WAIT 0 0",
    "SHUTDOWN NOSAVE",
    "MULTI",
    "EXEC",
    "DISCARD",
    "WATCH a b",
    "UNWATCH",
    "SWAPDB 0 1",
    "MOVE a 1",
    "SCAN 0 COUNT 1000000",
    "FLUSHALL ASYNC",
    "DOC.CREATE users",
    "DOC.CREATEINDEX users age SORTED",
    "DOC.SET users 1 '{\"age\": 1, \"tags\": [[1], null]}'",
    "DOC.FIND users 'age > 0 AND NOT (age IN (2, 3))' LIMIT 10",
    "DOC.UPDATE users 1 SET age 2",
    "DOC.DROP users",
    "SAVE",
];

/// Words that stand where others did.
const STRANGE: &[&[u8]] = &[
    b"",
    b"\0",
    b"-1",
    b"0",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"9223372036854775808",
    b"1e308",
    b"nan",
    b"-inf",
    b"(",
    b"[",
    b"*",
    b"\xff\xfe",
    b"\r\n",
    b"COUNT",
    b"LIMIT",
    b"WITHSCORES",
    b"1000000",
    b"{\"a\":[[[[[[[[[[]]]]]]]]]]}",
];

/// Bytes that are no request, or the beginning of one that never ends.
const NO_REQUESTS: &[&[u8]] = &[
    b"*1\r\n*1\r\n*1\r\n*1\r\n",
    b"*1048576\r\n$1\r\na\r\n",
    b"*99999999999\r\n",
    b"*2147483648\r\n",
    b"*-2\r\n",
    b"*0\r\n",
    b"*1\r\n$536870912\r\nabc",
    b"*1\r\n$-1\r\n",
    b"*2\r\n$3\r\nGET\r\n",
    b"$3\r\nGET\r\n",
    b"%1\r\n+a\r\n+b\r\n",
    b"\r\n\r\n\r\n",
    b"set \"a",
    b"set 'a' \"b\\x4\"\r\n",
    b"POST / HTTP/1.1\r\n",
    b"\x16\x03\x01\x02\x00\x01",
];

#[test]
fn nothing_that_is_sent_breaks_a_server() {
    check_server(&small(ServerConfig::default()));
}

/// Sends anything at all to a server.
#[expect(clippy::print_stderr, reason = "a random test says its seed, in case it never ends")]
pub(crate) fn check_server(served: &Served) {
    let seconds = number("KORA_FUZZ_SECONDS").unwrap_or(SECONDS);
    let seed = seed();
    eprintln!("KORA_SEED={seed} KORA_FUZZ_SECONDS={seconds}");
    let (mut dice, grammar) = (Dice::new(seed), Grammar::new());
    let (begun, before) = (Instant::now(), resident());
    let mut control = served.connect();
    let mut rounds = 0_u64;
    while begun.elapsed() < Duration::from_secs(seconds) {
        let sent = stream(&grammar, &mut dice);
        let told = send(served, &sent, &mut dice);
        let shown = || String::from_utf8_lossy(&sent).into_owned();
        if let Err(what) = check(&told) {
            panic!("KORA_SEED={seed}, round {rounds}: {what}\nsent:\n{}", shown());
        }
        // Among what was sent may be a CLIENT KILL.
        if control.run_if_alive(&command("PING")) != Some(Reply::Status("PONG".to_owned())) {
            control = served.connect();
            let pong = control.run(&command("PING"));
            assert_eq!(pong, Reply::Status("PONG".to_owned()), "round {rounds}: {}", shown());
        }
        let grown = resident().saturating_sub(before);
        assert!(grown < GROWTH_MAX, "KORA_SEED={seed}, round {rounds}: {grown} bytes more");
        rounds += 1;
    }
    eprintln!("{rounds} connections");
    assert!(rounds > 0);
}

/// A server with small limits, so that they are met.
pub(crate) fn small(options: ServerConfig) -> Served {
    let config = Config {
        max_memory: Some(64 << 20),
        eviction: Eviction::AllKeysRandom,
        ..Config::default()
    };
    let options = ServerConfig {
        max_argument_bytes: 1 << 20,
        max_arguments: 10_000,
        max_command_bytes: 4 << 20,
        max_unsent_bytes: 32 << 20,
        ..options
    };
    Served::with(config, options)
}

/// What one connection sends.
fn stream(grammar: &Grammar, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..1 + dice.below(60) {
        match dice.below(100) {
            0..=1 => bytes.extend_from_slice(dice.pick::<&[u8]>(NO_REQUESTS)),
            2..=4 => {
                let line = *dice.pick(LINES);
                bytes.extend_from_slice(line.as_bytes());
                bytes.extend_from_slice(b"\r\n");
            }
            _ => {
                let mut words = any_command(grammar, dice);
                if dice.percent(30) {
                    change_words(&mut words, dice);
                    shorten_pause(&mut words);
                }
                write(&mut bytes, &words, dice);
            }
        }
    }
    if dice.percent(20) {
        change_bytes(&mut bytes, dice);
    }
    bytes
}

fn any_command(grammar: &Grammar, dice: &mut Dice) -> Words {
    if dice.percent(25) {
        return command(dice.pick::<&str>(LINES));
    }
    grammar.history(dice, 1).pop().expect("a history of one")
}

/// Puts a word in, takes one out, or puts another in its place.
fn change_words(words: &mut Words, dice: &mut Dice) {
    for _ in 0..1 + dice.below(3) {
        let at = dice.below(words.len() + 1);
        let strange = match dice.below(4) {
            0 => vec![b'x'; dice.below(100_000)],
            1 => (0..dice.below(20)).map(|_| u8::try_from(dice.below(256)).unwrap_or(0)).collect(),
            _ => dice.pick(STRANGE).to_vec(),
        };
        match dice.below(3) {
            0 => words.insert(at, strange),
            1 if at < words.len() && words.len() > 1 => drop(words.remove(at)),
            _ if at < words.len() => words[at] = strange,
            _ => {}
        }
    }
}

/// A pause for a time that has grown long would have everybody wait, and so it ought to.
fn shorten_pause(words: &mut Words) {
    let [client, pause, time, ..] = &mut words[..] else { return };
    if client.eq_ignore_ascii_case(b"CLIENT") && pause.eq_ignore_ascii_case(b"PAUSE") {
        time.truncate(2);
    }
}

/// A request, whose counts and lengths are wrong now and then.
fn write(bytes: &mut Vec<u8>, words: &Words, dice: &mut Dice) {
    let wrong = |n: usize, dice: &mut Dice| match dice.below(400) {
        0 => n + 1,
        1 => n.saturating_sub(1),
        2 => n + 1_000_000_000,
        _ => n,
    };
    bytes.extend_from_slice(format!("*{}\r\n", wrong(words.len(), dice)).as_bytes());
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", wrong(word.len(), dice)).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
}

/// Changes bytes wherever they stand, or ends early.
fn change_bytes(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..1 + dice.below(5) {
        let at = dice.below(bytes.len());
        match dice.below(3) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes.insert(at, b"\r\n*$:-+0"[dice.below(8)]),
            _ if bytes.len() > 1 => bytes.truncate(at + 1),
            _ => {}
        }
    }
}

/// Sends bytes in pieces while another thread reads, and then nothing more; what came back.
fn send(served: &Served, bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut socket = served.socket();
    socket.set_read_timeout(Some(PATIENCE)).expect("a time above nothing");
    socket.set_write_timeout(Some(PATIENCE)).expect("a time above nothing");
    let mut reading = socket.try_clone().expect("a file is free");
    let most = [3, 50, 2_000, 1 << 20][dice.below(4)];
    std::thread::scope(|scope| {
        let told = scope.spawn(move || read_all(&mut reading));
        let mut rest = bytes;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at((1 + dice.below(most)).min(rest.len()));
            // It may have closed the connection already.
            if socket.write_all(piece).is_err() {
                break;
            }
            rest = behind;
        }
        socket.shutdown(Shutdown::Write).ok();
        told.join().expect("reading does not panic")
    })
}

/// Everything that comes until the server closes the connection.
fn read_all(socket: &mut UnixStream) -> Vec<u8> {
    let mut told = Vec::new();
    match socket.read_to_end(&mut told) {
        Ok(_) => {}
        // Closed with something unread.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the server does not end the connection: {error}"),
    }
    told
}

/// Whether all of it is replies, none of which tells of a panic.
fn check(told: &[u8]) -> Result<(), String> {
    let mut rest = told;
    while !rest.is_empty() {
        let Some(behind) = reply(rest, 0) else {
            // A connection that is closed for what it sent may end within a reply.
            let shown = String::from_utf8_lossy(&rest[..rest.len().min(200)]).into_owned();
            return match is_cut(rest) {
                true => Ok(()),
                false => Err(format!("no reply: {shown:?}")),
            };
        };
        let whole = &rest[..rest.len() - behind.len()];
        if whole.starts_with(b"-ERR internal error") {
            return Err(String::from_utf8_lossy(whole).into_owned());
        }
        rest = behind;
    }
    Ok(())
}

/// Whether bytes could be the beginning of a reply.
fn is_cut(bytes: &[u8]) -> bool {
    b"+-:$*_,~%=#>(|!".contains(&bytes[0])
}

/// What stands behind the first reply; nothing if it is not whole.
fn reply(bytes: &[u8], depth: usize) -> Option<&[u8]> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let (line, mut rest) = (&bytes[..end], &bytes[end + 2..]);
    let number = || std::str::from_utf8(&line[1..]).ok()?.parse::<i64>().ok();
    assert!(depth < 64, "replies are not so deep");
    match line[0] {
        b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(' => Some(rest),
        b'$' | b'=' => match usize::try_from(number()?) {
            Err(_) => Some(rest),
            Ok(len) => rest.get(len..)?.strip_prefix(b"\r\n"),
        },
        b'*' | b'~' | b'%' | b'>' => {
            let count = number()?.max(0) * if line[0] == b'%' { 2 } else { 1 };
            for _ in 0..count {
                rest = reply(rest, depth + 1)?;
            }
            Some(rest)
        }
        other => panic!("a reply does not begin with {other:?}"),
    }
}

/// Bytes of this process that are resident and no file.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
