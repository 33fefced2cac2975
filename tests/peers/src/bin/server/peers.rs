//! The servers: programs of their own on loopback, as their users run them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::load::Plain;
use crate::{IDLE_CONNECTIONS, Result, SERVES};

/// A server that runs, and ends with this.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    process: Child,
}

/// The names of all, the judged one first and its measure next.
pub(crate) const NAMES: [&str; 3] = ["kora", "redis", "koracli"];

impl Peer {
    /// Starts a server that keeps nothing on a disk; an error when it is not on this machine.
    pub(crate) fn start(name: &str) -> Result<Peer> {
        match name {
            "kora" => Self::start_kora(),
            "redis" => {
                let clients = (IDLE_CONNECTIONS + 1000).to_string();
                Self::start_at_port("redis", "redis-server", |port| {
                    let mut words = vec!["--port".to_owned(), port];
                    words.extend(["--save", "", "--appendonly", "no"].map(str::to_owned));
                    words.extend(["--maxclients".to_owned(), clients.clone()]);
                    words
                })
            }
            "koracli" => {
                // Its program is called `kora`, as ours is.
                let program = std::env::var("KORA_PEERS_KORACLI")?;
                Self::start_at_port("koracli", &program, |port| {
                    ["--bind", "127.0.0.1", "--port", &port].map(str::to_owned).to_vec()
                })
            }
            _ => Err(format!("there is no server {name:?}").into()),
        }
    }

    /// Ours takes a free port and says which.
    fn start_kora() -> Result<Peer> {
        let mut process =
            Command::new(std::env::current_exe()?).arg(SERVES).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or("the output is piped")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok(Peer { name: "kora", address: line.trim().parse()?, process })
    }

    /// The others are told a port that was free a moment ago.
    fn start_at_port(
        name: &'static str,
        program: &str,
        words: impl Fn(String) -> Vec<String>,
    ) -> Result<Peer> {
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let mut command = Command::new(program);
        command.args(words(address.port().to_string())).stdout(Stdio::null());
        let mut process = command.stderr(Stdio::null()).spawn()?;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) && process.try_wait()?.is_none() {
            if Plain::connect(address).and_then(|mut plain| plain.ask(b"")).is_ok() {
                return Ok(Peer { name, address, process });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        process.kill().ok();
        Err(format!("{program} does not answer").into())
    }

    /// Processor time that all its threads have had so far.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let mut total = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            // Nanoseconds on a processor stand first.
            let text = fs::read_to_string(task?.path().join("schedstat"))?;
            let first = text.split_whitespace().next().ok_or("schedstat has numbers")?;
            total += first.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(total))
    }

    /// Bytes that are resident of what is no file.
    pub(crate) fn resident(&self) -> Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kib.ok_or("status has a line of anonymous memory")?.parse::<u64>()? * 1024)
    }

    /// Takes the time of its process from us.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.process.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "a child takes signals");
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            eprintln!("{} was not cleared away: {error}", self.name);
        }
    }
}
