//! The same data over a socket: another program's view, spoken by hand.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use kora::Database;
use serde_json::json;

use super::{Result, expect, section, show};

/// As much of a Redis client as it takes to ask for something and to read lines.
struct Client(BufReader<TcpStream>);

impl Client {
    /// Sends a line of words; the answer's text, without what says how long it is.
    fn ask(&mut self, line: &str) -> Result<String> {
        println!("  > {line}");
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes())?;
        let mut text = self.line()?;
        if text.starts_with('$') && text != "$-1" {
            text = self.line()?;
        }
        println!("  {text}");
        Ok(text)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

/// Opens the data that this process works on, and works on it from both sides.
pub(super) fn wire(db: &Database) -> Result<()> {
    section("Redis clients: the same data over a socket");
    let server = db.listen("127.0.0.1:0")?;
    let port = server.port().ok_or("it listens at a port")?;
    println!("  redis-cli -p {port} would do as well");
    let mut client = Client(BufReader::new(TcpStream::connect(("127.0.0.1", port))?));

    db.set("greeting", "hello from the process")?;
    let told = client.ask("GET greeting")?;
    expect(told == "hello from the process", "a client sees what the process wrote")?;

    client.ask("SET answer \"hello from the socket\"")?;
    let answer = db.get("answer")?;
    println!("  db.get(\"answer\") is {}", show(&answer));
    expect(answer.as_deref() == Some(b"hello from the socket"), "the process sees the client's")?;

    let rooms = db.create_collection("rooms")?;
    client.ask("DOC.SET rooms blue '{\"seats\": 12}'")?;
    let room = rooms.get::<serde_json::Value>("blue")?;
    expect(room == Some(json!({"seats": 12})), "documents are no exception")?;

    // Two commands in one step, and nobody sees the first without the second.
    for line in ["MULTI", "INCR visits", "INCR visits"] {
        client.ask(line)?;
    }
    expect(client.ask("EXEC")? == "*2", "two answers")?;
    expect(db.get("visits")?.as_deref() == Some(b"2"), "the step was done")?;
    server.shutdown();
    println!("  the server has ended, the data are where they were");
    Ok(())
}
