//! Queries, put together step by step.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::database::Database;
use crate::document::api::{Collection, Parameter, Parameters, Update};
use crate::document::form;
use crate::document::ops::{self, bad_form};
use crate::document::plan::explain::Explain;
use crate::document::plan::rows::Row;
use crate::engine::collections::{Asked, Query};
#[cfg(doc)]
use crate::error::DocumentError;
use crate::error::{Error, Result};
use crate::query::{Condition, Literal, parse_condition, parse_order};

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

    /// The same filter with values in the places of its `?`, one for each. A value stays a value,
    /// whatever is in it: what users typed cannot change what is asked.
    ///
    /// ```
    /// use kora::Filter;
    ///
    /// let by_name = Filter::parse("name = ?")?;
    /// assert_eq!(by_name.bind(["x' OR 'a' = 'a"])?.to_string(), "name = 'x'' OR ''a'' = ''a'");
    /// let error = by_name.bind(["Ann", "Bob"]).unwrap_err();
    /// assert!(error.to_string().contains("as many values as there are ?"), "{error}");
    /// # Ok::<(), kora::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Query`] when there are too few values or too many, or one cannot stand in its place,
    /// as null behind `<`.
    pub fn bind(&self, values: impl Parameters) -> Result<Filter> {
        self.0.bind(literals(values)).map(Filter).map_err(Error::query)
    }
}

/// The values as a condition has them.
fn literals(values: impl Parameters) -> impl ExactSizeIterator<Item = Literal> {
    values.into_parameters().0.into_iter().map(|Parameter(literal)| literal)
}

/// Filters are put together as in a text:
///
/// ```
/// use kora::Filter;
///
/// let (adult, here) = (Filter::parse("age >= 18")?, Filter::parse("city = 'Accra'")?);
/// let filter = adult.and(here.or(Filter::parse("city = 'Kumasi'")?)).and(!Filter::parse("banned = true")?);
/// assert_eq!(
///     filter.to_string(),
///     "age >= 18 AND (city = 'Accra' OR city = 'Kumasi') AND banned != true"
/// );
/// # Ok::<(), kora::Error>(())
/// ```
impl Filter {
    /// Both conditions.
    #[must_use]
    pub fn and(self, other: Filter) -> Filter {
        Filter(self.0.and(other.0))
    }

    /// One of the conditions.
    #[must_use]
    pub fn or(self, other: Filter) -> Filter {
        Filter(self.0.or(other.0))
    }
}

impl std::ops::Not for Filter {
    type Output = Filter;

    fn not(self) -> Filter {
        Filter(self.0.negate())
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What can be asked for: a [`Filter`], its text, or a text with `?` and the values for them.
///
/// ```
/// # use kora::Database;
/// # use serde_json::json;
/// # let people = Database::in_memory().create_collection("people")?;
/// # people.insert("ann", &json!({"city": "Accra", "age": 31}))?;
/// assert_eq!(people.count("city = 'Accra' AND age > 30")?, 1);
/// assert_eq!(people.count(("city = ? AND age > ?", ("Accra", 30)))?, 1);
/// # Ok::<(), kora::Error>(())
/// ```
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

impl<P: Parameters> IntoFilter for (&str, P) {
    fn into_filter(self) -> Result<Filter> {
        let (text, values) = self;
        Filter::parse(text)?.bind(values)
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
        let id = String::from_utf8_lossy(row.id()).into_owned();
        Document { id, form: row.shared_form() }
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
        decode(&self.form)
    }

    /// The document as JSON text.
    ///
    /// # Errors
    /// None for a document that was stored.
    pub fn json(&self) -> Result<String> {
        ops::json(&self.form)
    }
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
/// One whose condition has a `?` for a value is a prepared query: kept, it is run again and again by
/// [`Find::bind`], without its text being read again.
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
    prepared: Arc<Prepared>,
    /// The condition with values in its open places.
    bound: Option<Result<Condition>>,
}

/// What is asked again and again.
#[derive(Clone, Debug)]
struct Prepared {
    collection: Collection,
    query: Result<Query>,
}

impl Find {
    pub(super) fn of(collection: Collection, filter: Result<Filter>) -> Find {
        let query = filter.map(|filter| Query { condition: filter.0, ..Query::default() });
        Find { prepared: Arc::new(Prepared { collection, query }), bound: None }
    }

    pub(super) fn collection(&self) -> &Collection {
        &self.prepared.collection
    }

    /// The same query by another handle.
    pub(super) fn by(&self, db: Database) -> Find {
        let mut find = self.clone();
        Arc::make_mut(&mut find.prepared).collection.db = db;
        find
    }

    fn with(mut self, change: impl FnOnce(&mut Query) -> Result<()>) -> Self {
        let prepared = Arc::make_mut(&mut self.prepared);
        if let Ok(query) = &mut prepared.query {
            if let Err(error) = change(query) {
                prepared.query = Err(error);
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

    /// Only these parts of the documents: `name, address.city`. A `T` that they are decoded to has
    /// defaults for the others.
    ///
    /// ```
    /// use kora::Database;
    /// use serde_json::{Value, json};
    ///
    /// let people = Database::in_memory().create_collection("people")?;
    /// people.insert("ann", &json!({"name": "Ann", "address": {"city": "Accra", "zip": "GA-183"}}))?;
    /// let found: Vec<Value> = people.find("*").select("address.city").all()?;
    /// assert_eq!(found, [json!({"address": {"city": "Accra"}})]);
    /// # Ok::<(), kora::Error>(())
    /// ```
    pub fn select(self, paths: &str) -> Self {
        self.with(|query| {
            query.selection = ops::selection(paths)?;
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

    /// Goes on after a page of the same order; see [`Page::next`]. A text that is no such cursor is
    /// [`DocumentError::BadCursor`].
    pub fn after(self, cursor: impl AsRef<str>) -> Self {
        self.with(|query| {
            query.after = Some(ops::decode_cursor(cursor.as_ref())?);
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

    /// The same query with values in the places of the `?` of its condition, as [`Filter::bind`].
    ///
    /// ```
    /// use kora::Database;
    /// use serde_json::{Value, json};
    ///
    /// let people = Database::in_memory().create_collection("people")?;
    /// for (id, age) in [("ann", 31), ("bob", 27), ("cid", 45)] {
    ///     people.insert(id, &json!({"name": id, "age": age}))?;
    /// }
    /// let oldest = people.find("age BETWEEN ? AND ?").order_by("age DESC").limit(1);
    /// assert_eq!(oldest.bind([20, 30]).ids()?, ["bob"]);
    /// assert_eq!(oldest.bind([20, 40]).ids()?, ["ann"]);
    /// # Ok::<(), kora::Error>(())
    /// ```
    pub fn bind(&self, values: impl Parameters) -> Find {
        let bound = self
            .asked()
            .and_then(|asked| asked.condition.bind(literals(values)).map_err(Error::query));
        Find { prepared: Arc::clone(&self.prepared), bound: Some(bound) }
    }

    fn asked(&self) -> Result<Asked<'_>> {
        let query = self.prepared.query.as_ref().map_err(Clone::clone)?;
        let condition = match &self.bound {
            None => &query.condition,
            Some(bound) => bound.as_ref().map_err(Clone::clone)?,
        };
        Ok(Asked { condition, query })
    }

    /// The query as one that somebody may change.
    fn query(&self) -> Result<Query> {
        let Asked { condition, query } = self.asked()?;
        Ok(query.with_condition(condition.clone()))
    }

    /// Runs the query.
    ///
    /// # Errors
    /// [`Error::Query`] when the condition or the order is none; [`DocumentError::Timeout`].
    pub fn documents(&self) -> Result<Vec<Document>> {
        let Collection { db, inner } = self.collection();
        let answer = db.engine().find(inner, self.asked()?)?;
        Ok(answer.rows.into_iter().map(Document::of).collect())
    }

    /// All rows.
    ///
    /// # Errors
    /// As [`Find::documents`], and [`DocumentError::Form`] when one is no `T`.
    pub fn all<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        let Collection { db, inner } = self.collection();
        let engine = db.engine();
        engine.find_forms(inner, self.asked()?, usize::MAX, |_, form| decode(form))
    }

    /// The first row.
    ///
    /// # Errors
    /// As [`Find::all`].
    pub fn first<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        let Collection { db, inner } = self.collection();
        let engine = db.engine();
        engine.find_first(inner, self.asked()?, |_, form| decode(form))
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
        let Collection { db, inner } = self.collection();
        let mut documents = db.engine().documents();
        let ops::Page { rows, next } = ops::page(&mut documents, inner, &self.query()?)?;
        Ok(Page { items: rows.iter().map(|row| decode(row.form())).collect::<Result<_>>()?, next })
    }

    /// How many documents satisfy the condition, whatever the limit. O(1) when an index has them.
    ///
    /// # Errors
    /// As [`Find::documents`].
    pub fn count(&self) -> Result<u64> {
        let Collection { db, inner } = self.collection();
        db.engine().count(inner, self.asked()?)
    }

    /// Runs the query and tells how: which indexes, how many documents were looked at.
    ///
    /// # Errors
    /// As [`Find::documents`].
    pub fn explain(&self) -> Result<Explain> {
        let Collection { db, inner } = self.collection();
        let query = Query { is_explained: true, ..self.query()? };
        Ok(db.engine().find(inner, &query)?.explain)
    }

    /// Removes the rows; how many. Each by itself: a document that no longer satisfies the
    /// condition when it is reached stays.
    ///
    /// # Errors
    /// As [`Find::documents`].
    pub fn delete(&self) -> Result<u64> {
        let Collection { db, inner } = self.collection();
        let query = self.query()?;
        db.settled(|| ops::delete_all(&mut db.engine().documents(), inner, &query))
    }

    /// Changes the rows; how many. Each by itself, as [`Find::delete`].
    ///
    /// # Errors
    /// As [`Find::documents`] and [`Collection::update`]; those before the one that failed are
    /// changed then.
    pub fn update(&self, update: &Update) -> Result<u64> {
        let Collection { db, inner } = self.collection();
        let mut query = self.query()?;
        let (condition, steps) = update.parts()?;
        query.condition = query.condition.and(condition.clone());
        db.settled(|| ops::change_all(&mut db.engine().documents(), inner, &query, steps))
    }
}

fn decode<T: DeserializeOwned>(form: &[u8]) -> Result<T> {
    form::from_form(form).map_err(|error| bad_form(&error))
}
