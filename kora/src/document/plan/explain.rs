//! What was done to answer a query.

use std::time::Duration;

/// How documents were found, how many were looked at, and how long it took.
///
/// [`Display`](std::fmt::Display) puts it in one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explain {
    /// The indexes that candidates came from; none when every document was one.
    pub indexes: Vec<String>,
    /// The index that the order came from; `None` when results were sorted, or have no order.
    pub ordered_by: Option<String>,
    /// Whether results were sorted, since no index has their order.
    pub is_sorted: bool,
    /// Whether candidates were held against the condition one by one: the indexes alone did not
    /// decide it.
    pub is_filtered: bool,
    /// Documents whose bytes were looked at.
    pub rows_examined: u64,
    /// Documents in the answer.
    pub rows_returned: u64,
    /// From the call to the answer.
    pub duration: Duration,
}

impl Explain {
    /// One fact a line.
    pub(crate) fn lines(&self) -> Vec<String> {
        let access = match &self.indexes[..] {
            [] => "all documents".to_owned(),
            [index] => format!("index {index}"),
            indexes => format!("indexes {}", indexes.join(", ")),
        };
        let filter = if self.is_filtered { "each document" } else { "none" };
        let order = match (&self.ordered_by, self.is_sorted) {
            (Some(index), _) => format!("index {index}"),
            (None, true) => "sorted".to_owned(),
            (None, false) => "none".to_owned(),
        };
        let nanos = self.duration.as_nanos();
        vec![
            format!("access: {access}"),
            format!("filter: {filter}"),
            format!("order: {order}"),
            format!("documents examined: {}", self.rows_examined),
            format!("rows returned: {}", self.rows_returned),
            format!("time: {}.{} us", nanos / 1000, nanos % 1000 / 100),
        ]
    }
}

impl std::fmt::Display for Explain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.indexes[..] {
            [] => f.write_str("scan of all documents")?,
            indexes => write!(f, "index {}", indexes.join(" and "))?,
        }
        if self.is_filtered {
            f.write_str(", filtered")?;
        }
        if let Some(index) = &self.ordered_by {
            write!(f, ", ordered by index {index}")?;
        }
        if self.is_sorted {
            f.write_str(", sorted")?;
        }
        let (examined, returned) = (self.rows_examined, self.rows_returned);
        write!(f, "; {examined} examined, {returned} returned, {:?}", self.duration)
    }
}
