//! `kora serve`, the program itself: where options come from, what it keeps, how it ends.

use std::fs;
use std::io::{Read, Write};

use kora::{Config, Database};
use rustix::process::Signal;

use crate::support::folder::Folder;
use crate::support::program::{Run, Serving, kora};

const HERE: &str = "127.0.0.1:0";

#[test]
fn what_it_is_told_is_there_after_a_signal() {
    let folder = Folder::new();
    let dir = folder.join("data");
    let words = ["--addr", HERE, "--dir", dir.to_str().expect("a plain path"), "--shards", "3"];
    for (nth, signal) in [Signal::TERM, Signal::INT].into_iter().enumerate() {
        let serving = Serving::start(&words, &[], 1);
        let expected = format!(":{}\r\n+OK\r\n", nth + 1);
        assert_eq!(serving.told(b"INCR n\r\nQUIT\r\n"), expected);
        serving.signal(signal);
        let (status, told) = serving.ended();
        assert_eq!(status, Some(0), "{told}");
        assert!(told.contains("listening") && told.contains("ended"), "{told}");
    }
    let config = Config { data_dir: Some(dir), ..Config::default() };
    let db = Database::open(config).expect("nobody has it open");
    assert_eq!(db.get("n"), Ok(Some("2".into())));
}

/// Who sent something before the end has its answer.
#[test]
fn an_end_in_order_answers_first() {
    let serving = Serving::start(&["--addr", HERE], &[], 1);
    let mut socket = serving.connect();
    socket.write_all(b"PING\r\n").expect("it is connected");
    socket.read_exact(&mut [0; 7]).expect("it is answered");
    socket.write_all(&b"INCR n\r\n".repeat(1000)).expect("it is connected");
    let mut other = serving.connect();
    other.write_all(b"SHUTDOWN\r\n").expect("it is connected");
    let mut answers = String::new();
    other.read_to_string(&mut answers).expect("it is closed in order");
    assert_eq!(answers, "", "the answer is the end");
    socket.read_to_string(&mut answers).expect("it is closed in order");
    let (status, told) = serving.ended();
    assert_eq!(status, Some(0), "{told}");
    assert!(told.contains("SHUTDOWN"), "{told}");
    assert!(answers.is_empty() || answers.starts_with(":1\r\n"), "{answers}");
}

#[test]
fn options_come_from_the_line_then_the_environment_then_the_file() {
    let folder = Folder::new();
    let (file, secret) = (folder.join("kora.toml"), folder.join("secret"));
    fs::write(&secret, "open sesame\nand no more\n").expect("a free path");
    let socket = folder.join("socket").display().to_string();
    let text = format!(
        "addr = [{HERE:?}, {HERE:?}]\nunix = {socket:?}\ndatabases = 3\nmax-clients = 7\n\
         max-memory = \"64mb\"\nmax-memory-policy = \"allkeys-lfu\"\nallow-strangers = false\n\
         requirepass-file = {:?}\n",
        secret.display().to_string()
    );
    fs::write(&file, text).expect("a free path");
    let file = file.display().to_string();
    let variables =
        [("KORA_CONFIG", file.as_str()), ("KORA_DATABASES", "4"), ("KORA_MAX_CLIENTS", "8")];
    let serving = Serving::start(&["--databases", "5", "--log=error"], &variables, 3);
    assert_eq!(serving.addresses[2], format!("unix:{socket}"));
    let told = serving.told(
        b"PING\r\nAUTH \"open sesame\"\r\nCONFIG GET databases maxclients maxmemory maxmemory-policy\r\nQUIT\r\n",
    );
    let values: Vec<&str> = told.lines().filter(|line| !line.starts_with(['*', '$'])).collect();
    let expected = [
        "-NOAUTH Authentication required.",
        "+OK",
        "databases",
        "5",
        "maxclients",
        "8",
        "maxmemory",
        "67108864",
        "maxmemory-policy",
        "allkeys-lfu",
        "+OK",
    ];
    assert_eq!(values, expected);
    serving.signal(Signal::TERM);
    assert_eq!(serving.ended(), (Some(0), String::new()));
}

#[track_caller]
fn refused(words: &[&str], why: &str) {
    let words = std::iter::once("serve").chain(words.iter().copied());
    let Run { status, out, err } = kora(words.map(AsRef::as_ref));
    assert_eq!((status, &*out), (2, ""), "{err}");
    assert!(err.contains(why), "{err}");
}

#[test]
fn what_cannot_be_served_is_refused() {
    let folder = Folder::new();
    let file = folder.join("kora.toml");
    let path = file.display().to_string();
    refused(&["--shards", "x"], "shards on the command line: \"x\" is no number");
    refused(&["--max-memory", "1tb"], "no number of bytes");
    refused(&["--durability", "never"], "no time");
    refused(&["--max-memory-policy", "none"], "one of Redis's names");
    refused(&["--requirepass-file", &path], "cannot read");
    refused(&["--config", &path], "cannot read");
    fs::write(&file, "shard = 3\n").expect("a free path");
    refused(&["--config", &path], "shard in the file is no option");
    fs::write(&file, "shards = [3]\n").expect("a free path");
    refused(&["--config", &path], "a text, a number or a truth");
    fs::write(&file, "shards = \n").expect("a free path");
    refused(&["--config", &path], "kora.toml");
    refused(&["--addr", "0.0.0.0:0"], "password");
    let taken = std::net::TcpListener::bind(HERE).expect("a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    refused(&["--addr", &address], &address);
}
