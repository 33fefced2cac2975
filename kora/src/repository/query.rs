//! Typed queries, put together step by step.

use std::fmt;
use std::time::Duration;

use crate::document::api::Page;
use crate::document::form::{self, ValueRef};
use crate::document::ops;
use crate::document::plan::explain::Explain;
use crate::engine::collections;
use crate::error::{DocumentError, Error, Result};
use crate::query::Condition;
use crate::repository::KoraDocument;
use crate::repository::documents::Operations as _;
use crate::repository::documents::{self, Data, Store, id_of, text_of};
use crate::repository::filter::Where;
use crate::repository::handle::Repository;
use crate::repository::id::DocId;
use crate::repository::kind::Served;
use crate::repository::order::OrderBy;
use crate::repository::select::{Selection, Stored};
use crate::repository::update::Change;

/// A query over a collection, made by [`Repository::find`] and [`Repository::scan`]; it runs with
/// one of its last methods, and may run again.
#[must_use = "a query does nothing until it is run"]
pub struct Query<D: KoraDocument, S = Data> {
    pub(super) repository: Repository<D, S>,
    pub(super) query: Result<collections::Query>,
}

impl<D: KoraDocument, S: Store> Query<D, S> {
    pub(super) fn new(repository: Repository<D, S>, condition: Result<Condition>) -> Self {
        let query = condition
            .map(|condition| collections::Query { condition, ..collections::Query::default() });
        Query { repository, query }
    }

    fn with(mut self, change: impl FnOnce(&mut collections::Query) -> Result<()>) -> Self {
        if let Ok(query) = &mut self.query {
            if let Err(error) = change(query) {
                self.query = Err(error);
            }
        }
        self
    }

    fn parts(&self) -> Result<&collections::Query> {
        self.query.as_ref().map_err(Clone::clone)
    }

    /// And this filter; it needs no index.
    pub fn and<I: Served>(self, filter: Where<D, I>) -> Self {
        self.with(|query| {
            let condition = std::mem::take(&mut query.condition);
            query.condition = condition.and(filter.into_condition()?);
            Ok(())
        })
    }

    /// And this filter, if there is one.
    pub fn and_opt<I: Served>(self, filter: Option<Where<D, I>>) -> Self {
        match filter {
            Some(filter) => self.and(filter),
            None => self,
        }
    }

    /// The order of the rows; given again, it decides between rows that are equal so far.
    pub fn order_by(self, order: OrderBy<D>) -> Self {
        self.with(|query| order.extend(&mut query.order))
    }

    /// So many rows at most.
    pub fn limit(self, rows: usize) -> Self {
        self.with(|query| {
            query.limit = Some(rows);
            Ok(())
        })
    }

    /// Leaves out so many rows at the beginning. They are found all the same: for pages take
    /// [`Query::page`].
    pub fn offset(self, rows: usize) -> Self {
        self.with(|query| {
            query.offset = rows;
            Ok(())
        })
    }

    /// Goes on after a page of the same order; see [`Page::next`].
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

    /// All rows.
    ///
    /// # Errors
    /// [`DocumentError::Decode`] names a document that is no `D`; [`DocumentError::Timeout`].
    pub fn all(&self) -> Result<Vec<D>> {
        self.at_most(usize::MAX)
    }

    /// The first row.
    ///
    /// # Errors
    /// As [`Query::all`].
    pub fn first(&self) -> Result<Option<D>> {
        Ok(self.at_most(1)?.pop())
    }

    /// The only row.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchDocument`] when there is none, [`DocumentError::NotOne`] when there
    /// are several; as [`Query::all`].
    pub fn one(&self) -> Result<D> {
        let mut rows = self.at_most(2)?;
        match (rows.pop(), rows.is_empty()) {
            (Some(row), true) => Ok(row),
            (Some(_), false) => Err(Error::document(DocumentError::NotOne)),
            (None, _) => Err(Error::document(DocumentError::NoSuchDocument)),
        }
    }

    fn at_most(&self, rows: usize) -> Result<Vec<D>> {
        // A document may be read by code of its own, so not under the lease; the id is of use only when
        // it cannot be read.
        let decode = |id: &[u8], form: &[u8]| {
            form::from_form(form)
                .map_err(|error| self.repository.undecodable(text_of(id), &error.to_string()))
        };
        self.repository.documents.find_forms(self.parts()?, rows, decode)
    }

    /// The ids of the rows.
    ///
    /// # Errors
    /// As [`Query::all`].
    pub fn ids(&self) -> Result<Vec<D::Id>> {
        let rows = self.repository.documents.find(self.parts()?)?.rows;
        let id = |row: &_| {
            let text = id_of(row);
            let foreign = || self.repository.undecodable(text, "the id is of another type");
            D::Id::of_text(text).ok_or_else(foreign)
        };
        rows.iter().map(id).collect()
    }

    /// A page of at most so many rows. What changes between two pages shifts no row of the second.
    ///
    /// # Errors
    /// As [`Query::all`]; [`DocumentError::BadCursor`].
    pub fn page(&self, rows: usize) -> Result<Page<D>> {
        let mut query = self.parts()?.clone();
        // One more tells whether there is a next page.
        query.limit = Some(rows.saturating_add(1));
        query.is_page = true;
        let collections::Answer { rows: mut found, is_cut, .. } =
            self.repository.documents.find(&query)?;
        found.truncate(rows);
        let next = found.last().filter(|_| is_cut).map(|row| ops::cursor_of(&query, row));
        let decode = |row: &_| {
            let row: &crate::document::plan::rows::Row = row;
            self.repository.decode(id_of(row), row.form())
        };
        Ok(Page { items: found.iter().map(decode).collect::<Result<_>>()?, next })
    }

    /// How many documents satisfy the filter, whatever the limit. O(1) when an index has them.
    ///
    /// # Errors
    /// As [`Query::all`].
    pub fn count(&self) -> Result<u64> {
        self.repository.documents.count(self.parts()?)
    }

    /// Whether any document satisfies the filter.
    ///
    /// # Errors
    /// As [`Query::all`].
    pub fn exists(&self) -> Result<bool> {
        let mut query = self.parts()?.clone();
        (query.limit, query.offset) = (Some(1), 0);
        Ok(!self.repository.documents.find(&query)?.rows.is_empty())
    }

    /// Only these fields of the rows.
    ///
    /// # Errors
    /// As [`Query::all`].
    pub fn select<P: Selection<D>>(&self, selection: P) -> Result<Vec<P::Row>> {
        let read = |id: &[u8], form: &[u8]| {
            let value = ValueRef::new(form).expect("a stored form is whole");
            let read = selection.read(&Stored(value));
            read.map_err(|error| self.repository.undecodable(text_of(id), &error.to_string()))
        };
        self.repository.documents.find_forms(self.parts()?, usize::MAX, read)
    }

    /// Changes the rows; how many. Each by itself: a document that no longer satisfies the filter
    /// when it is reached stays as it is.
    ///
    /// # Errors
    /// As [`Query::all`] and [`UpdateOne::apply`](crate::repository::UpdateOne::apply); those before
    /// the one that failed are changed then.
    pub fn update_all(&self, change: &Change<D>) -> Result<u64> {
        documents::change_all(&self.repository.documents, self.parts()?, change.parts()?)
    }

    /// Removes the rows; how many. Each by itself, as [`Query::update_all`].
    ///
    /// # Errors
    /// As [`Query::all`].
    pub fn delete_all(&self) -> Result<u64> {
        documents::delete_all(&self.repository.documents, self.parts()?)
    }
}

impl<D: KoraDocument> Query<D> {
    /// Runs the query and tells how: which indexes, how many documents were looked at.
    ///
    /// # Errors
    /// As [`Query::all`].
    pub fn explain(&self) -> Result<Explain> {
        let query = collections::Query { is_explained: true, ..self.parts()?.clone() };
        Ok(self.repository.documents.find(&query)?.explain)
    }
}

impl<D: KoraDocument, S: Clone> Clone for Query<D, S> {
    fn clone(&self) -> Self {
        Query { repository: self.repository.clone(), query: self.query.clone() }
    }
}

impl<D: KoraDocument, S> fmt::Debug for Query<D, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the condition: its values may be sensitive.
        f.debug_struct("Query").field("collection", &D::COLLECTION).finish_non_exhaustive()
    }
}
