//! SQLite in memory, by rusqlite with prepared statements: one column a field, or JSON text with
//! indexes on expressions. Tags are a table of their own in both.

use std::cell::RefCell;

use rusqlite::{Connection, Row, Statement, params};

use super::Store;
use crate::data::{Address, LIMIT, Person};

const COLUMNS: &str = "CREATE TABLE people(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        email TEXT NOT NULL UNIQUE, name TEXT, city TEXT, age INTEGER, score REAL, tags TEXT,
        active INTEGER, street TEXT, zip TEXT, about TEXT);
    CREATE INDEX city ON people(city);
    CREATE INDEX age ON people(age);
    CREATE INDEX score ON people(score);
    CREATE TABLE tags(tag TEXT, number INTEGER, PRIMARY KEY(tag, number)) WITHOUT ROWID;";

const JSON: &str =
    "CREATE TABLE people(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, doc TEXT);
    CREATE UNIQUE INDEX email ON people(doc ->> 'email');
    CREATE INDEX city ON people(doc ->> 'city');
    CREATE INDEX age ON people(doc ->> 'age');
    CREATE INDEX score ON people(doc ->> 'score');
    CREATE TABLE tags(tag TEXT, number INTEGER, PRIMARY KEY(tag, number)) WITHOUT ROWID;";

/// The questions in the words of one of the two.
struct Words {
    insert: &'static str,
    select: &'static str,
    email: &'static str,
    city: &'static str,
    age: &'static str,
    score: &'static str,
    update: &'static str,
    read: fn(&Row<'_>) -> rusqlite::Result<Person>,
}

const IN_COLUMNS: Words = Words {
    insert:
        "INSERT INTO people(id, email, name, city, age, score, tags, active, street, zip, about)
        VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    select: "SELECT id, email, name, city, age, score, people.tags, active, street, zip, about FROM people",
    email: "email",
    city: "city",
    age: "age",
    score: "score",
    update: "UPDATE people SET score = ?2 WHERE id = ?1",
    read: read_columns,
};

const IN_JSON: Words = Words {
    insert: "INSERT INTO people(id, doc) VALUES(?1, ?2)",
    select: "SELECT doc FROM people",
    email: "doc ->> 'email'",
    city: "doc ->> 'city'",
    age: "doc ->> 'age'",
    score: "doc ->> 'score'",
    update: "UPDATE people SET doc = json_set(doc, '$.score', ?2) WHERE id = ?1",
    read: |row| Ok(serde_json::from_str(row.get_ref(0)?.as_str()?).expect("a person")),
};

fn read_columns(row: &Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        city: row.get(3)?,
        age: row.get(4)?,
        score: row.get(5)?,
        tags: serde_json::from_str(row.get_ref(6)?.as_str()?).expect("tags"),
        active: row.get(7)?,
        address: Address { street: row.get(8)?, zip: row.get(9)? },
        about: row.get(10)?,
    })
}

struct Statements {
    get: Statement<'static>,
    by_email: Statement<'static>,
    by_city: Statement<'static>,
    best: Statement<'static>,
    by_tag: Statement<'static>,
    count: Statement<'static>,
    update: Statement<'static>,
}

pub(crate) struct Sqlite {
    /// Leaked: it lives as long as the statements, which is to the end of the program.
    connection: &'static Connection,
    words: &'static Words,
    statements: Option<RefCell<Statements>>,
}

impl Sqlite {
    pub(crate) fn columns() -> Sqlite {
        Sqlite::new(COLUMNS, &IN_COLUMNS)
    }

    pub(crate) fn json() -> Sqlite {
        Sqlite::new(JSON, &IN_JSON)
    }

    fn new(schema: &str, words: &'static Words) -> Sqlite {
        let connection = Connection::open_in_memory().expect("a connection");
        connection.execute_batch(schema).expect("a schema");
        Sqlite { connection: Box::leak(Box::new(connection)), words, statements: None }
    }

    fn statements(&self) -> &RefCell<Statements> {
        self.statements.as_ref().expect("they are prepared")
    }

    fn one(&self, statement: &mut Statement<'_>, key: &str) -> Option<Person> {
        let mut rows = statement.query([key]).expect("a query");
        rows.next().expect("a row").map(|row| (self.words.read)(row).expect("a person"))
    }

    fn all(&self, statement: &mut Statement<'_>, key: impl rusqlite::Params) -> Vec<Person> {
        let rows = statement.query_map(key, self.words.read).expect("a query");
        rows.collect::<rusqlite::Result<_>>().expect("people")
    }
}

impl Store for Sqlite {
    fn insert(&mut self, people: &[Person]) {
        self.connection.execute_batch("BEGIN").expect("a transaction");
        let mut insert = self.connection.prepare(self.words.insert).expect("sql");
        let mut tag = self.connection.prepare("INSERT INTO tags VALUES(?1, ?2)").expect("sql");
        let is_json = insert.parameter_count() == 2;
        for one in people {
            if is_json {
                let doc = serde_json::to_string(one).expect("JSON");
                insert.execute(params![one.id, doc]).expect("room");
            } else {
                let tags = serde_json::to_string(&one.tags).expect("JSON");
                let address = &one.address;
                let row = params![
                    one.id,
                    one.email,
                    one.name,
                    one.city,
                    one.age,
                    one.score,
                    tags,
                    one.active,
                    address.street,
                    address.zip,
                    one.about
                ];
                insert.execute(row).expect("room");
            }
            let number = self.connection.last_insert_rowid();
            for name in &one.tags {
                tag.execute(params![name, number]).expect("room");
            }
        }
        self.connection.execute_batch("COMMIT").expect("room");
    }

    fn prepare(&mut self) {
        self.connection.execute_batch("ANALYZE").expect("statistics");
        let prepare = |sql: String| self.connection.prepare(&sql).expect("sql");
        let Words { select, email, city, age, score, update, .. } = self.words;
        self.statements = Some(RefCell::new(Statements {
            get: prepare(format!("{select} WHERE id = ?1")),
            by_email: prepare(format!("{select} WHERE {email} = ?1")),
            by_city: prepare(format!("{select} WHERE {city} = ?1 LIMIT {LIMIT}")),
            best: prepare(format!(
                "{select} WHERE {city} = ?1 AND {age} BETWEEN ?2 AND ?3 ORDER BY {score} DESC LIMIT {LIMIT}"
            )),
            by_tag: prepare(format!(
                "{select} JOIN tags USING(number) WHERE tag = ?1 LIMIT {LIMIT}"
            )),
            count: prepare(format!("SELECT count(*) FROM people WHERE {city} = ?1")),
            update: prepare((*update).to_owned()),
        }));
    }

    fn get(&self, id: &str) -> Option<Person> {
        self.one(&mut self.statements().borrow_mut().get, id)
    }

    fn by_email(&self, email: &str) -> Option<Person> {
        self.one(&mut self.statements().borrow_mut().by_email, email)
    }

    fn by_city(&self, city: &str) -> Vec<Person> {
        self.all(&mut self.statements().borrow_mut().by_city, [city])
    }

    fn best(&self, city: &str, low: u32, high: u32) -> Vec<Person> {
        self.all(&mut self.statements().borrow_mut().best, params![city, low, high])
    }

    fn by_tag(&self, tag: &str) -> Vec<Person> {
        self.all(&mut self.statements().borrow_mut().by_tag, [tag])
    }

    fn count(&self, city: &str) -> u64 {
        let count = &mut self.statements().borrow_mut().count;
        count
            .query_row([city], |row| row.get::<_, i64>(0).map(i64::unsigned_abs))
            .expect("a number")
    }

    fn set_score(&self, id: &str, score: f64) {
        let update = &mut self.statements().borrow_mut().update;
        assert_eq!(update.execute(params![id, score]).expect("room"), 1);
    }
}
