//! Helm's record to and from its Secret, and the summary that lists are made of.

use helmx_api::release::InstalledChart;
use helmx_chart::release::{self, ApplyMethod, HookPhase, Release, Time};
use helmx_machinery::Key;
use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;

use crate::apply::hook::Moment as HookMoment;

pub use helmx_chart::release::Status as Phase;

/// One revision as Helm stores it.
pub type Record = Release;

/// A Secret holds at most 1 MiB of data.
const MAX_BYTES: usize = 1_048_576;
/// Labels that Helm keeps for itself.
const SYSTEM_LABELS: [&str; 6] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// Which of Helm's two time labels a write sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// `createdAt`.
    Created,
    /// `modifiedAt`.
    Updated,
}

/// What lists, Tables and status show of a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The number.
    pub revision: u32,
    /// Helm's status.
    pub phase: String,
    /// Chart and version.
    pub chart: InstalledChart,
    /// The version of the application.
    pub app_version: String,
    /// Helm's words.
    pub description: String,
    /// When revision 1 was installed (RFC 3339).
    pub first_deployed: String,
    /// When this revision was made (RFC 3339).
    pub last_deployed: String,
    /// The same instant as `first_deployed`, in nanoseconds since 1970: part of the seed of the UID.
    pub first_deployed_nanoseconds: i128,
    /// The tenant in the chart's annotations.
    pub tenant: String,
    /// Custom labels of the record.
    pub labels: BTreeMap<String, String>,
    /// The revision that a rollback went back to.
    pub rollback_revision: u32,
}

/// The Secret's name.
pub fn name(release: &str, revision: u32) -> String {
    format!("sh.helm.release.v1.{release}.v{revision}")
}

/// The release and revision of a Secret's name.
pub fn parse_name(name: &str) -> Option<(&str, u32)> {
    let (release, revision) = name.strip_prefix("sh.helm.release.v1.")?.rsplit_once(".v")?;
    Some((release, revision.parse().ok()?))
}

/// Reads a Secret.
///
/// # Errors
/// Why it is no record, without its content.
pub fn read(secret: &Secret) -> Result<Record, String> {
    let name = secret.metadata.name.as_deref().unwrap_or_default();
    let payload = secret
        .data
        .as_ref()
        .and_then(|data| data.get("release"))
        .ok_or_else(|| format!("secret {name} has no key \"release\""))?;
    let mut record =
        release::decode(&payload.0).map_err(|error| format!("secret {name} is no release record: {error}"))?;
    let labels = secret.metadata.labels.clone().unwrap_or_default();
    record.labels = labels.into_iter().filter(|(key, _)| !SYSTEM_LABELS.contains(&key.as_str())).collect();
    Ok(record)
}

/// The Secret of a record.
///
/// # Errors
/// A record that does not fit a Secret, with the way out.
pub fn secret(record: &Record, moment: Moment) -> Result<Secret, String> {
    let payload = release::encode(record).map_err(|error| error.to_string())?;
    if payload.len() > MAX_BYTES {
        return Err(format!(
            "the record of this release is {} bytes, a Secret holds {MAX_BYTES}: keep large files out of the chart with .helmignore",
            payload.len()
        ));
    }
    let mut labels = record.labels.clone();
    let time = if moment == Moment::Created { "createdAt" } else { "modifiedAt" };
    let system = [
        ("name", record.name.clone()),
        ("owner", "helm".to_owned()),
        ("status", record.info.status.name().to_owned()),
        ("version", record.version.to_string()),
        (time, Timestamp::now().as_second().to_string()),
    ];
    labels.extend(system.map(|(key, value)| (key.to_owned(), value)));
    let metadata = ObjectMeta {
        name: Some(record.object_name()),
        namespace: Some(record.namespace.clone()),
        labels: Some(labels),
        ..ObjectMeta::default()
    };
    let data = [("release".to_owned(), ByteString(payload.into_bytes()))].into();
    Ok(Secret { metadata, data: Some(data), type_: Some("helm.sh/release.v1".into()), ..Secret::default() })
}

/// What lists show of it.
pub fn summary(record: &Record) -> Summary {
    let text = |time: &Option<Time>| time.as_ref().map(|time| time.timestamp().to_string()).unwrap_or_default();
    let metadata = record.chart.as_ref().map(|chart| chart.metadata.clone()).unwrap_or_default();
    Summary {
        revision: revision(record),
        phase: record.info.status.name().into(),
        chart: InstalledChart { name: metadata.name, version: metadata.version },
        app_version: metadata.app_version,
        description: record.info.description.clone(),
        first_deployed: text(&record.info.first_deployed),
        last_deployed: text(&record.info.last_deployed),
        first_deployed_nanoseconds: first_deployed_nanoseconds(record),
        tenant: metadata.annotations.get(helmx_api::TENANT).cloned().unwrap_or_default(),
        labels: record.labels.clone(),
        rollback_revision: record
            .info
            .rollback_revision
            .and_then(|revision| u32::try_from(revision).ok())
            .unwrap_or_default(),
    }
}

/// A new revision, made now.
pub fn new(key: &Key, revision: u32, phase: Phase, description: &str) -> Record {
    let now = Some(Time::from(Timestamp::now()));
    let mut record = Record {
        name: key.name.clone(),
        namespace: key.namespace.clone(),
        version: i64::from(revision),
        apply_method: Some(ApplyMethod::ServerSide),
        ..Record::default()
    };
    record.info.first_deployed.clone_from(&now);
    record.info.last_deployed = now;
    record.info.status = phase;
    description.clone_into(&mut record.info.description);
    record
}

/// A new revision with the content of a former one (Helm, `pkg/action/rollback.go`).
pub fn rollback(key: &Key, revision: u32, target: &Record) -> Record {
    let mut record = new(key, revision, Phase::PendingRollback, &format!("Rollback to {}", target.version));
    record.info.first_deployed.clone_from(&target.info.first_deployed);
    record.info.notes.clone_from(&target.info.notes);
    record.info.rollback_revision = Some(target.version);
    record.chart = target.chart.clone();
    record.config = target.config.clone();
    record.manifest.clone_from(&target.manifest);
    record.hooks = target.hooks.clone();
    record.labels = target.labels.clone();
    record
}

/// The first install's time goes with all later revisions.
pub fn keep_first_deployed(record: &mut Record, former: &Record) {
    record.info.first_deployed.clone_from(&former.info.first_deployed);
}

/// The operation ended.
pub fn finish(record: &mut Record, phase: Phase, description: &str) {
    record.info.status = phase;
    description.clone_into(&mut record.info.description);
}

/// The operation failed.
pub fn fail(record: &mut Record, description: &str) {
    finish(record, Phase::Failed, description);
}

/// Another revision took its place.
pub fn set_phase(record: &mut Record, phase: Phase) {
    record.info.status = phase;
}

/// The release is about to go (Helm, `pkg/action/uninstall.go`).
pub fn begin_uninstall(record: &mut Record) {
    record.info.status = Phase::Uninstalling;
    record.info.deleted = Some(Timestamp::now().into());
    "Deletion in progress (or silently failed)".clone_into(&mut record.info.description);
}

/// A hook began or ended.
pub fn note_hook(record: &mut Record, index: usize, moment: HookMoment) {
    let Some(hook) = record.hooks.get_mut(index) else { return };
    let now = Some(Time::from(Timestamp::now()));
    match moment {
        HookMoment::Started => {
            hook.last_run.started_at = now;
            hook.last_run.completed_at = None;
            hook.last_run.phase = HookPhase::Running;
        }
        HookMoment::Succeeded | HookMoment::Failed => {
            hook.last_run.completed_at = now;
            hook.last_run.phase =
                if moment == HookMoment::Succeeded { HookPhase::Succeeded } else { HookPhase::Failed };
        }
    }
}

/// The revision's number.
pub fn revision(record: &Record) -> u32 {
    u32::try_from(record.version).unwrap_or_default()
}

/// The release's name.
pub fn release(record: &Record) -> &str {
    &record.name
}

/// The release's namespace.
pub fn namespace(record: &Record) -> &str {
    &record.namespace
}

/// Helm's status.
pub fn phase(record: &Record) -> Phase {
    record.info.status
}

/// Whether an operation is under way, or was left so.
pub fn is_pending(record: &Record) -> bool {
    record.info.status.is_pending()
}

/// Whether its objects were applied client-side: by Helm 3, or by Helm 4 on its releases.
pub fn is_client_side(record: &Record) -> bool {
    record.apply_method != Some(ApplyMethod::ServerSide)
}

/// When revision 1 was installed, in nanoseconds since 1970.
pub fn first_deployed_nanoseconds(record: &Record) -> i128 {
    record.info.first_deployed.as_ref().map(|time| time.timestamp().as_nanosecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{name, parse_name};

    #[test]
    fn names_of_secrets_and_back() {
        assert_eq!(name("web", 3), "sh.helm.release.v1.web.v3");
        let cases = [
            ("sh.helm.release.v1.web.v3", Some(("web", 3))),
            ("sh.helm.release.v1.web.v2.v10", Some(("web.v2", 10))),
            ("sh.helm.release.v1.web", None),
            ("sh.helm.release.v1.web.vx", None),
            ("other", None),
        ];
        for (secret, expected) in cases {
            assert_eq!(parse_name(secret), expected);
        }
    }
}
