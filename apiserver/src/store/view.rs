//! Records and bookkeeping to the Release that clients see. Pure: no values, no payloads.

use helmx_api::condition::{Condition, set};
use helmx_api::release::{ChartReference, InstalledChart, ReleaseSpec, ReleaseStatus};
use helmx_machinery::{Key, Object};
use serde_json::{Value, json};
use uuid::Uuid;

use super::book::Book;
use super::hidden;
use super::record::Summary;

/// Seed of all UIDs: any fixed UUID will do, but it must never change.
const SEED: Uuid = Uuid::from_u128(0x6865_6c6d_782e_6465_7600_7631_616c_7068);

/// What a release waits for while it is being uninstalled: namespace deletion waits for it, too.
const UNINSTALL: &str = "helmx.dev/uninstall";

/// Everything that a Release is made of.
pub struct Parts<'a> {
    /// Namespace and name.
    pub key: &'a Key,
    /// UID of the namespace.
    pub space: &'a str,
    /// The newest revision.
    pub newest: &'a Summary,
    /// Our bookkeeping.
    pub book: &'a Book,
    /// The highest resource version of the release's Secrets.
    pub version: u64,
}

/// The release's UID: the same over upgrade, rollback, pruning and restarts, a new one after a reinstall. The garbage
/// collector deletes dependents whose owner's UID changed, so this is data safety.
pub fn uid(space: &str, name: &str, first_deployed: i128) -> String {
    Uuid::new_v5(&SEED, format!("{space}/{name}/{first_deployed}").as_bytes()).to_string()
}

/// The UID of something that belongs to an object with a UID.
pub fn derived_uid(owner: &str, name: &str) -> String {
    Uuid::new_v5(&SEED, format!("{owner}/{name}").as_bytes()).to_string()
}

impl Parts<'_> {
    /// Whether the newest revision was made through the API, so that the bookkeeping speaks of it.
    fn is_ours(&self) -> bool {
        self.book.revision == self.newest.revision
    }

    /// Every revision that stock helm made counts as a change of the spec.
    fn generation(&self) -> i64 {
        self.book.generation + i64::from(self.newest.revision.saturating_sub(self.book.revision))
    }

    /// The Release object, without values.
    pub fn object(&self) -> Object {
        let mut object = Object::new(helmx_api::API_VERSION, helmx_api::release::KIND);
        let newest = self.newest;
        object.set_metadata("name", self.key.name.as_str());
        object.set_metadata("namespace", self.key.namespace.as_str());
        object.set_metadata("uid", uid(self.space, &self.key.name, newest.first_deployed_nanoseconds));
        object.set_metadata("creationTimestamp", seconds(&newest.first_deployed));
        object.set_generation(self.generation());
        object.set_version(self.version);
        let mut labels = newest.labels.clone();
        labels.extend(self.book.labels.clone());
        let maps = [("labels", json!(labels)), ("annotations", json!(hidden::annotations(self.book)))];
        for (name, map) in maps {
            if map.as_object().is_some_and(|map| !map.is_empty()) {
                object.set_metadata(name, map);
            }
        }
        let leaving = self.book.deletion_timestamp.as_ref().filter(|_| newest.phase == "uninstalling");
        let mut finalizers = self.book.finalizers.clone();
        finalizers.extend(leaving.map(|_| UNINSTALL.to_owned()));
        let lists = [
            ("ownerReferences", json!(self.book.owner_references)),
            ("finalizers", json!(finalizers)),
            ("managedFields", json!(hidden::managed_fields(self.book))),
        ];
        for (name, list) in lists {
            if list.as_array().is_some_and(|list| !list.is_empty()) {
                object.set_metadata(name, list);
            }
        }
        if let Some(time) = leaving {
            object.set_metadata("deletionTimestamp", time.as_str());
            object.set_metadata("deletionGracePeriodSeconds", 0);
        }
        object.set("spec", serde_json::to_value(self.spec()).unwrap_or_default());
        object.set("status", serde_json::to_value(self.status()).unwrap_or_default());
        object
    }

    fn spec(&self) -> ReleaseSpec {
        let mut spec = self.book.spec.clone();
        spec.values.clear();
        if !self.is_ours() {
            let repository =
                if spec.chart.name == self.newest.chart.name { spec.chart.repository } else { String::new() };
            spec.chart = ChartReference {
                repository,
                name: self.newest.chart.name.clone(),
                version: self.newest.chart.version.clone(),
            };
            // What helm stores is all there is: sources of values are merged into it.
            spec.values_from.clear();
        }
        spec
    }

    fn status(&self) -> ReleaseStatus {
        let newest = self.newest;
        let observed = if self.is_ours() { self.book.observed_generation } else { Some(self.generation()) };
        ReleaseStatus {
            phase: newest.phase.clone(),
            revision: newest.revision,
            observed_generation: observed,
            chart: InstalledChart { name: newest.chart.name.clone(), version: newest.chart.version.clone() },
            app_version: newest.app_version.clone(),
            description: newest.description.clone(),
            first_deployed: newest.first_deployed.clone(),
            last_deployed: newest.last_deployed.clone(),
            tenant: newest.tenant.clone(),
            hidden: Vec::new(),
            conditions: self.conditions(),
            resources: if self.is_ours() { self.book.resources.clone() } else { Vec::new() },
            operation: self.book.operation.clone().filter(|_| self.is_ours()),
        }
    }

    /// kstatus conditions: from the bookkeeping for our own revisions, from Helm's status for helm's.
    fn conditions(&self) -> Vec<Condition> {
        let mut conditions = if self.is_ours() { self.book.conditions.clone() } else { Vec::new() };
        if !conditions.is_empty() {
            return conditions;
        }
        let verdict = Verdict::of(&self.newest.phase);
        for (kind, status) in
            [("Ready", verdict.ready), ("Reconciling", verdict.reconciling), ("Stalled", verdict.stalled)]
        {
            let condition = Condition {
                kind: kind.into(),
                status: if status { "True" } else { "False" }.into(),
                reason: verdict.reason.into(),
                message: self.newest.description.clone(),
                last_transition_time: seconds(&self.newest.last_deployed),
                observed_generation: Some(self.generation()),
            };
            set(&mut conditions, condition);
        }
        conditions
    }
}

/// What Helm's status alone says about readiness.
struct Verdict {
    ready: bool,
    reconciling: bool,
    stalled: bool,
    reason: &'static str,
}

impl Verdict {
    fn of(phase: &str) -> Self {
        let (ready, reconciling, stalled, reason) = match phase {
            "deployed" => (true, false, false, "Deployed"),
            "failed" => (false, false, true, "Failed"),
            "pending-install" | "pending-upgrade" | "pending-rollback" => (false, true, false, "Pending"),
            "uninstalling" => (false, true, false, "Uninstalling"),
            "uninstalled" => (false, false, false, "Uninstalled"),
            _ => (false, false, false, "Unknown"),
        };
        Self { ready, reconciling, stalled, reason }
    }
}

/// RFC 3339 without fractions, in UTC: what `metav1.Time` is.
pub fn seconds(time: &str) -> String {
    match time.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_) => "1970-01-01T00:00:00Z".into(),
    }
}

/// The cells of `kubectl get releases`.
pub fn row(object: &Object) -> Vec<Value> {
    let status = |field: &str| object.text(&["status", field]);
    let chart =
        format!("{}-{}", object.text(&["status", "chart", "name"]), object.text(&["status", "chart", "version"]));
    let ready = condition(object, "Ready");
    vec![
        json!(object.name()),
        json!(chart),
        json!(status("appVersion")),
        object.at(&["status", "revision"]).cloned().unwrap_or_default(),
        json!(status("phase")),
        json!(ready),
        json!(helmx_machinery::age(status("lastDeployed"))),
        json!(helmx_machinery::age(object.creation_timestamp())),
        json!(status("tenant")),
        json!(status("description")),
    ]
}

fn condition<'o>(object: &'o Object, kind: &str) -> &'o str {
    let conditions = object.at(&["status", "conditions"]).and_then(Value::as_array);
    let found = conditions.into_iter().flatten().find(|condition| condition["type"] == kind);
    found.and_then(|condition| condition["status"].as_str()).unwrap_or("Unknown")
}

#[cfg(test)]
mod tests {
    use helmx_machinery::Key;

    use super::{Book, Parts, Summary, uid};

    fn summary(revision: u32, phase: &str) -> Summary {
        Summary {
            revision,
            phase: phase.into(),
            first_deployed: "2026-01-02T03:04:05.6789+02:00".into(),
            last_deployed: "2026-01-02T03:04:05.6789+02:00".into(),
            first_deployed_nanoseconds: 1,
            ..Summary::default()
        }
    }

    #[test]
    fn a_revision_that_helm_made_is_a_new_generation_and_forgets_our_status() {
        let key = Key::new("n", "web");
        let mut book = Book { generation: 3, revision: 2, observed_generation: Some(3), ..Book::default() };
        book.spec.timeout = Some("9m".into());
        let ours = Parts { key: &key, space: "s", newest: &summary(2, "deployed"), book: &book, version: 7 }.object();
        let helms = Parts { key: &key, space: "s", newest: &summary(4, "failed"), book: &book, version: 9 }.object();
        assert_eq!((ours.generation(), helms.generation()), (3, 5));
        assert_eq!(ours.uid(), helms.uid());
        assert_eq!(ours.creation_timestamp(), "2026-01-02T01:04:05Z");
        assert_eq!(helms.text(&["spec", "timeout"]), "9m");
        assert_eq!(super::condition(&helms, "Stalled"), "True");
        assert_eq!(super::condition(&ours, "Ready"), "True");
    }

    #[test]
    fn the_uid_tells_reinstalls_and_namespaces_apart() {
        assert_eq!(uid("s", "web", 1), uid("s", "web", 1));
        assert_ne!(uid("s", "web", 1), uid("s", "web", 2));
        assert_ne!(uid("s", "web", 1), uid("t", "web", 1));
        assert_ne!(uid("s", "web", 1), uid("s", "db", 1));
    }
}
