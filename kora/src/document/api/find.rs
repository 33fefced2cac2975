//! Queries, put together step by step.

use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::document::api::{Collection, Update};
use crate::document::form::{self, ValueRef};
use crate::document::ops::{self, bad_form};
use crate::document::plan::explain::Explain;
use crate::document::plan::find::Row;
use crate::engine::collections::Query;
use crate::error::{DocumentError, Error, Result};
use crate::query::{Condition, parse_condition, parse_order};

/// A condition on documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(pub(crate) Condition);

impl Filter {
    /// Reads a condition: `city = 'Accra' AND age >= 30`.
    ///
    /// # Errors
    /// [`Error::Query`] with the place and what was expected.
    pub fn parse(text: &str) -> Result<Filter> {
        parse_condition(text).map(Filter).map_err(Error::query)
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What can be asked for: a [`Filter`], or its text.
pub trait IntoFilter {
    /// The filter.
    ///
    /// # Errors
    /// When the text is none.
    fn into_filter(self) -> Result<Filter>;
}

impl IntoFilter for Filter {
    fn into_filter(self) -> Result<Filter> {
        Ok(self)
    }
}

impl IntoFilter for &str {
    fn into_filter(self) -> Result<Filter> {
        Filter::parse(self)
    }
}

impl IntoFilter for &String {
    fn into_filter(self) -> Result<Filter> {
        Filter::parse(self)
    }
}

/// A document that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    id: String,
    form: Bytes,
}

impl Document {
    pub(super) fn of(row: Row) -> Document {
        let id = String::from_utf8_lossy(&row.id).into_owned();
        Document { id, form: row.form.into() }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The document as a `T`.
    ///
    /// # Errors
    /// [`DocumentError::Form`] when it is none.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        form::from_form(&self.form).map_err(|error| bad_form(&error))
    }

    /// The document as JSON text.
    ///
    /// # Errors
    /// None for a document that was stored.
    pub fn json(&self) -> Result<String> {
        json(&self.form)
    }
}

/// A stored form as JSON text.
pub(crate) fn json(form: &[u8]) -> Result<String> {
    let value = ValueRef::new(form).expect("a stored form is whole");
    let mut text = Vec::new();
    form::write_json(value, &mut text).map_err(|error| bad_form(&error))?;
    Ok(String::from_utf8(text).expect("JSON is UTF-8"))
}

/// Some rows, and where the next ones begin.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What [`Find::after`] takes for the next page; `None` after the last.
    pub next: Option<String>,
}

/// A query, put together step by step and then run by one of its last methods.
///
/// ```
/// use kora::Database;
/// use serde_json::{Value, json};
///
/// let people = Database::in_memory().create_collection("people")?;
/// for (id, age) in [("ann", 31), ("bob", 27), ("cid", 45)] {
///     people.insert(id, &json!({"name": id, "age": age}))?;
/// }
/// let page = people.find("age > 18").order_by("age").limit(2).page::<Value>()?;
/// assert_eq!(page.items.len(), 2);
/// let last = people.find("age > 18").order_by("age").limit(2).after(page.next.unwrap()).page::<Value>()?;
/// assert_eq!((last.items.len(), last.next), (1, None));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is run"]
pub struct Find {
    pub(super) collection: Collection,
    query: Result<Query>,
}

impl Find {
    pub(super) fn of(collection: Collection, filter: Result<Filter>) -> Find {
        let query = filter.map(|filter| Query { condition: filter.0, ..Query::default() });
        Find { collection, query }
    }

    fn with(mut self, change: impl FnOnce(&mut Query) -> Result<()>) -> Self {
        if let Ok(query) = &mut self.query {
            if let Err(error) = change(query) {
                self.query = Err(error);
            }
        }
        self
    }

    /// The order of the rows: `age DESC, name`. Missing values come first, then null, booleans,
    /// numbers, strings, and last arrays and objects. Rows that are equal come in the order of
    /// their ids.
    pub fn order_by(self, order: &str) -> Self {
        self.with(|query| {
            query.order = parse_order(order).map_err(Error::query)?;
            Ok(())
        })
    }

    /// So many rows at most.
    pub fn limit(self, rows: usize) -> Self {
        self.with(|query| {
            query.limit = Some(rows);
            Ok(())
        })
    }

    /// Leaves out so many rows at the beginning. They are found all the same: for pages take
    /// [`Find::page`].
    pub fn offset(self, rows: usize) -> Self {
        self.with(|query| {
            query.offset = rows;
            Ok(())
        })
    }

    /// Goes on after a page; see [`Page::next`].
    pub fn after(self, cursor: impl AsRef<str>) -> Self {
        self.with(|query| {
            query.after = Some(decode_cursor(cursor.as_ref())?);
            query.is_page = true;
            Ok(())
        })
    }

    /// Gives the query up when it takes longer, with [`DocumentError::Timeout`].
    pub fn timeout(self, most: Duration) -> Self {
        self.with(|query| {
            query.timeout = Some(most);
            Ok(())
        })
    }

    pub(super) fn query(&self) -> Result<&Query> {
        self.query.as_ref().map_err(Clone::clone)
    }

    /// Runs the query.
    ///
    /// # Errors
    /// [`Error::Query`] when the condition or the order is none; [`DocumentError::Timeout`].
    pub fn documents(&self) -> Result<Vec<Document>> {
        let engine = self.collection.db.engine();
        let answer = engine.find(&self.collection.inner, self.query()?)?;
        Ok(answer.rows.into_iter().map(Document::of).collect())
    }

    /// All rows.
    ///
    /// # Errors
    /// As [`Find::documents`], and [`DocumentError::Form`] when one is no `T`.
    pub fn all<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        let engine = self.collection.db.engine();
        let answer = engine.find(&self.collection.inner, self.query()?)?;
        let decode = |row: &Row| form::from_form(&row.form).map_err(|error| bad_form(&error));
        answer.rows.iter().map(decode).collect()
    }

    /// The first row.
    ///
    /// # Errors
    /// As [`Find::all`].
    pub fn first<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        let mut one = self.query()?.clone();
        one.limit = Some(one.limit.map_or(1, |limit| limit.min(1)));
        let answer = self.collection.db.engine().find(&self.collection.inner, &one)?;
        let decode = |row: &Row| form::from_form(&row.form).map_err(|error| bad_form(&error));
        answer.rows.first().map(decode).transpose()
    }

    /// The ids of the rows.
    ///
    /// # Errors
    /// As [`Find::documents`].
    pub fn ids(&self) -> Result<Vec<String>> {
        Ok(self.documents()?.into_iter().map(|document| document.id).collect())
    }

    /// A page of rows: [`Find::limit`] of them, 20 unless it says so. What changes between two
    /// pages shifts no row of the second.
    ///
    /// # Errors
    /// As [`Find::all`]; [`DocumentError::BadCursor`].
    pub fn page<T: DeserializeOwned>(&self) -> Result<Page<T>> {
        const ROWS: usize = 20;
        let mut query = self.query()?.clone();
        let limit = query.limit.unwrap_or(ROWS);
        // One more tells whether there is a next page.
        query.limit = Some(limit.saturating_add(1));
        query.is_page = true;
        let mut answer = self.collection.db.engine().find(&self.collection.inner, &query)?;
        answer.rows.truncate(limit);
        let next = answer.rows.last().filter(|_| answer.is_cut).map(|row| encode_cursor(&row.key));
        let decode = |row: &Row| form::from_form(&row.form).map_err(|error| bad_form(&error));
        Ok(Page { items: answer.rows.iter().map(decode).collect::<Result<_>>()?, next })
    }

    /// How many documents satisfy the condition, whatever the limit. O(1) when an index has them.
    ///
    /// # Errors
    /// As [`Find::documents`].
    pub fn count(&self) -> Result<u64> {
        self.collection.db.engine().count(&self.collection.inner, self.query()?)
    }

    /// Runs the query and tells how: which indexes, how many documents were looked at.
    ///
    /// # Errors
    /// As [`Find::documents`].
    pub fn explain(&self) -> Result<Explain> {
        Ok(self.collection.db.engine().find(&self.collection.inner, self.query()?)?.explain)
    }

    /// Removes the rows; how many. Each by itself: a document that no longer satisfies the
    /// condition when it is reached stays.
    ///
    /// # Errors
    /// As [`Find::documents`].
    pub fn delete(&self) -> Result<u64> {
        let (db, inner) = (&self.collection.db, &self.collection.inner);
        let query = self.query()?;
        db.settled(|| ops::delete_all(db.engine(), inner, query))
    }

    /// Changes the rows; how many. Each by itself, as [`Find::delete`].
    ///
    /// # Errors
    /// As [`Find::documents`] and [`Collection::update`]; those before the one that failed are
    /// changed then.
    pub fn update(&self, update: &Update) -> Result<u64> {
        let (db, inner) = (&self.collection.db, &self.collection.inner);
        let mut query = self.query()?.clone();
        let (condition, steps) = update.parts()?;
        query.condition = query.condition.and(condition.clone());
        db.settled(|| ops::change_all(db.engine(), inner, &query, steps))
    }
}

/// A sort key as text that can stand in a URL.
fn encode_cursor(key: &[u8]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn decode_cursor(text: &str) -> Result<Vec<u8>> {
    let bad = || Error::document(DocumentError::BadCursor);
    if text.len() % 2 != 0 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(bad());
    }
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    };
    pairs.map(byte).collect::<Option<_>>().ok_or_else(bad)
}
