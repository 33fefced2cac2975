//! Who asks: some connections, each of which sends the next request when it has the whole answer.
//!
//! One thread waits for all of them, so that little of the machine is taken from the services.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Result;

/// What is asked, of whom, and by how many at once.
#[derive(Clone, Copy)]
pub(crate) struct Load<'l> {
    pub(crate) address: &'l str,
    pub(crate) path: &'l str,
    pub(crate) connections: usize,
}

/// What came back.
pub(crate) struct Answers {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    latencies: hdrhistogram::Histogram<u64>,
}

impl Answers {
    pub(crate) fn percentile_us(&self, percent: f64) -> f64 {
        self.latencies.value_at_percentile(percent) as f64 / 1000.0
    }
}

impl Load<'_> {
    pub(crate) fn run(&self, time: Duration) -> Result<Answers> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let begin = Instant::now();
            let mut asking = tokio::task::JoinSet::new();
            for _ in 0..self.connections {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                let request = format!("GET {} HTTP/1.1\r\nhost: peers\r\n\r\n", self.path);
                asking.spawn(ask(stream, request, begin + time));
            }
            let mut latencies = hdrhistogram::Histogram::new(3)?;
            while let Some(asked) = asking.join_next().await {
                latencies.add(asked??)?;
            }
            let seconds = begin.elapsed().as_secs_f64();
            Ok(Answers { requests: latencies.len(), seconds, latencies })
        })
    }
}

async fn ask(
    mut stream: TcpStream,
    request: String,
    end: Instant,
) -> Result<hdrhistogram::Histogram<u64>> {
    let mut latencies = hdrhistogram::Histogram::new(3)?;
    let mut buffer = vec![0; 4096];
    loop {
        let begin = Instant::now();
        if begin >= end {
            return Ok(latencies);
        }
        stream.write_all(request.as_bytes()).await?;
        let mut filled = 0;
        loop {
            let read = stream.read(&mut buffer[filled..]).await?;
            if read == 0 {
                return Err("the service has closed the connection".into());
            }
            filled += read;
            if is_whole(&buffer[..filled])? {
                break;
            }
        }
        latencies.record(u64::try_from(begin.elapsed().as_nanos())?)?;
    }
}

/// Whether an answer is all there; an error when it is not 200.
fn is_whole(answer: &[u8]) -> Result<bool> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(false);
    };
    let head = std::str::from_utf8(&answer[..end])?;
    if !head.starts_with("HTTP/1.1 200") {
        return Err(head.to_owned().into());
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.ok_or("an answer has a length")?.parse()?;
    Ok(answer.len() == end + 4 + length)
}
