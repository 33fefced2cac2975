//! The shop of the examples as a process: the lines of the README by clients of HTTP and of Redis,
//! the last piece that a hundred want, and `kill -9` in the middle of checkouts.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, LazyLock, Mutex, PoisonError};
use std::thread;

use redis::Value as RedisValue;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{Request, StatusCode};

use crate::support::folder::Folder;
use crate::support::program::built;

static PROGRAM: LazyLock<PathBuf> =
    LazyLock::new(|| built(&["--package", "kora-examples", "--bin", "storefront"]));

/// What the README says where the shop is.
const README_HTTP: &str = "http://127.0.0.1:8080";

/// A running shop; dropping it kills it.
struct Shop {
    process: Child,
    http: String,
    redis: u16,
    agent: Agent,
    /// Open as long as it may say something.
    _output: BufReader<ChildStdout>,
}

impl Shop {
    /// Opens a shop on a directory; it takes requests when this returns.
    fn open(folder: &Folder) -> Shop {
        let mut process = Command::new(&*PROGRAM)
            .args(["--http", "127.0.0.1:0", "--redis", "127.0.0.1:0", "--data"])
            .arg(folder.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = process.stdout.take().expect("stdout is a pipe");
        let mut output = BufReader::new(output);
        let mut last_word = || {
            let mut line = String::new();
            output.read_line(&mut line).expect("it says where it is");
            line.trim_end().rsplit(' ').next().expect("a line has words").to_owned()
        };
        let (http, redis) = (last_word(), last_word().parse().expect("a port"));
        let agent = Agent::config_builder().http_status_as_error(false).build().into();
        Shop { process, http, redis, agent, _output: output }
    }

    fn try_ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Result<(StatusCode, String), ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.http));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_owned())?)?
            }
            // Of a length: the end of a body in pieces may come behind an answer that did not wait for
            // it, and hyper closes the connection then.
            None if method == "POST" => self.agent.run(request.body(String::new())?)?,
            None => self.agent.run(request.body(())?)?,
        };
        let status = response.status();
        Ok((status, response.into_body().read_to_string()?))
    }

    #[track_caller]
    fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let body = body.map(|body| body.to_string());
        let answer = self.try_ask(method, path, &[], body.as_deref());
        let (status, text) = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        (status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
    }

    fn redis(&self, words: &[&str]) -> RedisValue {
        let client = redis::Client::open(("127.0.0.1", self.redis)).expect("an address");
        let mut connection = client.get_connection().expect("the port is open");
        let mut command = redis::cmd(words[0]);
        words[1..].iter().for_each(|word| {
            command.arg(*word);
        });
        let answer = command.query(&mut connection);
        answer.unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    fn number(&self, words: &[&str]) -> u64 {
        let answer = self.redis(words);
        redis::from_redis_value(answer).expect("a number")
    }

    fn sign_up(&self, user: &str) {
        let body = json!({"id": user, "email": format!("{user}@example.org"), "name": user});
        assert_eq!(self.ask("POST", "/users", Some(body)).0, StatusCode::CREATED);
    }

    fn fill_cart(&self, user: &str, sku: &str) -> Result<(StatusCode, String), ureq::Error> {
        self.try_ask("PUT", &format!("/users/{user}/cart/{sku}"), &[], Some("{\"count\": 1}"))
    }

    fn check_out(&self, user: &str, key: &str) -> Result<(StatusCode, String), ureq::Error> {
        let path = format!("/users/{user}/checkout");
        self.try_ask("POST", &path, &[("idempotency-key", key)], None)
    }

    /// SIGKILL: nothing of it runs any more.
    fn kill(&mut self) {
        self.process.kill().expect("our own child can be killed");
        self.process.wait().expect("our own child can be waited for");
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The words of a line of a shell; quotes are single.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// Does what `curl` would.
fn curl(shop: &Shop, words: &[String]) -> String {
    let (mut method, mut url, mut headers, mut body) = (None, None, Vec::new(), None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().expect("an option has a value").as_str();
        match word.as_str() {
            "-s" => {}
            "-X" => method = Some(value()),
            "-H" => headers.push(value().split_once(": ").expect("NAME: VALUE")),
            "--json" => body = Some(value()),
            other => url = Some(other),
        }
    }
    let path = url.and_then(|url| url.strip_prefix(README_HTTP)).expect("the shop's address");
    let method = method.unwrap_or(if body.is_some() { "POST" } else { "GET" });
    let (status, text) = shop.try_ask(method, path, &headers, body).expect("the shop answers");
    assert!(status.is_success(), "{method} {path}: {status} {text}");
    text
}

#[test]
fn the_lines_of_the_readme_answer_as_it_says() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = std::fs::read_to_string(readme).expect("there is a README");
    let section = readme.split("What it answers stands behind the lines:\n\n```sh\n").nth(1);
    let section = section.and_then(|rest| rest.split("```").next()).expect("a block of lines");
    assert!(section.lines().count() > 10, "{section}");

    let folder = Folder::new();
    let shop = Shop::open(&folder);
    for line in section.lines() {
        let (command, wanted) = line.rsplit_once(" # ").expect("a line says what it answers");
        let words = words(command);
        let answer = match words[0].as_str() {
            "curl" => curl(&shop, &words[1..]),
            "redis-cli" => {
                assert_eq!(words[1..3], ["-p", "6380"]);
                let words: Vec<&str> = words[3..].iter().map(String::as_str).collect();
                let answer = shop.redis(&words);
                let list: Result<Vec<String>, _> = redis::from_redis_value(answer.clone());
                let one = |_| vec![redis::from_redis_value(answer).expect("text or a number")];
                list.unwrap_or_else(one).join("\n")
            }
            other => panic!("{other} is no client"),
        };
        assert!(answer.contains(wanted.trim()), "{line}\n{answer}");
    }
}

#[test]
fn the_last_piece_is_sold_once() {
    const BUYERS: usize = 100;
    let folder = Folder::new();
    let shop = Shop::open(&folder);
    for buyer in 0..BUYERS {
        shop.sign_up(&format!("u{buyer}"));
        let (status, _) = shop.fill_cart(&format!("u{buyer}"), "chair").expect("it answers");
        assert_eq!(status, StatusCode::OK);
    }
    let start = Barrier::new(BUYERS);
    let statuses: Vec<StatusCode> = thread::scope(|scope| {
        let buy = |buyer: usize| {
            let (shop, start) = (&shop, &start);
            scope.spawn(move || {
                start.wait();
                shop.check_out(&format!("u{buyer}"), &format!("key-{buyer}")).expect("it answers").0
            })
        };
        let buyers: Vec<_> = (0..BUYERS).map(buy).collect();
        buyers.into_iter().map(|buyer| buyer.join().expect("no panic")).collect()
    });
    let count = |status| statuses.iter().filter(|it| **it == status).count();
    assert_eq!(count(StatusCode::CREATED), 1, "{statuses:?}");
    assert_eq!(count(StatusCode::CONFLICT), BUYERS - 1, "{statuses:?}");
    assert_eq!(shop.ask("GET", "/products/chair", None).1["stock"], 0);
    assert_eq!(shop.number(&["DOC.COUNT", "orders"]), 1);
    assert_eq!(shop.number(&["GET", "orders:placed"]), 1);
    assert_eq!(shop.number(&["ZSCORE", "sales", "chair"]), 1);
    // Who got nothing still has what they wanted.
    assert_eq!(shop.number(&["DOC.COUNT", "carts"]), BUYERS as u64 - 1);
}

/// What the clients of a shop know of their checkouts.
#[derive(Default)]
struct Known {
    /// Answered with an order.
    placed: Vec<String>,
    /// Asked for, and never answered: who and by which key.
    unanswered: Vec<(String, String)>,
}

/// Buys until the shop is gone; it is killed by whoever has the last of `orders`.
fn buy_until_killed(
    shop: &Shop,
    user: &str,
    round: usize,
    orders: &AtomicUsize,
    known: &Mutex<Known>,
) {
    for n in 0.. {
        let key = format!("{user}-{round}-{n}");
        match shop.fill_cart(user, "paper") {
            Ok((status, text)) => assert_eq!(status, StatusCode::OK, "{text}"),
            Err(_) => return,
        }
        let answer = shop.check_out(user, &key);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok((status, text)) => {
                assert_eq!(status, StatusCode::CREATED, "{text}");
                known.placed.push(key);
                drop(known);
                if orders.fetch_sub(1, Ordering::Relaxed) == 1 {
                    let pid = shop.process.id().to_string();
                    let killed = Command::new("kill").args(["-9", &pid]).status();
                    assert!(killed.expect("there is a program `kill`").success());
                }
            }
            Err(_) => {
                known.unanswered.push((user.to_owned(), key));
                return;
            }
        }
    }
}

#[test]
fn no_order_is_lost_or_doubled_by_kill_9() {
    const STOCK: u64 = 100_000;
    const CLIENTS: usize = 6;
    let folder = Folder::new();
    let mut shop = Shop::open(&folder);
    let paper = json!({"sku": "paper", "name": "Paper", "category": "paper", "price": 1, "stock": STOCK,
        "version": shop.ask("GET", "/products/paper", None).1["version"]});
    assert_eq!(shop.ask("PUT", "/products/paper", Some(paper)).0, StatusCode::OK);
    (0..CLIENTS).for_each(|client| shop.sign_up(&format!("u{client}")));
    let mut placed = 0;
    for round in 0..3 {
        let (orders, known) = (AtomicUsize::new(50 + 37 * round), Mutex::new(Known::default()));
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (shop, orders, known) = (&shop, &orders, &known);
                scope.spawn(move || {
                    buy_until_killed(shop, &format!("u{client}"), round, orders, known);
                });
            }
        });
        let known = known.into_inner().unwrap_or_else(PoisonError::into_inner);
        shop.kill();
        shop = Shop::open(&folder);
        let check = |orders: u64| {
            assert_eq!(shop.number(&["DOC.COUNT", "orders"]), orders);
            assert_eq!(shop.number(&["GET", "orders:placed"]), orders);
            assert_eq!(shop.number(&["ZSCORE", "sales", "paper"]), orders);
            assert_eq!(shop.ask("GET", "/products/paper", None).1["stock"], STOCK - orders);
        };
        // What was answered is there; of the others each is there whole, or not at all.
        check(shop.number(&["DOC.COUNT", "orders"]));
        for key in &known.placed {
            assert_eq!(shop.ask("GET", &format!("/orders/{key}"), None).0, StatusCode::OK, "{key}");
        }
        // Asked again, each of the others is ordered once.
        for (user, key) in &known.unanswered {
            let (status, text) = shop.check_out(user, key).expect("it answers");
            assert!(status.is_success(), "{key}: {status} {text}");
        }
        placed += (known.placed.len() + known.unanswered.len()) as u64;
        check(placed);
    }
}

#[test]
fn it_ends_in_order_when_it_is_told_to() {
    let folder = Folder::new();
    let mut shop = Shop::open(&folder);
    shop.sign_up("ann");
    let pid = shop.process.id().to_string();
    let told = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(told.expect("there is a program `kill`").success());
    assert!(shop.process.wait().expect("it ends").success());
    let shop = Shop::open(&folder);
    assert_eq!(shop.ask("GET", "/users/ann", None).0, StatusCode::OK);
}
