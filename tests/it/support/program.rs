//! The program `kora`, built as its users build it.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::redis::Connection;

/// What a run printed, and its exit status.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program.
pub(crate) fn kora<'a>(words: impl IntoIterator<Item = &'a Path>) -> Run {
    let output = Command::new(&*PROGRAM).args(words).output().expect("the program runs");
    let Output { status, stdout, stderr } = output;
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    let status = status.code().expect("it ends by itself");
    Run { status, out: text(stdout), err: text(stderr) }
}

/// A server that the program runs, until it is dropped.
#[derive(Debug)]
pub(crate) struct Serving {
    child: Child,
    /// Where it says that it listens, a line an address.
    pub(crate) addresses: Vec<String>,
}

impl Serving {
    /// Runs `kora serve`, and waits until it listens at so many addresses.
    pub(crate) fn start(words: &[&str], variables: &[(&str, &str)], addresses: usize) -> Serving {
        let mut command = Command::new(&*PROGRAM);
        command.arg("serve").args(words).envs(variables.iter().copied());
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let lines = out.lines().take(addresses).map(|line| line.expect("it prints text"));
        let found: Vec<String> = lines.collect();
        let serving = Serving { child, addresses: found };
        assert_eq!(serving.addresses.len(), addresses, "{}", serving.ended().1);
        serving
    }

    /// A connection of bytes to the first address.
    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.addresses[0]).expect("the server accepts")
    }

    /// A connection that speaks requests and replies, to the first address, a Unix socket.
    pub(crate) fn speak(&self) -> Connection {
        let path = self.addresses[0].strip_prefix("unix:").expect("a Unix socket is the first");
        Connection::over(UnixStream::connect(path).expect("the server accepts"))
    }

    /// What comes back for some bytes until the server closes the connection.
    pub(crate) fn told(&self, bytes: &[u8]) -> String {
        let mut socket = self.connect();
        socket.write_all(bytes).expect("it is connected");
        let mut answers = String::new();
        socket.read_to_string(&mut answers).expect("it answers text");
        answers
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process has a number"), signal).expect("it is there");
    }

    /// Waits for its end: the exit status, and what it told.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let mut told = String::new();
        let mut err = self.child.stderr.take().expect("it is piped");
        err.read_to_string(&mut told).expect("it tells text");
        let status = self.child.wait().expect("it ends");
        (status.code(), told)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// With the features of the tests it has little left to build.
static PROGRAM: LazyLock<PathBuf> =
    LazyLock::new(|| built(&["--package", "kora", "--bin", "kora", "--features", "cli,testing"]));

/// Builds a program of another package, which only cargo knows the place of.
pub(crate) fn built(words: &[&str]) -> PathBuf {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = Command::new(cargo)
        .arg("build")
        .args(words)
        .args(["--quiet", "--message-format", "json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let lines = String::from_utf8(built.stdout).expect("cargo prints text");
    let mut programs = lines.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).expect("a message of cargo is JSON");
        message["executable"].as_str().map(PathBuf::from)
    });
    programs.next().expect("the program was built")
}
