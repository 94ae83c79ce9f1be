//! What a request asks besides the object itself: options of reads, writes and deletes, parsed and checked.

use crate::selector::{FieldSelector, LabelSelector};

pub(crate) mod parse;

/// How unknown and duplicate fields of a written object are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    Ignore,
    #[default]
    Warn,
    Strict,
}

/// Options of create, update and patch.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// Validate and answer as usual, but change nothing anywhere.
    pub dry_run: bool,
    /// Who is named in `metadata.managedFields`; never empty once a verb is running.
    pub field_manager: String,
    pub field_validation: FieldValidation,
    /// Server-side apply only: take over fields of other managers.
    pub force: bool,
}

/// Which version of the data a read may answer from (aggregated-api.md R4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Match {
    /// The newest: no write that finished before may be missing.
    #[default]
    MostRecent,
    /// Whatever is at hand.
    Any,
    /// At least this version.
    NotOlderThan(u64),
    /// The state at exactly this version.
    Exact(u64),
}

/// The part of a list that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// At most so many items; 0 means all.
    pub limit: usize,
    /// The token of the previous page.
    pub continue_token: Option<String>,
}

/// Options of list, and of the objects deleted by deletecollection.
#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    pub labels: LabelSelector,
    pub fields: FieldSelector,
    pub version: Match,
    pub page: Page,
}

/// Options of watch.
#[derive(Clone, Debug, Default)]
pub struct WatchOptions {
    pub labels: LabelSelector,
    pub fields: FieldSelector,
    /// Events after this version; `None` and 0 begin with the current state.
    pub version: Option<u64>,
    /// Send the current state first and mark its end with a bookmark (WatchList).
    pub initial_events: bool,
    pub bookmarks: bool,
    /// How long the watch lasts.
    pub timeout: std::time::Duration,
}

/// What happens to dependents of a deleted object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    Background,
    Foreground,
    Orphan,
}

/// What must hold for a delete to go ahead; otherwise 409 Conflict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preconditions {
    pub uid: Option<String>,
    pub resource_version: Option<String>,
}

/// Options of delete and deletecollection.
#[derive(Clone, Debug, Default)]
pub struct DeleteOptions {
    pub dry_run: bool,
    pub preconditions: Preconditions,
    pub propagation: Option<Propagation>,
    pub grace_period_seconds: Option<i64>,
}
