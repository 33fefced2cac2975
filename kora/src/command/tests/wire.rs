//! Every example over a connection, in both protocols, without a socket: what is written reads back
//! as what it says.

use std::iter::once;
use std::task::Waker;

use super::lines::fits;
use super::{command, each, holds, on_disk, run};
use crate::command::reply::Protocol;
use crate::command::response::CommandResponse;
use crate::command::{Run, Spec};
use crate::database::Database;
use crate::engine::waiters::WaitEnd;
use crate::session::client::Place;
use crate::session::host::{Host, HostFacts, OnShutdown};
use crate::session::{Context, Session};

/// A connection without a socket.
struct Wired {
    db: Database,
    host: Host,
    session: Session,
}

impl Wired {
    fn new(protocol: Protocol) -> Wired {
        let facts = HostFacts {
            run_id: String::new(),
            bind: String::new(),
            port: 0,
            unix_socket: String::new(),
            word_bytes_max: 1 << 20,
            request_bytes_max: 1 << 20,
            messages_bytes_max: 1 << 20,
            keepalive_seconds: 0,
            allows_debug: true,
            on_shutdown: OnShutdown::default(),
            clients_max: 10,
            idle_seconds_max: 0,
        };
        let host = Host::new(facts, vec![Waker::noop().clone()]);
        let (address, local_address) = ("here".to_owned(), "there".to_owned());
        let client = host.admit(Place { address, local_address, file: 0, thread: 0 });
        let client = client.expect("nobody else is there");
        Wired { db: on_disk(1), host, session: Session { protocol, ..Session::new(client, true) } }
    }

    /// Runs a line; what it is answered with, as it reads.
    fn run(&mut self, line: &str) -> Read {
        let command = command(line);
        let words = command.words().expect("examples are short");
        let (host, session) = (&self.host, &mut self.session);
        let mut context = Context { engine: self.db.engine(), host, session };
        let (mut bytes, ran) = context.run(once(words), Vec::new());
        if let Some(blocked) = &self.session.blocked {
            // No thread keeps its time here.
            let waiter = std::sync::Arc::clone(&blocked.waiter);
            assert!(self.db.engine().end_wait(&waiter, WaitEnd::TimedOut), "{line}");
            assert!(self.session.take_answer(&mut bytes), "{line}");
        }
        assert_eq!(ran, 1, "{line}");
        let mut rest = &bytes[..];
        let read = Read::of(&mut rest).unwrap_or_else(|| panic!("{line}: {bytes:?}"));
        assert!(rest.is_empty(), "{line}: {bytes:?}");
        read
    }
}

/// What stands on a wire.
#[derive(Debug)]
enum Read {
    Answer(CommandResponse),
    Error(String),
}

impl Read {
    /// Takes an answer off the beginning of some bytes.
    fn of(bytes: &mut &[u8]) -> Option<Read> {
        if bytes.first() == Some(&b'-') {
            return Some(Read::Error(line(bytes)?[1..].to_owned()));
        }
        answer(bytes).map(Read::Answer)
    }

    /// As redis-cli prints it.
    fn shown(&self) -> String {
        match self {
            Read::Answer(answer) => answer.to_string(),
            Read::Error(text) => format!("(error) {text}"),
        }
    }
}

/// A line without its end.
fn line(bytes: &mut &[u8]) -> Option<String> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let text = String::from_utf8(bytes[..end].to_vec()).ok()?;
    *bytes = &bytes[end + 2..];
    Some(text)
}

fn answer(bytes: &mut &[u8]) -> Option<CommandResponse> {
    let head = line(bytes)?;
    let (sign, rest) = head.split_at(1);
    let mut items = |count: usize| (0..count).map(|_| answer(bytes)).collect::<Option<Vec<_>>>();
    Some(match (sign, rest) {
        ("_", "") | ("$", "-1") => CommandResponse::Nil,
        ("*", "-1") => CommandResponse::NilArray,
        // An item may be an error, which prints as redis-cli prints it.
        ("-", text) => CommandResponse::Status(format!("(error) {text}").into()),
        ("+", text) => CommandResponse::Status(text.to_owned().into()),
        (":", number) => CommandResponse::Integer(number.parse().ok()?),
        (",", number) => CommandResponse::Double(number.parse().ok()?),
        ("*" | ">", count) => CommandResponse::Array(items(count.parse().ok()?)?),
        ("~", count) => CommandResponse::Set(items(count.parse().ok()?)?),
        ("%", count) => {
            let entries = items(2 * count.parse::<usize>().ok()?)?;
            let entry = |pair: &[CommandResponse]| (pair[0].clone(), pair[1].clone());
            CommandResponse::Map(entries.chunks(2).map(entry).collect())
        }
        ("$" | "=", len) => {
            let text = bytes.get(..len.parse().ok()?)?;
            *bytes = bytes[text.len()..].strip_prefix(b"\r\n")?;
            let text = if sign == "=" { text.strip_prefix(b"txt:")? } else { text };
            CommandResponse::Bulk(text.to_vec().into())
        }
        _ => return None,
    })
}

#[test]
fn examples_print_the_same_over_a_wire() {
    holds(&each(|spec| {
        let mut wired = Wired::new(Protocol::Two);
        let mut complaints = Vec::new();
        for (line, expected) in spec.doc.examples {
            let shown = wired.run(line).shown();
            if !fits(expected, &shown) {
                complaints.push(format!("> {line}\nexpected:\n{expected}\nanswered:\n{shown}"));
            }
        }
        complaints
    }));
}

/// What RESP3 makes of an answer: it has one nothing, and pairs are arrays of two.
fn in_resp3(answer: CommandResponse) -> CommandResponse {
    let all = |items: Vec<CommandResponse>| items.into_iter().map(in_resp3).collect();
    match answer {
        CommandResponse::NilArray => CommandResponse::Nil,
        CommandResponse::Array(items) => CommandResponse::Array(all(items)),
        CommandResponse::Set(items) => CommandResponse::Set(all(items)),
        CommandResponse::Map(entries) => {
            let entry = |(key, value)| (in_resp3(key), in_resp3(value));
            CommandResponse::Map(entries.into_iter().map(entry).collect())
        }
        CommandResponse::Pairs(pairs) => {
            let pair = |(one, other)| CommandResponse::Array(vec![in_resp3(one), in_resp3(other)]);
            CommandResponse::Array(pairs.into_iter().map(pair).collect())
        }
        other @ (CommandResponse::Nil
        | CommandResponse::Status(_)
        | CommandResponse::Integer(_)
        | CommandResponse::Double(_)
        | CommandResponse::Bulk(_)
        | CommandResponse::Error(_)
        | CommandResponse::Text(_)
        | CommandResponse::Messages(_)) => other,
    }
}

/// Whether a line's answer in this process can be compared with that on a wire.
fn is_comparable(spec: &Spec, expected: &str) -> bool {
    !matches!(spec.run, Run::Session(_) | Run::Server(_)) && !expected.contains("...")
}

#[test]
fn a_wire_of_resp3_carries_what_was_answered() {
    holds(&each(|spec| {
        let (mut wired, db) = (Wired::new(Protocol::Three), on_disk(1));
        let mut complaints = Vec::new();
        for (line, expected) in spec.doc.examples {
            let (read, told) = (wired.run(line), run(&db, line));
            let is_same = match (&read, told) {
                (Read::Answer(read), Ok(told)) => *read == in_resp3(told),
                (Read::Error(text), Err(error)) => *text == error.wire(),
                (Read::Answer(_), Err(_)) | (Read::Error(_), Ok(_)) => false,
            };
            if is_comparable(spec, expected) && !is_same {
                complaints.push(format!("> {line}\n{read:?}"));
            }
        }
        complaints
    }));
}
