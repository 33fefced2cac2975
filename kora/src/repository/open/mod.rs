//! Opening a repository: what is declared of a type against what is stored of its collection.
//!
//! `compare` only compares. What it finds is done by a policy, or refused: a change that documents
//! could not be read after is never done by itself.

mod apply;
mod change;
mod compare;
mod declared;

use std::any::TypeId;
use std::sync::Arc;

use crate::database::Database;
use crate::engine::collections::Collection;
use crate::error::{DocumentError, Error, Result};
use crate::repository::documents::{Data, InTransaction};
use crate::repository::{KoraDocument, Repository, TransactionRepository};
use crate::transaction::Transaction;

pub use change::{SchemaChange, SchemaDiff, SchemaPolicy};
use declared::Declared;

impl Database {
    /// The documents of type `D`: opens their collection, or makes it, with the indexes that `D`
    /// declares. Returns when they are whole.
    ///
    /// What is stored is compared with what `D` declares, see [`SchemaPolicy::Additive`]. Opened
    /// again, it is not: O(1).
    ///
    /// # Errors
    /// [`DocumentError::Schema`] names the field that does not fit and how to mend it;
    /// [`DocumentError::NotUnique`] the documents that share a value which is unique from now on.
    pub fn repository<D: KoraDocument>(&self) -> Result<Repository<D>> {
        self.repository_with(SchemaPolicy::Additive)
    }

    /// As [`Database::repository`], with another policy.
    ///
    /// # Errors
    /// As there.
    pub fn repository_with<D: KoraDocument>(&self, policy: SchemaPolicy) -> Result<Repository<D>> {
        let of = |collection| Repository::new(Data { db: self.clone(), collection });
        if let Some(opened) = self.opened::<D>(policy) {
            return Ok(of(opened));
        }
        if policy != SchemaPolicy::Destructive {
            if let Ok(collection) = self.engine().collection(D::COLLECTION) {
                if collection.is_open_as(TypeId::of::<D>()) {
                    self.engine().note_opened(TypeId::of::<D>(), &collection);
                    return Ok(of(collection));
                }
            }
        }
        let declared = Declared::of(D::DECLARATION)?;
        let diff = declared.diff::<D>(self.engine(), policy)?;
        let refused = diff.changes.iter().find(|change| !change.is_done_by(policy));
        if let Some(refused) = refused {
            return Err(refusal::<D>(refused.to_string()));
        }
        let collection = self.settled(|| declared.apply::<D>(self.engine(), &diff, policy))?;
        collection.note_opened_as(TypeId::of::<D>());
        self.engine().note_opened(TypeId::of::<D>(), &collection);
        Ok(of(collection))
    }

    /// The documents of type `D`, if they were opened and need not be looked at again.
    #[inline]
    pub(in crate::repository) fn opened<D: KoraDocument>(
        &self,
        policy: SchemaPolicy,
    ) -> Option<Arc<Collection>> {
        if policy == SchemaPolicy::Destructive {
            return None;
        }
        self.engine().opened_as(TypeId::of::<D>())
    }

    /// What [`Database::repository`] would find different; nothing is changed.
    ///
    /// # Errors
    /// A declaration that the engine does not take.
    pub fn schema_diff<D: KoraDocument>(&self) -> Result<SchemaDiff> {
        Declared::of(D::DECLARATION)?.diff::<D>(self.engine(), SchemaPolicy::Additive)
    }
}

impl<'d> Transaction<'d> {
    /// The documents of type `D`, as the transaction sees them. Their collection must have been
    /// opened by [`Database::repository`].
    ///
    /// ```
    /// use kora::{Database, KoraDocument};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize, KoraDocument)]
    /// #[kora(collection = "accounts")]
    /// struct Account {
    ///     #[kora(id)]
    ///     id: String,
    ///     balance: u64,
    /// }
    ///
    /// let db = Database::in_memory();
    /// let accounts = db.repository::<Account>()?;
    /// accounts.insert(&Account { id: "ann".into(), balance: 70 })?;
    /// accounts.insert(&Account { id: "bob".into(), balance: 0 })?;
    ///
    /// let f = Account::fields();
    /// db.transaction(|tx| {
    ///     let accounts = tx.repository::<Account>()?;
    ///     accounts.update("ann").add(f.balance, -20).apply()?;
    ///     accounts.update("bob").add(f.balance, 20).apply()?;
    ///     tx.rpush("transfers", ["ann to bob: 20"])?;
    ///     Ok(())
    /// })?;
    /// assert_eq!(accounts.pluck("bob", f.balance)?, Some(20));
    /// # Ok::<(), kora::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`DocumentError::NoSuchCollection`]; [`DocumentError::Schema`] when `D` declares something
    /// else than is stored: a transaction changes no schema.
    pub fn repository<D: KoraDocument>(&self) -> Result<TransactionRepository<'d, D>> {
        let attempt = self.shared();
        let engine = attempt.lend().engine();
        let collection = engine.collection(D::COLLECTION)?;
        if !collection.is_open_as(TypeId::of::<D>()) {
            let diff = Declared::of(D::DECLARATION)?.diff::<D>(engine, SchemaPolicy::Verify)?;
            if let Some(change) = diff.changes.first() {
                return Err(refusal::<D>(format!(
                    "{change}; a transaction changes no schema: call `Database::repository` first"
                )));
            }
            collection.note_opened_as(TypeId::of::<D>());
        }
        Ok(Repository::new(InTransaction { attempt, collection }))
    }
}

fn refusal<D: KoraDocument>(message: String) -> Error {
    let collection = D::COLLECTION.to_owned();
    Error::document(DocumentError::Schema { collection, message })
}
