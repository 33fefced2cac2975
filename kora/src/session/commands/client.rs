//! CLIENT: who is connected, under which name, and how to end a connection.

use std::sync::Arc;

use super::connection::{DEFAULT_USER, client_word};
use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Admin, Dangerous, Loading};
use crate::command::dispatch::shown;
use crate::command::document::write_help;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec, find};
use crate::engine::waiters::WaitEnd;
use crate::error::{ArgumentError, ConnectionError, Error, Result};
use crate::session::client::{Client, Facts};
use crate::session::host::Host;
use crate::session::{Context, Wanted};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "CLIENT",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[],
        run: Run::Container,
        doc: Doc {
            since: "2.4.0",
            cost: "depends on the subcommand",
            summary: "Is about the connections to the server.",
            examples: &[],
        },
    },
    Spec {
        name: "CLIENT GETNAME",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Session(getname),
        doc: Doc {
            since: "2.6.9",
            cost: "O(1)",
            summary: "Returns what the connection is called.",
            examples: &[("CLIENT GETNAME", "(nil)")],
        },
    },
    Spec {
        name: "CLIENT HELP",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(help),
        doc: Doc {
            since: "5.0.0",
            cost: "O(1)",
            summary: "Lists the subcommands.",
            examples: &[("CLIENT HELP", "...KILL arg...")],
        },
    },
    Spec {
        name: "CLIENT ID",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Session(id),
        doc: Doc {
            since: "5.0.0",
            cost: "O(1)",
            summary: "Returns the connection's number, which no other ever has.",
            examples: &[("CLIENT ID", "(integer) ...")],
        },
    },
    Spec {
        name: "CLIENT INFO",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Session(info),
        doc: Doc {
            since: "6.2.0",
            cost: "O(1)",
            summary: "Tells about the connection, as CLIENT LIST does about all.",
            examples: &[("CLIENT INFO", "...id=...age=0...")],
        },
    },
    Spec {
        name: "CLIENT KILL",
        arity: AtLeast(3),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(kill),
        doc: Doc {
            since: "2.4.0",
            cost: "O(n) for n connections",
            summary: "Closes connections: the one with an address, or all that fit the filters ID, TYPE, USER, ADDR and LADDR, less the own one unless SKIPME is no.",
            examples: &[
                ("CLIENT KILL ID 9999", "(integer) 0"),
                ("CLIENT KILL nowhere:1", "(error) ERR No such client"),
            ],
        },
    },
    Spec {
        name: "CLIENT LIST",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(list),
        doc: Doc {
            since: "2.4.0",
            cost: "O(n) for n connections",
            summary: "Tells about all connections, a line each: or those of a TYPE, or with some ID.",
            examples: &[
                ("CLIENT LIST TYPE normal", "...id=..."),
                ("CLIENT LIST TYPE pubsub", "\"\""),
                ("CLIENT LIST ID 9999", "\"\""),
            ],
        },
    },
    Spec {
        name: "CLIENT NO-EVICT",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(no_evict),
        doc: Doc {
            since: "7.0.0",
            cost: "O(1)",
            summary: "Has the connection kept however much memory connections take, which is so in any case.",
            examples: &[("CLIENT NO-EVICT on", "OK"), ("CLIENT INFO", "...flags=e...")],
        },
    },
    Spec {
        name: "CLIENT NO-TOUCH",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Session(no_touch),
        doc: Doc {
            since: "7.2.0",
            cost: "O(1)",
            summary: "Has the connection's commands, TOUCH aside, leave it as it was when, or how often, their keys were used.",
            examples: &[
                ("CLIENT NO-TOUCH on", "OK"),
                ("CLIENT INFO", "...flags=T..."),
                ("CLIENT NO-TOUCH x", "(error) ERR syntax error"),
            ],
        },
    },
    Spec {
        name: "CLIENT REPLY",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Session(reply_mode),
        doc: Doc {
            since: "3.2.0",
            cost: "O(1)",
            summary: "Has commands answered or not: ON, OFF, or SKIP for the next one alone.",
            examples: &[("CLIENT REPLY ON", "OK"), ("CLIENT REPLY no", "(error) ERR syntax error")],
        },
    },
    Spec {
        name: "CLIENT SETINFO",
        arity: Exactly(4),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Session(setinfo),
        doc: Doc {
            since: "7.2.0",
            cost: "O(1)",
            summary: "Says which library the client is made with: LIB-NAME or LIB-VER.",
            examples: &[
                ("CLIENT SETINFO LIB-NAME kora-rs", "OK"),
                ("CLIENT INFO", "...lib-name=kora-rs..."),
            ],
        },
    },
    Spec {
        name: "CLIENT SETNAME",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Session(setname),
        doc: Doc {
            since: "2.6.9",
            cost: "O(1)",
            summary: "Gives the connection a name.",
            examples: &[
                ("CLIENT SETNAME worker", "OK"),
                ("CLIENT GETNAME", "\"worker\""),
                (
                    "CLIENT SETNAME \"two words\"",
                    "(error) ERR Client names cannot contain spaces, newlines or special characters.",
                ),
            ],
        },
    },
    Spec {
        name: "CLIENT UNBLOCK",
        arity: AtLeast(3),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(unblock),
        doc: Doc {
            since: "5.0.0",
            cost: "O(n) for n connections",
            summary: "Ends the wait of a client, as if its time were over, or with an error.",
            examples: &[
                ("CLIENT UNBLOCK 9999", "(integer) 0"),
                (
                    "CLIENT UNBLOCK 9999 NOW",
                    "(error) ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
                ),
            ],
        },
    },
];

fn getname(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let name = context.session.client.facts().name;
    if name.is_empty() {
        reply.nil();
    } else {
        reply.bytes(name.as_bytes());
    }
    Ok(())
}

fn help(_: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let parent = find(b"CLIENT").expect("the command that is run is in the table");
    write_help(parent.spec, reply);
    Ok(())
}

fn id(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.integer(i64::try_from(context.session.client.id).unwrap_or(i64::MAX));
    Ok(())
}

fn info(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.text(&format!("{}\n", context.session.client.line(context.host.now())));
    Ok(())
}

/// What a client is, as TYPE names it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    /// It listens to channels.
    Listener,
    Normal,
    /// Kora has none: a replica, a master.
    Other,
}

fn type_of(word: &[u8]) -> Result<Type> {
    const OTHERS: [&str; 3] = ["replica", "slave", "master"];
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    if is("normal") {
        Ok(Type::Normal)
    } else if is("pubsub") {
        Ok(Type::Listener)
    } else if OTHERS.into_iter().any(is) {
        Ok(Type::Other)
    } else {
        Err(ConnectionError::UnknownClientType { name: shown(word) }.into())
    }
}

/// Whether a client is what TYPE names.
fn is_of_type(client: &Client, kind: Type) -> bool {
    let listens = client.facts_with(Facts::listens);
    match kind {
        Type::Listener => listens,
        Type::Normal => !listens,
        Type::Other => false,
    }
}

fn client_id(args: &mut Args<'_>) -> Result<u64> {
    let id = args.integer().ok().and_then(|id| u64::try_from(id).ok());
    Ok(id.filter(|id| *id > 0).ok_or(ArgumentError::ClientId)?)
}

fn list(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (mut kind, mut ids) = (None, Vec::new());
    if args.option("TYPE") {
        kind = Some(type_of(args.bytes()?)?);
        args.end()?;
    } else if args.option("ID") {
        ids.push(client_id(args)?);
        while args.left() > 0 {
            ids.push(client_id(args)?);
        }
    }
    args.end()?;
    let now = context.host.now();
    let is_asked_for = |client: &Arc<Client>| {
        kind.is_none_or(|kind| is_of_type(client, kind))
            && (ids.is_empty() || ids.contains(&client.id))
    };
    let clients = context.host.clients();
    let lines = clients.iter().filter(|client| is_asked_for(client)).map(|c| c.line(now) + "\n");
    reply.text(&lines.collect::<String>());
    Ok(())
}

/// Which clients CLIENT KILL is about.
#[derive(Default)]
struct Victims<'a> {
    id: Option<u64>,
    kind: Option<Type>,
    address: Option<&'a [u8]>,
    local_address: Option<&'a [u8]>,
    with_itself: bool,
}

impl<'a> Victims<'a> {
    fn read(args: &mut Args<'a>) -> Result<Victims<'a>> {
        let mut victims = Victims::default();
        while args.left() > 0 {
            if args.option("ID") {
                let id = args.integer().ok().and_then(|id| u64::try_from(id).ok());
                victims.id = Some(id.filter(|id| *id > 0).ok_or(ArgumentError::ClientIdPositive)?);
            } else if args.option("TYPE") {
                victims.kind = Some(type_of(args.bytes()?)?);
            } else if args.option("USER") {
                check_user(args.bytes()?)?;
            } else if args.option("ADDR") {
                victims.address = Some(args.bytes()?);
            } else if args.option("LADDR") {
                victims.local_address = Some(args.bytes()?);
            } else if args.option("SKIPME") {
                victims.with_itself = !yes_or_no(args)?;
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(victims)
    }

    fn has(&self, client: &Client) -> bool {
        self.id.is_none_or(|id| id == client.id)
            && self.kind.is_none_or(|kind| is_of_type(client, kind))
            && self.address.is_none_or(|address| address == client.address.as_bytes())
            && self.local_address.is_none_or(|address| address == client.local_address.as_bytes())
    }
}

/// All clients are of the one user that there is.
fn check_user(name: &[u8]) -> Result<()> {
    if name == DEFAULT_USER {
        return Ok(());
    }
    Err(ConnectionError::UnknownUser { name: shown(name) }.into())
}

fn yes_or_no(args: &mut Args<'_>) -> Result<bool> {
    let yes = args.option("YES");
    if yes || args.option("NO") { Ok(yes) } else { Err(Error::Syntax) }
}

fn kill(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let own = context.session.client.id;
    if args.left() == 1 {
        let victims =
            Victims { address: Some(args.bytes()?), with_itself: true, ..Victims::default() };
        if kill_all(context, &victims, own) == 0 {
            return Err(ArgumentError::NoSuchClient.into());
        }
        reply.ok();
        return Ok(());
    }
    let victims = Victims::read(args)?;
    reply.count(kill_all(context, &victims, own));
    Ok(())
}

/// Kills clients, the own one by closing it when it is answered; how many.
fn kill_all(context: &mut Context<'_>, victims: &Victims<'_>, own: u64) -> usize {
    let clients = context.host.clients();
    let is_meant =
        |client: &&Arc<Client>| victims.has(client) && (victims.with_itself || client.id != own);
    let meant: Vec<&Arc<Client>> = clients.iter().filter(is_meant).collect();
    for client in &meant {
        if client.id == own {
            context.session.is_closing = true;
        } else {
            Host::kill(client);
        }
    }
    meant.len()
}

fn on_or_off(args: &mut Args<'_>) -> Result<bool> {
    let on = args.option("ON");
    if on || args.option("OFF") { Ok(on) } else { Err(Error::Syntax) }
}

fn no_evict(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let is_kept = on_or_off(args)?;
    context.session.client.note(|facts| facts.is_kept = is_kept);
    reply.ok();
    Ok(())
}

fn no_touch(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let leaves_no_trace = on_or_off(args)?;
    context.session.leaves_no_trace = leaves_no_trace;
    context.session.client.note(|facts| facts.leaves_no_trace = leaves_no_trace);
    reply.ok();
    Ok(())
}

/// Whether a command is there to have keys seen as used, whoever sends it.
pub(crate) fn always_leaves_traces(spec: &Spec) -> bool {
    spec.name == "TOUCH"
}

fn reply_mode(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    context.session.wanted = if args.option("ON") {
        Wanted::All
    } else if args.option("OFF") {
        Wanted::Nothing
    } else if args.option("SKIP") {
        Wanted::NotTheNext
    } else {
        return Err(Error::Syntax);
    };
    reply.ok();
    Ok(())
}

fn unblock(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let id = args.integer()?;
    let end = match args.peek() {
        None => WaitEnd::TimedOut,
        Some(_) if args.option("TIMEOUT") => WaitEnd::TimedOut,
        Some(_) if args.option("ERROR") => WaitEnd::Unblocked,
        Some(_) => return Err(ArgumentError::UnblockReason.into()),
    };
    args.end()?;
    let clients = context.host.clients();
    let client = clients.iter().find(|client| i64::try_from(client.id) == Ok(id));
    reply.truth(client.is_some_and(|client| client.unblock(context.engine, end)));
    Ok(())
}

fn setinfo(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let client = &context.session.client;
    if args.option("LIB-NAME") {
        let name = client_word(args.bytes()?, ArgumentError::LibraryName)?;
        client.note(|facts| facts.library = name);
    } else if args.option("LIB-VER") {
        let version = client_word(args.bytes()?, ArgumentError::LibraryVersion)?;
        client.note(|facts| facts.library_version = version);
    } else {
        let name = shown(args.bytes()?);
        return Err(ConnectionError::UnknownClientInfo { name }.into());
    }
    reply.ok();
    Ok(())
}

fn setname(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let name = client_word(args.bytes()?, ArgumentError::ClientName)?;
    context.session.client.note(|facts| facts.name = name);
    reply.ok();
    Ok(())
}
