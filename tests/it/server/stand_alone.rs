//! DEBUG QUICKLIST-PACKED-THRESHOLD: lists whose elements stand alone are lists like others.
//!
//! The threshold is one for a process, so each of these tests has the program in a process of its
//! own. How elements lie in nodes is tested beside the lists; here is what clients see.

use crate::support::Target;
use crate::support::folder::Folder;
use crate::support::grammar::Grammar;
use crate::support::history::Histories;
use crate::support::program::Serving;
use crate::support::redis::{Connection, Redis};
use crate::support::reply::Reply;
use crate::support::script::{Script, Step};
use crate::support::words::{Words, command};

/// A process with a server of an empty database.
struct Debugged {
    serving: Serving,
    // Dropped behind the server, whose socket is in it.
    _folder: Folder,
}

impl Debugged {
    fn start() -> Debugged {
        let folder = Folder::new();
        let [socket, dir] = ["socket", "data"].map(|name| folder.join(name).display().to_string());
        let words = ["--unix", &socket, "--dir", &dir, "--durability", "os", "--allow-debug"];
        Debugged { serving: Serving::start(&words, &[], 1), _folder: folder }
    }
}

fn set_threshold(connection: &mut Connection, size: &str) {
    let answer = connection.raw_reply_to(&format!("DEBUG QUICKLIST-PACKED-THRESHOLD {size}"));
    assert_eq!(answer, "+OK\r\n", "{size}");
}

fn ask(connection: &mut Connection, words: &[&[u8]]) -> Reply {
    let words: Words = words.iter().map(|word| word.to_vec()).collect();
    connection.run(&words)
}

#[test]
fn a_size_is_read_as_redis_reads_it() {
    let Some(redis) = Redis::start_with(&["--enable-debug-command", "yes"]) else { return };
    let debugged = Debugged::start();
    let (mut oracle, mut subject) = (redis.connect(), debugged.serving.speak());
    let sizes = "0 1 100 1k 1KB 1mb 3gb 4G 4gb 5gb 4293918720 4293918721 4294967296 \
                 99999999999999999999 -1 +1 1.5 0x10 10x junk b kb";
    for size in sizes.split(' ').chain(["", " 1", "1 "]) {
        let words = ["DEBUG", "QUICKLIST-PACKED-THRESHOLD", size].map(str::as_bytes);
        assert_eq!(ask(&mut subject, &words), ask(&mut oracle, &words), "{size:?}");
    }
}

/// The sizes that a threshold has in turn; 0 is what it was before anybody set one.
const SIZES: &[&str] = &["1", "3", "0", "100", "2"];

#[test]
fn every_script_is_true_whoever_stands_alone() {
    let debugged = Debugged::start();
    let (mut connection, mut problems) = (debugged.serving.speak(), Vec::new());
    for size in SIZES {
        // Not those about documents, which have no lists and stay when keys are removed.
        for script in Script::all().iter().filter(|script| !script.is_of_kora_only()) {
            connection.reset();
            set_threshold(&mut connection, size);
            for step in &script.steps {
                let reply = connection.run(&step.words).printed();
                if !is_right(step, &reply) {
                    problems.push(format!("at {size}, {}", script.problem(step, &reply)));
                }
            }
            if *size == "1" {
                assert_eq!(packed(&mut connection), Vec::<Words>::new(), "{}", script.name());
            }
        }
    }
    assert!(problems.is_empty(), "{} replies differ:\n\n{}", problems.len(), problems.join("\n"));
}

/// Whether a reply is the expected one, but that a short list may be kept as a long one.
fn is_right(step: &Step, reply: &Reply) -> bool {
    let encodings = [Reply::bulk("listpack"), Reply::bulk("quicklist")];
    step.marks.rule.agrees(&step.expected, reply)
        || step.words.starts_with(&command("OBJECT ENCODING"))
            && [&step.expected, reply] == [&encodings[0], &encodings[1]]
}

/// The lists of elements that are all to stand alone, and do not.
fn packed(connection: &mut Connection) -> Vec<Words> {
    let listed = connection.run(&command("SCAN 0 COUNT 100000 TYPE list"));
    let [_, Reply::Array(keys)] = listed.elements().expect("a cursor and keys") else {
        panic!("{listed}")
    };
    let keys: Words = keys.iter().filter_map(Reply::bytes).map(<[u8]>::to_vec).collect();
    let mut packed = Vec::new();
    for key in keys {
        let encoding = ask(connection, &[b"OBJECT", b"ENCODING", &key]);
        let elements = ask(connection, &[b"LRANGE", &key, b"0", b"-1"]);
        let is_long = |element: &Reply| element.bytes() != Some(b"");
        let stands_alone = elements.elements().unwrap_or_default().iter().any(is_long);
        if stands_alone && encoding != Reply::bulk("quicklist") {
            packed.push(vec![key]);
        }
    }
    packed
}

/// A connection to Kora whose threshold changes after every few commands.
struct Unsteady {
    connection: Connection,
    asked: usize,
}

impl Target for Unsteady {
    fn run(&mut self, words: &[Vec<u8>]) -> Reply {
        if self.asked % 7 == 0 {
            set_threshold(&mut self.connection, SIZES[self.asked / 7 % SIZES.len()]);
        }
        self.asked += 1;
        self.connection.run(words)
    }
}

#[test]
fn histories_of_lists_answer_like_redis_while_the_threshold_changes() {
    let Some(redis) = Redis::start() else { return };
    let debugged = Debugged::start();
    let subject = || -> Box<dyn Target> {
        let mut connection = debugged.serving.speak();
        connection.reset();
        Box::new(Unsteady { connection, asked: 0 })
    };
    Histories::new(&redis, &subject).with(Grammar::about("list")).check();
}

#[test]
fn lists_come_back_as_the_threshold_has_them() {
    let debugged = Debugged::start();
    let mut connection = debugged.serving.speak();
    let mut check = |line: &str, expected: Reply| {
        assert_eq!(connection.run(&command(line)), expected, "{line}");
    };
    let ok = || Reply::Status("OK".to_owned());
    let all = || Reply::Array(["a", "long", "b"].map(Reply::bulk).to_vec());
    check("RPUSH before a b", Reply::Integer(2));
    check("DEBUG QUICKLIST-PACKED-THRESHOLD 4", ok());
    check("RPUSH list a long b", Reply::Integer(3));
    check("LINSERT before AFTER a long", Reply::Integer(3));
    let mut before = "quicklist";
    for (threshold, encoding) in [("5", "listpack"), ("4", "quicklist"), ("0", "listpack")] {
        check(&format!("DEBUG QUICKLIST-PACKED-THRESHOLD {threshold}"), ok());
        // What is there stays as it is until it is made again.
        check("OBJECT ENCODING list", Reply::bulk(before));
        check("DEBUG RELOAD", ok());
        for list in ["list", "before"] {
            check(&format!("OBJECT ENCODING {list}"), Reply::bulk(encoding));
            check(&format!("LRANGE {list} 0 -1"), all());
        }
        before = encoding;
    }
}
