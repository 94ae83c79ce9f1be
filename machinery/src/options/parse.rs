//! Query parameters and `DeleteOptions` become typed options.
//!
//! Checks of k8s.io/apimachinery `pkg/apis/meta/{v1,internalversion}/validation`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::{
    DeleteOptions, FieldValidation, ListOptions, Match, Page, Preconditions, Propagation, WatchOptions, WriteOptions,
};
use crate::request::{RequestInfo, is_set};
use crate::selector::{FieldSelector, LabelSelector};
use crate::status::{Cause, Result, Status};

const META: &str = "meta.k8s.io";
/// Longest field manager (k8s.io/apimachinery `ValidateFieldManager`).
const MAX_MANAGER: usize = 128;
/// A watch without `timeoutSeconds` lasts this long, and up to twice as long.
const MIN_WATCH: Duration = Duration::from_secs(1800);
const MAX_WATCH: Duration = Duration::from_secs(24 * 3600);

impl WriteOptions {
    /// Errors: 422 for values that do not exist.
    pub(crate) fn parse(info: &RequestInfo, kind: &str, user_agent: &str) -> Result<Self> {
        let mut causes = Vec::new();
        let dry_run = dry_run(info, &mut causes);
        let field_validation = match info.parameter("fieldValidation") {
            None | Some("" | "Warn") => FieldValidation::Warn,
            Some("Strict") => FieldValidation::Strict,
            Some("Ignore") => FieldValidation::Ignore,
            Some(other) => {
                let supported = ["", "Ignore", "Strict", "Warn"];
                causes.push(Cause::not_supported("fieldValidation", &format!("{other:?}"), &supported));
                FieldValidation::Strict
            }
        };
        let given = info.parameter("fieldManager").unwrap_or_default();
        if given.len() > MAX_MANAGER || given.chars().any(char::is_control) {
            let detail = format!("must be printable and have at most {MAX_MANAGER} bytes");
            causes.push(Cause::new("FieldValueInvalid", "fieldManager", format!("Invalid value: {detail}")));
        }
        if !causes.is_empty() {
            return Err(Status::invalid(META, kind, "", causes));
        }
        let field_manager = if given.is_empty() { agent_prefix(user_agent) } else { given };
        let force = is_set(info.parameter("force"));
        Ok(Self { dry_run, field_manager: field_manager.to_owned(), field_validation, force })
    }
}

/// The part of a user agent that names the program.
fn agent_prefix(user_agent: &str) -> &str {
    let prefix = user_agent.split('/').next().unwrap_or_default();
    let end = prefix.char_indices().nth(MAX_MANAGER / 4).map_or(prefix.len(), |(at, _)| at);
    match prefix.get(..end) {
        None | Some("") => "unknown",
        Some(prefix) => prefix,
    }
}

fn dry_run(info: &RequestInfo, causes: &mut Vec<Cause>) -> bool {
    let values = info.query.iter().filter(|(name, value)| name == "dryRun" && !value.is_empty());
    let mut found = false;
    for (_, value) in values {
        found = true;
        if value != "All" {
            causes.push(Cause::not_supported("dryRun", &format!("{value:?}"), &["All"]));
        }
    }
    found
}

impl ListOptions {
    /// Errors: 400 for what cannot be read, 422 for combinations that make no sense.
    pub(crate) fn parse(info: &RequestInfo, selectable: &[&str]) -> Result<Self> {
        let (labels, fields) = selectors(info, selectable)?;
        let token = info.parameter("continue").filter(|token| !token.is_empty());
        let version = version(info.parameter("resourceVersion"))?;
        let wanted = info.parameter("resourceVersionMatch").unwrap_or_default();
        let mut causes = Vec::new();
        if !wanted.is_empty() {
            let mut refuse = |detail| causes.push(Cause::forbidden("resourceVersionMatch", detail));
            if version.is_none() {
                refuse("resourceVersionMatch is forbidden unless resourceVersion is provided");
            }
            if token.is_some() {
                refuse("resourceVersionMatch is forbidden when continue is provided");
            }
            if wanted == "Exact" && version == Some(0) {
                refuse("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
            }
        }
        if !matches!(wanted, "" | "Exact" | "NotOlderThan") {
            let shown = format!("{wanted:?}");
            causes.push(Cause::not_supported("resourceVersionMatch", &shown, &["Exact", "NotOlderThan", ""]));
        }
        if info.parameter("sendInitialEvents").is_some_and(|value| !value.is_empty()) {
            causes.push(Cause::forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
        }
        if !causes.is_empty() {
            return Err(Status::invalid(META, "ListOptions", "", causes));
        }
        if token.is_some() && version.is_some_and(|version| version != 0) {
            return Err(Status::bad_request("specifying resource version is not allowed when using continue"));
        }
        let limit = number(info, "limit")?.unwrap_or(0);
        let version = match (version, wanted) {
            (None, _) => Match::MostRecent,
            (Some(0), _) => Match::Any,
            (Some(version), "Exact") => Match::Exact(version),
            (Some(version), _) => Match::NotOlderThan(version),
        };
        let page =
            Page { limit: usize::try_from(limit).unwrap_or(usize::MAX), continue_token: token.map(str::to_owned) };
        Ok(Self { labels, fields, version, page })
    }
}

impl WatchOptions {
    /// Errors: 400 for what cannot be read, 422 for combinations that make no sense.
    pub(crate) fn parse(info: &RequestInfo, selectable: &[&str]) -> Result<Self> {
        let (labels, fields) = selectors(info, selectable)?;
        let version = version(info.parameter("resourceVersion"))?;
        let wanted = info.parameter("resourceVersionMatch").unwrap_or_default();
        let initial = info.parameter("sendInitialEvents").filter(|value| !value.is_empty());
        let mut causes = Vec::new();
        if initial.is_some() && wanted != "NotOlderThan" {
            let detail = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            causes.push(Cause::forbidden("resourceVersionMatch", detail));
        }
        if initial.is_none() && !wanted.is_empty() {
            let detail = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
            causes.push(Cause::forbidden("resourceVersionMatch", detail));
        }
        if !matches!(wanted, "" | "NotOlderThan") {
            causes.push(Cause::not_supported("resourceVersionMatch", &format!("{wanted:?}"), &["NotOlderThan"]));
        }
        let bookmarks = is_set(info.parameter("allowWatchBookmarks"));
        let initial_events = is_set(initial);
        if initial_events && !bookmarks {
            let detail = "sendInitialEvents requires allowWatchBookmarks";
            causes.push(Cause::forbidden("allowWatchBookmarks", detail));
        }
        if !causes.is_empty() {
            return Err(Status::invalid(META, "ListOptions", "", causes));
        }
        let timeout = number(info, "timeoutSeconds")?.filter(|seconds| *seconds > 0).map_or_else(
            || MIN_WATCH + MIN_WATCH.mul_f64(random_fraction()),
            |seconds| Duration::from_secs(seconds).min(MAX_WATCH),
        );
        Ok(Self { labels, fields, version, initial_events, bookmarks, timeout })
    }
}

/// In [0, 1).
pub(crate) fn random_fraction() -> f64 {
    let [first, second, ..] = *uuid::Uuid::new_v4().as_bytes();
    f64::from(u16::from_be_bytes([first, second])) / 65536.0
}

fn selectors(info: &RequestInfo, selectable: &[&str]) -> Result<(LabelSelector, FieldSelector)> {
    let labels = LabelSelector::parse(info.parameter("labelSelector").unwrap_or_default())?;
    let fields = FieldSelector::parse(info.parameter("fieldSelector").unwrap_or_default())?;
    fields.check(selectable)?;
    Ok((labels, fields))
}

/// A resource version; absent and empty are none.
pub(crate) fn version(text: Option<&str>) -> Result<Option<u64>> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => {
            let number = text.parse().map_err(|_| Status::bad_request(format!("invalid resource version {text:?}")))?;
            Ok(Some(number))
        }
    }
}

fn number(info: &RequestInfo, name: &str) -> Result<Option<u64>> {
    match info.parameter(name) {
        None | Some("") => Ok(None),
        Some(text) => match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(Status::bad_request(format!("the query parameter {name} must be a whole number"))),
        },
    }
}

/// `DeleteOptions` as clients send them in a body; unknown fields are left alone.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    grace_period_seconds: Option<i64>,
    propagation_policy: Option<String>,
    orphan_dependents: Option<bool>,
    dry_run: Option<Vec<String>>,
    preconditions: Option<BodyPreconditions>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BodyPreconditions {
    uid: Option<String>,
    resource_version: Option<String>,
}

impl DeleteOptions {
    /// From the body if there is one, else from the query. Errors: 400, 422.
    pub(crate) fn parse(info: &RequestInfo, body: &Value) -> Result<Self> {
        let mut body = match body {
            Value::Null => Body::default(),
            value => Body::deserialize(value)
                .map_err(|error| Status::bad_request(format!("the DeleteOptions cannot be read: {error}")))?,
        };
        if body.propagation_policy.is_none() {
            body.propagation_policy = info.parameter("propagationPolicy").map(str::to_owned);
        }
        if body.orphan_dependents.is_none() && info.parameter("orphanDependents").is_some() {
            body.orphan_dependents = Some(is_set(info.parameter("orphanDependents")));
        }
        if body.grace_period_seconds.is_none() {
            body.grace_period_seconds = number(info, "gracePeriodSeconds")?.and_then(|n| i64::try_from(n).ok());
        }
        let mut causes = Vec::new();
        let mut dry = dry_run(info, &mut causes);
        for value in body.dry_run.iter().flatten() {
            dry = true;
            if value != "All" {
                causes.push(Cause::not_supported("dryRun", &format!("{value:?}"), &["All"]));
            }
        }
        let propagation = propagation(&body, &mut causes);
        if !causes.is_empty() {
            return Err(Status::invalid(META, "DeleteOptions", "", causes));
        }
        let given = body.preconditions.unwrap_or_default();
        let preconditions = Preconditions { uid: given.uid, resource_version: given.resource_version };
        Ok(Self { dry_run: dry, preconditions, propagation, grace_period_seconds: body.grace_period_seconds })
    }
}

fn propagation(body: &Body, causes: &mut Vec<Cause>) -> Option<Propagation> {
    let policy = body.propagation_policy.as_deref().filter(|policy| !policy.is_empty());
    if policy.is_some() && body.orphan_dependents.is_some() {
        let detail = "orphanDependents and deletionPropagation cannot be both set";
        causes.push(Cause::new("FieldValueInvalid", "propagationPolicy", format!("Invalid value: {detail}")));
    }
    match (policy, body.orphan_dependents) {
        (Some("Background"), _) | (None, Some(false)) => Some(Propagation::Background),
        (Some("Foreground"), _) => Some(Propagation::Foreground),
        (Some("Orphan"), _) | (None, Some(true)) => Some(Propagation::Orphan),
        (None, None) => None,
        (Some(other), _) => {
            let supported = ["Background", "Foreground", "Orphan"];
            causes.push(Cause::not_supported("propagationPolicy", &format!("{other:?}"), &supported));
            None
        }
    }
}
