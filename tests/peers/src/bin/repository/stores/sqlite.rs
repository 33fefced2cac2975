//! SQLite in memory, by rusqlite with prepared statements: the struct as JSON text by serde, beside
//! columns for what has an index.

use std::cell::RefCell;

use rusqlite::{Connection, Statement, params};

use super::Store;
use crate::data::{LIMIT, Person};

const SCHEMA: &str = "CREATE TABLE people(id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, city TEXT,
        age INTEGER, score REAL, person TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX city ON people(city);
    CREATE INDEX age ON people(age);
    CREATE INDEX score ON people(score);
    CREATE TABLE tags(tag TEXT, id TEXT, PRIMARY KEY(tag, id)) WITHOUT ROWID;";

struct Statements {
    get: Statement<'static>,
    by_email: Statement<'static>,
    from_score: Statement<'static>,
}

pub(crate) struct Sqlite {
    /// Leaked: it lives as long as the statements, which is to the end of the program.
    connection: &'static Connection,
    statements: Option<RefCell<Statements>>,
}

impl Sqlite {
    pub(crate) fn new() -> Sqlite {
        let connection = Connection::open_in_memory().expect("a connection");
        connection.execute_batch(SCHEMA).expect("a schema");
        Sqlite { connection: Box::leak(Box::new(connection)), statements: None }
    }

    fn statements(&self) -> &RefCell<Statements> {
        self.statements.as_ref().expect("they are prepared")
    }
}

fn people(statement: &mut Statement<'_>, key: impl rusqlite::Params) -> Vec<Person> {
    let person = |row: &rusqlite::Row<'_>| {
        Ok(serde_json::from_str(row.get_ref(0)?.as_str()?).expect("a person"))
    };
    let rows = statement.query_map(key, person).expect("a query");
    rows.collect::<rusqlite::Result<_>>().expect("people")
}

impl Store for Sqlite {
    fn insert(&mut self, people: &[Person]) {
        self.connection.execute_batch("BEGIN").expect("a transaction");
        let mut insert = self
            .connection
            .prepare("INSERT INTO people VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
            .expect("sql");
        let mut tag = self.connection.prepare("INSERT INTO tags VALUES(?1, ?2)").expect("sql");
        for one in people {
            let text = serde_json::to_string(one).expect("JSON");
            let row = params![one.id, one.email, one.city, one.age, one.score, text];
            insert.execute(row).expect("room");
            for name in &one.tags {
                tag.execute(params![name, one.id]).expect("room");
            }
        }
        self.connection.execute_batch("COMMIT").expect("room");
    }

    fn prepare(&mut self) {
        self.connection.execute_batch("ANALYZE").expect("statistics");
        let prepare = |sql: &str| self.connection.prepare(sql).expect("sql");
        let from_score = format!(
            "SELECT person FROM people WHERE score >= ?1 ORDER BY score LIMIT {LIMIT}"
        );
        self.statements = Some(RefCell::new(Statements {
            get: prepare("SELECT person FROM people WHERE id = ?1"),
            by_email: prepare("SELECT person FROM people WHERE email = ?1"),
            from_score: prepare(&from_score),
        }));
    }

    fn get(&self, id: &str) -> Option<Person> {
        people(&mut self.statements().borrow_mut().get, [id]).pop()
    }

    fn by_email(&self, email: &str) -> Option<Person> {
        people(&mut self.statements().borrow_mut().by_email, [email]).pop()
    }

    fn from_score(&self, score: f64) -> Vec<Person> {
        people(&mut self.statements().borrow_mut().from_score, [score])
    }
}
