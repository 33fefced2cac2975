//! Who speaks, in which protocol, and to which database: AUTH, HELLO, SELECT, RESET, QUIT.

use std::sync::atomic::Ordering;

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{AtOnce, Fast, Listening, Loading, NoAuth};
use crate::command::dispatch::{Call, shown};
use crate::command::reply::Protocol;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::{ArgumentError, ConnectionError, Error, Result};
use crate::session::client::Facts;
use crate::session::{Context, Session, Wanted};

/// The version of Redis whose commands and answers are meant.
pub(crate) const REDIS_VERSION: &str = "7.0.15";

/// The only user there is.
pub(super) const DEFAULT_USER: &[u8] = b"default";

/// Wrong passwords after which a connection is closed.
const FAILURES_MAX: u8 = 3;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "AUTH",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Loading, Fast, NoAuth],
        run: Run::Session(auth),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n bytes of password",
            summary: "Says who the client is, by the password and before it, if wanted, the user default.",
            examples: &[(
                "AUTH secret",
                "(error) ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
            )],
        },
    },
    Spec {
        name: "HELLO",
        arity: AtLeast(1),
        keys: Keys::None,
        flags: &[Loading, Fast, NoAuth],
        run: Run::Session(hello),
        doc: Doc {
            since: "6.0.0",
            cost: "O(1)",
            summary: "Chooses the protocol, with AUTH says who the client is, with SETNAME what it is called, and tells about the server.",
            examples: &[
                ("HELLO 4", "(error) NOPROTO unsupported protocol version"),
                ("HELLO 3 SETNAME worker", "...\"proto\"\n...(integer) 3\n..."),
                ("CLIENT GETNAME", "\"worker\""),
            ],
        },
    },
    Spec {
        name: "QUIT",
        arity: AtLeast(1),
        keys: Keys::None,
        flags: &[Loading, Fast, NoAuth, AtOnce, Listening],
        run: Run::Session(quit),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Closes the connection when everything is answered.",
            examples: &[("QUIT", "OK")],
        },
    },
    Spec {
        name: "RESET",
        arity: Exactly(1),
        keys: Keys::None,
        flags: &[Loading, Fast, NoAuth, AtOnce, Listening],
        run: Run::Session(reset),
        doc: Doc {
            since: "6.2.0",
            cost: "O(1)",
            summary: "Makes the connection as if it were new.",
            examples: &[("SELECT 1", "OK"), ("RESET", "RESET"), ("CLIENT INFO", "...db=0...")],
        },
    },
    Spec {
        name: "SELECT",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading, Fast],
        run: Run::Session(select),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Chooses the numbered database for what follows.",
            examples: &[
                ("SET k v", "OK"),
                ("SELECT 1", "OK"),
                ("EXISTS k", "(integer) 0"),
                ("SELECT 16", "(error) ERR DB index is out of range"),
                ("SELECT x", "(error) ERR value is not an integer or out of range"),
            ],
        },
    },
];

fn auth(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (user, password) = match args.left() {
        1 if !context.host.has_password() => {
            return Err(ArgumentError::NoPasswordConfigured.into());
        }
        1 => (DEFAULT_USER, args.bytes()?),
        2 => (args.bytes()?, args.bytes()?),
        _ => return Err(Error::Syntax),
    };
    log_in(context, user, password)?;
    reply.ok();
    Ok(())
}

/// Makes the client known, if it is who it says.
fn log_in(context: &mut Context<'_>, user: &[u8], password: &[u8]) -> Result<()> {
    // Both are looked at, so that the time does not tell which was wrong.
    let is_password = context.host.is_password(password) || !context.host.has_password();
    if is_password && user == DEFAULT_USER {
        context.session.is_known = true;
        context.session.failures = 0;
        return Ok(());
    }
    context.host.counters.failed_logins.fetch_add(1, Ordering::Relaxed);
    context.session.failures += 1;
    if context.session.failures >= FAILURES_MAX && !context.session.is_known {
        context.session.is_closing = true;
    }
    Err(ConnectionError::WrongPassword.into())
}

fn hello(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let protocol = match args.peek() {
        None => context.session.protocol,
        Some(_) => match args.count(ArgumentError::ProtocolVersion)? {
            2 => Protocol::Two,
            3 => Protocol::Three,
            _ => return Err(ConnectionError::UnknownProtocol.into()),
        },
    };
    let mut name = None;
    while args.left() > 0 {
        let left = args.left();
        if left > 2 && args.option("AUTH") {
            let (user, password) = (args.bytes()?, args.bytes()?);
            log_in(context, user, password)?;
        } else if left > 1 && args.option("SETNAME") {
            name = Some(client_word(args.bytes()?, ArgumentError::ClientName)?);
        } else {
            let option = shown(args.bytes()?);
            return Err(ConnectionError::HelloOption { option }.into());
        }
    }
    if !context.session.is_known {
        return Err(ConnectionError::HelloNotAuthenticated.into());
    }
    if let Some(name) = name {
        context.session.client.note(|facts| facts.name = name);
    }
    context.session.protocol = protocol;
    reply.set_protocol(protocol);
    introduce(context.session, reply);
    Ok(())
}

/// What HELLO tells about the server.
fn introduce(session: &Session, reply: &mut Reply) {
    let protocol = match session.protocol {
        Protocol::Two => 2,
        Protocol::Three => 3,
    };
    reply.map(7);
    reply.bytes(b"server");
    reply.bytes(b"redis");
    reply.bytes(b"version");
    reply.bytes(REDIS_VERSION.as_bytes());
    reply.bytes(b"proto");
    reply.integer(protocol);
    reply.bytes(b"id");
    reply.integer(i64::try_from(session.client.id).unwrap_or(i64::MAX));
    reply.bytes(b"mode");
    reply.bytes(b"standalone");
    reply.bytes(b"role");
    reply.bytes(b"master");
    reply.bytes(b"modules");
    reply.array(0);
}

/// A word that clients call themselves by: it stands in lines of words, so it has no spaces.
pub(super) fn client_word(word: &[u8], error: ArgumentError) -> Result<Box<str>> {
    let is_plain = word.iter().all(|byte| (b'!'..=b'~').contains(byte));
    match std::str::from_utf8(word) {
        Ok(text) if is_plain => Ok(text.into()),
        _ => Err(error.into()),
    }
}

/// Whether a word of a command is a password, which nobody is shown.
pub(crate) fn is_secret(call: &Call<'_>, at: usize) -> bool {
    let is = |at: usize, wanted: &str| {
        call.words.get(at).is_some_and(|word| word.eq_ignore_ascii_case(wanted.as_bytes()))
    };
    let stands_behind = |wanted: &str, words: usize| {
        (1..=words).any(|back| at.checked_sub(back).is_some_and(|at| at > 0 && is(at, wanted)))
    };
    match call.spec.name {
        "AUTH" => at > 0,
        "HELLO" => stands_behind("AUTH", 2),
        "CONFIG SET" => stands_behind("requirepass", 1),
        _ => false,
    }
}

fn select(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let number = args.int()?;
    let number = usize::try_from(number).ok().filter(|n| *n < context.engine.database_count());
    let number = number.and_then(|number| u8::try_from(number).ok());
    context.session.number = number.ok_or(ArgumentError::DatabaseIndex)?;
    reply.ok();
    Ok(())
}

fn quit(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    context.session.is_closing = true;
    reply.ok();
    Ok(())
}

fn reset(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let session = &mut *context.session;
    session.discard(context.engine);
    session.unsubscribe_all(context.engine);
    session.watch_no_more(context.host);
    session.number = 0;
    session.protocol = Protocol::Two;
    session.wanted = Wanted::All;
    session.leaves_no_trace = false;
    session.is_known = !context.host.has_password();
    session.client.note(|facts| *facts = Facts { active: facts.active, ..Facts::default() });
    reply.set_protocol(Protocol::Two);
    reply.status("RESET");
    Ok(())
}
