//! What clients may not do: strangers anything, and nobody too much.

use std::io::{Read, Write};
use std::time::Duration;

use kora::{Config, Database, Error, ServerConfig};

use crate::support::Target;
use crate::support::reply::Reply;
use crate::support::served::Served;
use crate::support::words::command;

fn with_password() -> Served {
    let password = Some("open sesame".to_owned());
    Served::with(Config::default(), ServerConfig { password, ..ServerConfig::default() })
}

#[test]
fn strangers_may_only_say_who_they_are() {
    let served = with_password();
    let mut connection = served.connect();
    for line in ["GET a", "PING", "CLIENT LIST", "INFO", "SELECT 1", "CONFIG GET *", "COMMAND"] {
        let reply = connection.run(&command(line));
        assert_eq!(reply, Reply::Error("NOAUTH Authentication required.".to_owned()), "{line}");
    }
    let refused = "EXECABORT Transaction discarded because of: NOAUTH Authentication required.";
    assert_eq!(connection.run(&command("EXEC")), Reply::Error(refused.to_owned()));
    let hello = connection.run(&command("HELLO 3"));
    assert!(matches!(&hello, Reply::Error(text) if text.starts_with("NOAUTH HELLO")), "{hello}");
    let wrong = "WRONGPASS invalid username-password pair or user is disabled.".to_owned();
    for line in ["AUTH \"open sesam\"", "AUTH nobody \"open sesame\""] {
        assert_eq!(connection.run(&command(line)), Reply::Error(wrong.clone()), "{line}");
    }
    assert_eq!(connection.run(&command("AUTH \"open sesame\"")), Reply::Status("OK".to_owned()));
    assert_eq!(connection.run(&command("DBSIZE")), Reply::Integer(0));
    assert_eq!(connection.raw("CONFIG GET requirepass"), "*2\r\n$11\r\nrequirepass\r\n$0\r\n\r\n");
    let mut other = served.connect();
    let hello = other.run(&command("HELLO 3 AUTH default \"open sesame\""));
    assert!(matches!(hello, Reply::Array(_)), "{hello}");
}

#[test]
fn who_says_it_wrongly_three_times_is_closed() {
    let served = with_password();
    let told = served.told(&b"AUTH wrong\r\n".repeat(5));
    assert_eq!(told.matches("WRONGPASS").count(), 3, "{told}");
}

#[test]
fn what_strangers_send_is_small() {
    let served = with_password();
    let refused = |bytes: &[u8]| served.told(bytes);
    assert_eq!(refused(b"*11\r\n"), "-ERR Protocol error: unauthenticated multibulk length\r\n");
    let long = b"*2\r\n$4\r\nAUTH\r\n$16385\r\n";
    assert_eq!(refused(long), "-ERR Protocol error: unauthenticated bulk length\r\n");
    // In one go with the password, more is taken.
    let known = format!("AUTH \"open sesame\"\r\nSET a {}\r\nQUIT\r\n", "x".repeat(30 << 10));
    assert_eq!(refused(known.as_bytes()), "+OK\r\n+OK\r\n+OK\r\n");
}

#[test]
fn who_does_not_say_who_it_is_is_closed() {
    let password = Some("open sesame".to_owned());
    let auth_timeout = Duration::from_millis(1);
    let served = Served::with(
        Config::default(),
        ServerConfig { password, auth_timeout, ..ServerConfig::default() },
    );
    assert_eq!(served.socket().read(&mut [0; 1]).expect("it is closed in order"), 0);
}

#[test]
fn who_is_silent_for_too_long_is_closed() {
    let idle_timeout = Some(Duration::from_secs(1));
    let served =
        Served::with(Config::default(), ServerConfig { idle_timeout, ..ServerConfig::default() });
    assert_eq!(served.socket().read(&mut [0; 1]).expect("it is closed in order"), 0);
}

#[test]
fn there_are_only_so_many_clients() {
    let served =
        Served::with(Config::default(), ServerConfig { max_clients: 2, ..ServerConfig::default() });
    let (mut first, mut second) = (served.connect(), served.connect());
    for connection in [&mut first, &mut second] {
        assert_eq!(connection.run(&command("PING")), Reply::Status("PONG".to_owned()));
    }
    assert_eq!(served.told(b""), "-ERR max number of clients reached\r\n");
    assert_eq!(first.raw("CONFIG SET maxclients 3"), "+OK\r\n");
    assert_eq!(served.told(b"QUIT\r\n"), "+OK\r\n");
}

#[test]
fn what_is_no_request_is_answered_and_closed() {
    let served = Served::start();
    let cases: [(&[u8], &str); 6] = [
        (b"PING\r\n*x\r\nPING\r\n", "+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n"),
        (b"*1\r\n*1\r\n$4\r\nPING\r\n", "-ERR Protocol error: expected '$', got '*'\r\n"),
        (b"*1\r\n$999999999999\r\n", "-ERR Protocol error: invalid bulk length\r\n"),
        (b"*1000000000\r\n", "-ERR Protocol error: invalid multibulk length\r\n"),
        (b"SET a \"b\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n"),
        (b"POST / HTTP/1.1\r\nHost: x\r\n\r\nSET a b\r\n", ""),
    ];
    for (bytes, expected) in cases {
        assert_eq!(served.told(bytes), expected, "{}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(served.database.dbsize(), Ok(0));
}

#[test]
fn who_does_not_take_its_answers_is_closed() {
    let max_unsent_bytes = 8 << 20;
    let options = ServerConfig { max_unsent_bytes, ..ServerConfig::default() };
    let served = Served::with(Config::default(), options);
    served.database.set("large", vec![b'x'; 1 << 20]).expect("there is memory");
    let mut socket = served.socket();
    let mut is_closed = false;
    for _ in 0..1_000 {
        if socket.write_all(&b"GET large\r\n".repeat(10)).is_err() {
            is_closed = true;
            break;
        }
    }
    assert!(is_closed, "it takes requests for ever");
    // Others are served.
    assert_eq!(served.told(b"STRLEN large\r\nQUIT\r\n"), ":1048576\r\n+OK\r\n");
}

#[test]
fn others_reach_a_server_only_with_a_password() {
    let db = Database::in_memory();
    let everywhere = || vec!["0.0.0.0:0".parse().expect("an address")];
    let options = ServerConfig { addresses: everywhere(), ..ServerConfig::default() };
    assert!(matches!(db.server(options.clone()), Err(Error::InvalidConfig { .. })));
    assert!(matches!(db.listen("0.0.0.0:0"), Err(Error::InvalidConfig { .. })));
    let password = Some("open sesame".to_owned());
    assert!(db.server(ServerConfig { password, ..options.clone() }).is_ok());
    assert!(db.server(ServerConfig { allows_strangers: true, ..options }).is_ok());
    assert!(matches!(db.server(ServerConfig::default()), Err(Error::InvalidConfig { .. })));
}

#[test]
fn a_configuration_is_checked() {
    let db = Database::in_memory();
    let base = || ServerConfig {
        addresses: vec!["127.0.0.1:0".parse().expect("an address")],
        ..ServerConfig::default()
    };
    for options in [
        ServerConfig { threads: 0, ..base() },
        ServerConfig { threads: 65, ..base() },
        ServerConfig { password: Some(String::new()), ..base() },
        ServerConfig { max_argument_bytes: (512 << 20) + 1, ..base() },
        ServerConfig { max_command_bytes: 4 << 30, ..base() },
    ] {
        assert!(matches!(db.server(options), Err(Error::InvalidConfig { .. })));
    }
    let shown = format!("{:?}", ServerConfig { password: Some("sesame".to_owned()), ..base() });
    assert!(!shown.contains("sesame"), "{shown}");
}
