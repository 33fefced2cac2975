//! Mistakes that a test can have the engine make, to see whether the tests would notice.
//!
//! Each is asked for where it would be made, by [`is_made`], and no test but that of the tests
//! sets one. Without the feature `testing` none is ever made and the compiler leaves the
//! questions out.

/// A mistake in what makes data durable.
#[cfg_attr(
    not(any(test, feature = "testing")),
    expect(unreachable_pub, reason = "the module of hooks shows it")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// A write is acknowledged as durable without a sync.
    SyncSkipped,
    /// Only the present segment is synced, not those before it.
    SealedNotSynced,
    /// A sync that failed is tried again and believed.
    FailedSyncRetried,
    /// A job is acknowledged before its frame is in the log.
    AcknowledgedBeforeAppend,
    /// The first frame of a segment has another place than its own.
    WrongPlace,
    /// A frame says of itself that it is durable.
    DurableTooEarly,
    /// Each record of a job has a frame of its own.
    FramePerRecord,
    /// Each record of a transaction has a frame of its own.
    TransactionApart,
    /// What a full disk refused is not written later.
    BacklogDropped,
    /// What a full disk refused, and what was therefore not done, is written later.
    RefusedWrittenLater,
    /// After a write that failed the log goes on.
    FailureForgotten,
    /// A segment is removed that replay needs.
    RetiredTooEarly,
    /// A segment is used whose name is not durable.
    SegmentNameNotSynced,
    /// What recovery has read may be the system's alone.
    RecoveredNotSynced,
    /// A torn tail is not cleared.
    TornTailKept,
    /// Segments behind a torn tail are not removed.
    LaterSegmentsKept,
    /// Frames are appended behind a torn tail.
    AppendedBehindTornTail,
    /// A frame's checksum leaves out its payload.
    ChecksumWithoutPayload,
    /// The manifest gets its name before its bytes are durable.
    ManifestRenamedUnsynced,
    /// The manifest's name is not made durable.
    ManifestNameNotSynced,
    /// The name of a manifest that was found is not made durable.
    FoundNameNotSynced,
    /// The manifest names a snapshot whose bytes are not durable.
    SnapshotNotSynced,
    /// A snapshot counts before the log is durable up to its end.
    SnapshotBeforeLog,
    /// A snapshot holds what the log has yet to get.
    SnapshotAheadOfLog,
    /// A snapshot gets the number of one that was not finished.
    SnapshotNumberReused,
    /// A snapshot has collections without their indexes.
    IndexesNotInSnapshot,
    /// A snapshot has collections without what was declared of their documents.
    SchemaNotInSnapshot,
    /// A snapshot that is being taken does not learn that databases change places.
    SwapNotFollowed,
    /// Replay begins at the end of the snapshot.
    ReplayedFromEnd,
    /// Replay applies what a slice of the snapshot holds already.
    WindowIgnored,
    /// Replay applies changes to a key that was removed before its slice.
    RemovalsIgnored,
    /// The removal of a key that is due is not recorded.
    ExpiryNotRecorded,
}

#[cfg(any(test, feature = "testing"))]
thread_local! {
    static PRESENT: std::cell::Cell<Option<Mutation>> = const { std::cell::Cell::new(None) };
}

/// Has the databases of this thread make a mistake, or none.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn make(mutation: Option<Mutation>) {
    PRESENT.set(mutation);
}

/// Whether this mistake is to be made.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn is_made(mutation: Mutation) -> bool {
    PRESENT.get() == Some(mutation)
}

/// Whether this mistake is to be made.
#[cfg(not(any(test, feature = "testing")))]
#[inline(always)]
pub(crate) fn is_made(_: Mutation) -> bool {
    false
}

#[cfg(any(test, feature = "testing"))]
impl Mutation {
    /// All of them.
    pub const ALL: &[Mutation] = &[
        Mutation::SyncSkipped,
        Mutation::SealedNotSynced,
        Mutation::FailedSyncRetried,
        Mutation::AcknowledgedBeforeAppend,
        Mutation::WrongPlace,
        Mutation::DurableTooEarly,
        Mutation::FramePerRecord,
        Mutation::TransactionApart,
        Mutation::BacklogDropped,
        Mutation::RefusedWrittenLater,
        Mutation::FailureForgotten,
        Mutation::RetiredTooEarly,
        Mutation::SegmentNameNotSynced,
        Mutation::RecoveredNotSynced,
        Mutation::TornTailKept,
        Mutation::LaterSegmentsKept,
        Mutation::AppendedBehindTornTail,
        Mutation::ChecksumWithoutPayload,
        Mutation::ManifestRenamedUnsynced,
        Mutation::ManifestNameNotSynced,
        Mutation::FoundNameNotSynced,
        Mutation::SnapshotNotSynced,
        Mutation::SnapshotBeforeLog,
        Mutation::SnapshotAheadOfLog,
        Mutation::SnapshotNumberReused,
        Mutation::IndexesNotInSnapshot,
        Mutation::SchemaNotInSnapshot,
        Mutation::SwapNotFollowed,
        Mutation::ReplayedFromEnd,
        Mutation::WindowIgnored,
        Mutation::RemovalsIgnored,
        Mutation::ExpiryNotRecorded,
    ];
}
