//! Documents that run at a moment of a release's life instead of belonging to it.

use std::collections::BTreeMap;
use std::fmt;

use crate::release::{HookPhase, Time};

pub(super) const HOOK: &str = "helm.sh/hook";
const WEIGHT: &str = "helm.sh/hook-weight";
const DELETE_POLICY: &str = "helm.sh/hook-delete-policy";
const OUTPUT_LOG_POLICY: &str = "helm.sh/hook-output-log-policy";

/// One hook, as the release record stores it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hook {
    pub name: String,
    pub kind: String,
    /// `chart/templates/job.yaml`
    pub path: String,
    pub manifest: String,
    pub events: Vec<HookEvent>,
    pub last_run: HookRun,
    /// Lower weights run first.
    pub weight: i64,
    /// `hook-succeeded`, `hook-failed`, `before-hook-creation`; unknown words are kept.
    pub delete_policies: Vec<String>,
    /// `hook-succeeded`, `hook-failed`; unknown words are kept.
    pub output_log_policies: Vec<String>,
}

/// The last run of a hook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HookRun {
    pub started_at: Option<Time>,
    pub completed_at: Option<Time>,
    pub phase: HookPhase,
}

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookEvent {
    PreInstall,
    PostInstall,
    PreDelete,
    PostDelete,
    PreUpgrade,
    PostUpgrade,
    PreRollback,
    PostRollback,
    Test,
}

impl HookEvent {
    const ALL: [HookEvent; 9] = [
        HookEvent::PreInstall,
        HookEvent::PostInstall,
        HookEvent::PreDelete,
        HookEvent::PostDelete,
        HookEvent::PreUpgrade,
        HookEvent::PostUpgrade,
        HookEvent::PreRollback,
        HookEvent::PostRollback,
        HookEvent::Test,
    ];

    /// The event of a canonical name.
    pub fn parse(name: &str) -> Option<HookEvent> {
        HookEvent::ALL.into_iter().find(|event| event.name() == name)
    }

    /// The canonical name, as the record stores it.
    pub fn name(self) -> &'static str {
        match self {
            HookEvent::PreInstall => "pre-install",
            HookEvent::PostInstall => "post-install",
            HookEvent::PreDelete => "pre-delete",
            HookEvent::PostDelete => "post-delete",
            HookEvent::PreUpgrade => "pre-upgrade",
            HookEvent::PostUpgrade => "post-upgrade",
            HookEvent::PreRollback => "pre-rollback",
            HookEvent::PostRollback => "post-rollback",
            HookEvent::Test => "test",
        }
    }
}

impl fmt::Display for HookEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What the annotations of a document say about its being a hook.
pub(super) enum Role {
    Object,
    Hook {
        events: Vec<HookEvent>,
        weight: i64,
        delete_policies: Vec<String>,
        output_log_policies: Vec<String>,
    },
    /// An event that Helm does not know: the document is dropped. Holds the annotation's text.
    Unknown(String),
}

pub(super) fn role(annotations: &BTreeMap<String, String>) -> Role {
    let Some(text) = annotations.get(HOOK) else { return Role::Object };
    let events: Option<Vec<HookEvent>> = words(text)
        .map(|word| match word.as_str() {
            "test-success" => Some(HookEvent::Test),
            word => HookEvent::parse(word),
        })
        .collect();
    let Some(events) = events else { return Role::Unknown(text.clone()) };
    let list = |key: &str| annotations.get(key).map_or(Vec::new(), |text| words(text).collect());
    Role::Hook {
        events,
        weight: annotations.get(WEIGHT).and_then(|weight| weight.parse().ok()).unwrap_or(0),
        delete_policies: list(DELETE_POLICY),
        output_log_policies: list(OUTPUT_LOG_POLICY),
    }
}

/// A comma-separated list, trimmed and in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(|word| word.trim().to_lowercase())
}
