//! Documents through the public doors.
//!
//! What is right is said by `values.rs`, `ask.rs` and `model.rs`, which know JSON values and nothing
//! of the engine; `history.rs` plays random steps against them and makes what fails small.

mod ask;
mod model;
mod values;

mod history; // random steps on the engine and on the model
mod steps; // what the steps are, and how they are thrown

mod answers; // queries, pages, unique values, reopening
mod concurrent; // many threads on one collection
mod damage; // what is no document, no condition, no cursor, no index
mod doors; // commands beside methods, and in transactions
mod memory; // what is counted, beside what is allocated
mod planner; // indexes over several paths and of some documents
