//! A real `redis-server`, the oracle, and a client for it.
//!
//! The server is found in PATH, listens on a Unix socket in a folder of its own, keeps nothing on
//! disk, and dies with its [`Redis`]. Without one, tests say so and pass, unless
//! `KORA_REQUIRE_REDIS=1` asks for it. The client is written here
//! so that no code under test reads the oracle's replies. It reads RESP3 too, as the RESP2 that says
//! the same.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::Target;
use super::reply::Reply;
use super::words::{self, Words};

/// A running server; dropping it ends the process and removes its folder.
#[derive(Debug)]
pub(crate) struct Redis {
    process: Child,
    folder: PathBuf,
}

impl Redis {
    /// Starts a server, or says that there is none to start.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// The same, with more options.
    pub(crate) fn start_with(options: &[&str]) -> Option<Self> {
        let folder = new_folder();
        match spawn(&folder, options) {
            Ok(process) => Some(Self { process, folder }.when_ready()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::remove_dir_all(&folder).expect("an empty folder can be removed");
                skip();
                None
            }
            Err(error) => panic!("redis-server did not start: {error}"),
        }
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> Connection {
        let stream = UnixStream::connect(self.folder.join("socket"));
        Connection::over(stream.expect("a ready server accepts connections"))
    }

    /// Waits for the line that says the socket is open; a server that dies ends the wait.
    fn when_ready(mut self) -> Self {
        let mut log = String::new();
        let mut output = BufReader::new(self.process.stdout.take().expect("stdout is a pipe"));
        while !log.contains("eady to accept connections") {
            let length = output.read_line(&mut log).expect("redis-server logs text");
            assert!(length > 0, "redis-server did not come up:\n{log}");
        }
        self.process.stdout = Some(output.into_inner());
        self
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.process.kill().expect("our own child can be killed");
        self.process.wait().expect("our own child can be waited for");
        fs::remove_dir_all(&self.folder).expect("our own folder can be removed");
    }
}

/// A folder that nobody else has; one that a killed run left behind is passed over.
fn new_folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("kora-redis-{}-{count}", process::id()));
        match fs::create_dir(&folder) {
            Ok(()) => return folder,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => panic!("{}: {error}", folder.display()),
        }
    }
}

fn spawn(folder: &Path, options: &[&str]) -> io::Result<Child> {
    Command::new("redis-server")
        .args(["--port", "0", "--unixsocket", "socket", "--dir", "."])
        .args(["--save", "", "--appendonly", "no", "--logfile", "", "--loglevel", "notice"])
        .args(options)
        // SORT ALPHA collates by the locale of the server.
        .env("LC_ALL", "C")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skip() {
    let required = env::var_os("KORA_REQUIRE_REDIS").is_some_and(|value| value == "1");
    assert!(!required, "KORA_REQUIRE_REDIS=1, but there is no redis-server in PATH");
    eprintln!("skipped: no redis-server");
}

/// How long a reply may take: a server that does not answer fails a test instead of keeping it.
const PATIENCE: Duration = Duration::from_secs(60);

/// One connection, to the oracle or to a server that is compared with it.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<UnixStream>,
    outgoing: Vec<u8>,
}

impl Connection {
    /// A connection over a socket.
    pub(crate) fn over(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
        Self { stream: BufReader::with_capacity(1 << 16, stream), outgoing: Vec::new() }
    }

    /// Speaks RESP3 from here on.
    pub(crate) fn speak_resp3(&mut self) {
        let hello = self.run(&words::command("HELLO 3"));
        assert!(matches!(hello, Reply::Array(_)), "{hello}");
    }

    /// The reply to a command, or nothing when the server has closed the connection.
    ///
    /// # Panics
    /// When none comes for so long that none will.
    pub(crate) fn run_if_alive(&mut self, words: &[Vec<u8>]) -> Option<Reply> {
        self.queue(words);
        let sent = self.stream.get_mut().write_all(&self.outgoing);
        self.outgoing.clear();
        let is_alive = sent.is_ok()
            && match self.stream.fill_buf() {
                Ok(bytes) => !bytes.is_empty(),
                Err(error) => {
                    assert_ne!(error.kind(), io::ErrorKind::WouldBlock, "no reply comes");
                    false
                }
            };
        is_alive.then(|| self.read())
    }

    /// Sends a line's words, and returns the bytes of the reply as they came.
    pub(crate) fn raw(&mut self, line: &str) -> String {
        self.queue(&words::command(line));
        // Nothing is known of how long the reply is, so another marks its end.
        self.queue(&words::command("ECHO the-end-of-it"));
        self.send();
        let mut reply = Vec::new();
        while !reply.ends_with(b"$13\r\nthe-end-of-it\r\n") {
            let length = self.stream.read_until(b'\n', &mut reply).expect("the server answers");
            assert!(length > 0, "the server went away");
        }
        let reply = String::from_utf8_lossy(&reply).into_owned();
        reply.trim_end_matches("$13\r\nthe-end-of-it\r\n").to_owned()
    }

    /// Sends a command, and reads nothing.
    pub(crate) fn say(&mut self, words: &[Vec<u8>]) {
        self.queue(words);
        self.send();
    }

    /// Says a line, and reads one reply's bytes.
    pub(crate) fn raw_reply_to(&mut self, line: &str) -> String {
        self.say(&words::command(line));
        self.raw_reply()
    }

    /// The bytes of the next reply, or of what comes without having been asked for.
    ///
    /// # Panics
    /// When none comes for so long that none will.
    pub(crate) fn raw_reply(&mut self) -> String {
        let (mut reply, mut left) = (Vec::new(), 1);
        while left > 0 {
            let start = reply.len();
            self.stream.read_until(b'\n', &mut reply).expect("something comes");
            assert!(reply.len() > start, "the server went away");
            let head = String::from_utf8_lossy(&reply[start..]).trim_end().to_owned();
            let (kind, rest) = head.split_at(1);
            let items = if "*~>%$=".contains(kind) { length(rest).unwrap_or(0) } else { 0 };
            left -= 1;
            match kind {
                "*" | "~" | ">" => left += items,
                "%" => left += 2 * items,
                "$" | "=" if rest != "-1" => {
                    let start = reply.len();
                    reply.resize(start + items + 2, 0);
                    self.stream.read_exact(&mut reply[start..]).expect("a bulk reply is whole");
                }
                _ => {}
            }
        }
        String::from_utf8_lossy(&reply).into_owned()
    }

    /// Empties every database and returns to the first.
    pub(crate) fn reset(&mut self) {
        for line in ["SELECT 0", "FLUSHALL"] {
            assert_eq!(self.run(&words::command(line)), Reply::Status("OK".into()));
        }
    }

    /// Whether the server is older than Redis 7.2.
    pub(crate) fn is_before_7_2(&mut self) -> bool {
        let info = self.run(&words::command("INFO server"));
        let info =
            String::from_utf8_lossy(info.bytes().expect("INFO answers with text")).into_owned();
        let version = info.lines().find_map(|line| line.strip_prefix("redis_version:"));
        let mut parts = version.expect("INFO names the version").split('.').map(str::parse::<u32>);
        let mut part =
            || parts.next().and_then(Result::ok).expect("a version is two numbers or more");
        (part(), part()) < (7, 2)
    }

    fn queue(&mut self, words: &[Vec<u8>]) {
        let out = &mut self.outgoing;
        write!(out, "*{}\r\n", words.len()).expect("a Vec takes all bytes");
        for word in words {
            write!(out, "${}\r\n", word.len()).expect("a Vec takes all bytes");
            out.extend_from_slice(word);
            out.extend_from_slice(b"\r\n");
        }
    }

    fn send(&mut self) {
        self.stream.get_mut().write_all(&self.outgoing).expect("the oracle reads");
        self.outgoing.clear();
    }

    fn read(&mut self) -> Reply {
        let line = self.read_line();
        let (kind, rest) = line.split_at(1);
        match kind {
            "+" => Reply::Status(rest.to_owned()),
            "-" => Reply::Error(rest.to_owned()),
            ":" => Reply::Integer(rest.parse().expect("an integer reply is an i64")),
            "$" => length(rest).map_or(Reply::Nil, |length| Reply::Bulk(self.read_bytes(length))),
            "*" => length(rest).map_or(Reply::NilArray, |length| {
                Reply::Array((0..length).map(|_| self.read()).collect())
            }),
            "_" => Reply::Nil,
            "," => Reply::bulk(rest),
            "~" => self.read_items(rest, 1),
            "%" => self.read_items(rest, 2),
            "=" => {
                let bytes = self.read_bytes(length(rest).expect("a text has a length"));
                Reply::bulk(bytes.strip_prefix(b"txt:").expect("a text says what it is"))
            }
            _ => panic!("neither RESP2 nor RESP3: {line}"),
        }
    }

    fn read_items(&mut self, count: &str, each: usize) -> Reply {
        let count = each * length(count).expect("a set or a map has a length");
        Reply::Array((0..count).map(|_| self.read()).collect())
    }

    fn read_line(&mut self) -> String {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).expect("the oracle answers");
        let line = line.strip_suffix(b"\r\n").expect("a reply line is whole");
        String::from_utf8_lossy(line).into_owned()
    }

    fn read_bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length + 2];
        self.stream.read_exact(&mut bytes).expect("a bulk reply is whole");
        bytes.truncate(length);
        bytes
    }
}

/// The length of a bulk string or an array; none for a nil one.
fn length(digits: &str) -> Option<usize> {
    (digits != "-1").then(|| digits.parse().expect("a length is a count or -1"))
}

impl Target for Connection {
    fn run(&mut self, words: &[Vec<u8>]) -> Reply {
        self.queue(words);
        self.send();
        self.read()
    }

    /// Sends all commands, then reads all replies; Redis never stops reading to wait for its
    /// reader.
    fn run_all(&mut self, commands: &[Words]) -> Vec<Reply> {
        commands.iter().for_each(|words| self.queue(words));
        self.send();
        commands.iter().map(|_| self.read()).collect()
    }
}
