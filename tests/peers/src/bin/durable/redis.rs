//! redis-server as a peer: filled over a Unix socket, ended, and timed while it loads its file.

use std::fs;
use std::io::{BufWriter, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Result, VALUE, key};

/// A redis-server with a directory of its own.
pub(crate) struct Redis {
    dir: PathBuf,
    options: Vec<String>,
    /// How many it holds.
    keys: u64,
}

impl Redis {
    pub(crate) fn filled(dir: &Path, keys: u64, options: &[&str], saves: bool) -> Result<Redis> {
        fs::create_dir_all(dir)?;
        let options = options.iter().map(ToString::to_string).collect();
        let redis = Redis { dir: dir.to_path_buf(), options, keys };
        let (mut child, _) = redis.start(b"PING\r\n", b"+PONG\r\n")?;
        let stream = UnixStream::connect(dir.join("socket"))?;
        let mut replies = stream.try_clone()?;
        let reader = std::thread::spawn(move || -> std::io::Result<()> {
            let mut left = usize::try_from(keys).unwrap_or(usize::MAX) * b"+OK\r\n".len();
            let mut buffer = vec![0; 1 << 16];
            while left > 0 {
                left -= replies.read(&mut buffer)?.min(left);
            }
            Ok(())
        });
        let mut out = BufWriter::new(stream);
        for n in 0..keys {
            out.write_all(b"*3\r\n$3\r\nSET\r\n$16\r\n")?;
            out.write_all(&key(n))?;
            out.write_all(b"\r\n$64\r\n")?;
            out.write_all(&VALUE)?;
            out.write_all(b"\r\n")?;
        }
        out.flush()?;
        reader.join().expect("no panic")?;
        let word: &[u8] = if saves { b"SHUTDOWN SAVE\r\n" } else { b"SHUTDOWN NOSAVE\r\n" };
        out.write_all(word)?;
        out.flush()?;
        child.wait()?;
        Ok(redis)
    }

    /// Starts it and asks until it gives the answer; how long that took, in milliseconds.
    fn start(&self, question: &[u8], answer: &[u8]) -> Result<(Child, f64)> {
        let socket = self.dir.join("socket");
        drop(fs::remove_file(&socket));
        let start = Instant::now();
        let mut child = Command::new("redis-server")
            .args(["--port", "0", "--loglevel", "warning", "--unixsocket"])
            .arg(&socket)
            .arg("--dir")
            .arg(&self.dir)
            .args(&self.options)
            .stdout(Stdio::null())
            .spawn()?;
        while start.elapsed() < Duration::from_secs(30) {
            if let Ok(mut stream) = UnixStream::connect(&socket) {
                let mut reply = vec![0; answer.len()];
                stream.write_all(question)?;
                // While it loads it answers with an error, which may be shorter.
                stream.read_exact(&mut reply[..1])?;
                if reply[0] == b'-' {
                    std::thread::sleep(Duration::from_millis(1));
                    continue;
                }
                if stream.read_exact(&mut reply[1..]).is_ok() && reply == answer {
                    return Ok((child, start.elapsed().as_secs_f64() * 1e3));
                }
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill()?;
        Err("redis-server did not answer".into())
    }

    /// How long it takes to load its file and answer a get, in milliseconds.
    pub(crate) fn load(&self) -> Result<f64> {
        let mut question = b"GET ".to_vec();
        question.extend_from_slice(&key(self.keys / 2));
        question.extend_from_slice(b"\r\n");
        let mut answer = b"$64\r\n".to_vec();
        answer.extend_from_slice(&VALUE);
        let (mut child, took) = self.start(&question, &answer)?;
        child.kill()?;
        child.wait()?;
        Ok(took)
    }
}
