//! Readiness of a live object (kstatus, as Helm's `--wait=watcher` uses it).

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How long a pod may wait to be scheduled before it counts as failed.
const SCHEDULING: SignedDuration = SignedDuration::from_secs(15);
/// `progressDeadlineSeconds` of a Deployment that has none.
const NO_DEADLINE: i64 = 2_147_483_647;

/// The state of a live object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// As wanted.
    Current,
    /// Not yet as wanted.
    InProgress(String),
    /// Will not become as wanted by itself.
    Failed(String),
    /// Being deleted.
    Terminating,
    /// Not there.
    NotFound,
}

impl Readiness {
    /// The word that status shows.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Current => "Current",
            Self::InProgress(_) => "InProgress",
            Self::Failed(_) => "Failed",
            Self::Terminating => "Terminating",
            Self::NotFound => "NotFound",
        }
    }

    /// Why, where there is something to say.
    pub fn message(&self) -> &str {
        match self {
            Self::Current | Self::Terminating | Self::NotFound => "",
            Self::InProgress(message) | Self::Failed(message) => message,
        }
    }
}

/// What a wait asks of Jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jobs {
    /// A started Job suffices.
    Started,
    /// A Job must complete.
    Complete,
}

/// Computes the state of an object from its own fields.
pub fn of(object: &Value, jobs: Jobs) -> Readiness {
    let metadata = Fields(object).at("metadata");
    if metadata.0.get("deletionTimestamp").is_some_and(|time| !time.is_null()) {
        return Readiness::Terminating;
    }
    if let Some(observed) = Fields(object).at("status").integer("observedGeneration")
        && let Some(generation) = metadata.integer("generation")
        && observed != generation
    {
        return progress("the controller has not seen the newest generation yet");
    }
    let fields = Fields(object);
    if let Some(condition) = fields.condition("Reconciling").filter(|condition| condition.status == "True") {
        return progress(condition.message);
    }
    if let Some(condition) = fields.condition("Stalled").filter(|condition| condition.status == "True") {
        return Readiness::Failed(condition.message.into());
    }
    of_kind(&fields, jobs).unwrap_or_else(|| by_ready_condition(&fields))
}

fn of_kind(fields: &Fields<'_>, jobs: Jobs) -> Option<Readiness> {
    let api_version = fields.text("apiVersion");
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    Some(match (group, fields.text("kind")) {
        ("apps" | "extensions", "Deployment") => deployment(fields),
        ("apps", "StatefulSet") => stateful_set(fields),
        ("apps" | "extensions", "DaemonSet") => daemon_set(fields),
        ("apps" | "extensions", "ReplicaSet") => replica_set(fields),
        ("", "PersistentVolumeClaim") => phase(fields, "Bound"),
        ("", "Pod") => pod(fields),
        ("", "Service") => service(fields),
        ("batch", "Job") => job(fields, jobs),
        ("batch", "CronJob") | ("policy", "PodDisruptionBudget") | ("", "Secret" | "ConfigMap") => Readiness::Current,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(fields),
        _ => return None,
    })
}

fn progress(message: impl Into<String>) -> Readiness {
    Readiness::InProgress(message.into())
}

fn by_ready_condition(fields: &Fields<'_>) -> Readiness {
    match fields.condition("Ready") {
        Some(condition) if condition.status == "True" => Readiness::Current,
        Some(condition) => progress(condition.message),
        None => Readiness::Current,
    }
}

fn deployment(fields: &Fields<'_>) -> Readiness {
    let (spec, status) = (fields.at("spec"), fields.at("status"));
    if spec.0.get("paused").and_then(Value::as_bool).unwrap_or_default() {
        return Readiness::Current;
    }
    let progressing = fields.condition("Progressing");
    if let Some(condition) = progressing.as_ref().filter(|condition| condition.reason == "ProgressDeadlineExceeded") {
        return Readiness::Failed(condition.message.into());
    }
    let wanted = spec.count_or("replicas", 1);
    let checks = [
        (status.count("replicas") >= wanted, format!("replicas: {}/{wanted}", status.count("replicas"))),
        (status.count("updatedReplicas") >= wanted, format!("updated: {}/{wanted}", status.count("updatedReplicas"))),
        (
            status.count("replicas") <= status.count("updatedReplicas"),
            format!("{} old pods are still there", status.count("replicas") - status.count("updatedReplicas")),
        ),
        (
            status.count("availableReplicas") >= status.count("updatedReplicas"),
            format!("available: {}/{wanted}", status.count("availableReplicas")),
        ),
        (status.count("readyReplicas") >= wanted, format!("ready: {}/{wanted}", status.count("readyReplicas"))),
        (status.count("replicas") <= wanted, format!("{} pods too many", status.count("replicas") - wanted)),
    ];
    if let Some(readiness) = first_unmet(checks) {
        return readiness;
    }
    // Without a deadline the controller reports no progress.
    let has_deadline = spec.integer("progressDeadlineSeconds").is_some_and(|seconds| seconds != NO_DEADLINE);
    let is_rolled_out = progressing.is_some_and(|condition| condition.reason == "NewReplicaSetAvailable");
    if has_deadline && !is_rolled_out {
        return progress("the newest ReplicaSet is not available yet");
    }
    match fields.condition("Available") {
        Some(condition) if condition.status == "True" => Readiness::Current,
        Some(condition) => progress(condition.message),
        None => progress("the Deployment is not available yet"),
    }
}

fn stateful_set(fields: &Fields<'_>) -> Readiness {
    let (spec, status) = (fields.at("spec"), fields.at("status"));
    if spec.at("updateStrategy").text("type") == "OnDelete" {
        return Readiness::Current;
    }
    let wanted = spec.count_or("replicas", 1);
    let checks = [
        (status.count("replicas") >= wanted, format!("replicas: {}/{wanted}", status.count("replicas"))),
        (status.count("readyReplicas") >= wanted, format!("ready: {}/{wanted}", status.count("readyReplicas"))),
        (status.count("replicas") <= wanted, format!("{} pods too many", status.count("replicas") - wanted)),
    ];
    if let Some(readiness) = first_unmet(checks) {
        return readiness;
    }
    if let Some(partition) = spec.at("updateStrategy").at("rollingUpdate").integer("partition") {
        let updated = status.count("updatedReplicas");
        let message = format!("updated: {updated}/{} (partition {partition})", wanted - partition);
        return first_unmet([(updated >= wanted - partition, message)]).unwrap_or(Readiness::Current);
    }
    let same = status.text("currentRevision") == status.text("updateRevision");
    let message = "waiting for the rolling update to finish".to_owned();
    first_unmet([(same, message.clone()), (status.count("currentReplicas") >= wanted, message)])
        .unwrap_or(Readiness::Current)
}

fn daemon_set(fields: &Fields<'_>) -> Readiness {
    let status = fields.at("status");
    if status.0.get("desiredNumberScheduled").is_none() {
        return progress("no pod is scheduled yet");
    }
    let wanted = status.count("desiredNumberScheduled");
    let checks = ["currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady"]
        .map(|name| (status.count(name) >= wanted, format!("{name}: {}/{wanted}", status.count(name))));
    first_unmet(checks).unwrap_or(Readiness::Current)
}

fn replica_set(fields: &Fields<'_>) -> Readiness {
    if let Some(condition) = fields.condition("ReplicaFailure").filter(|condition| condition.status == "True") {
        return progress(condition.message);
    }
    let (spec, status) = (fields.at("spec"), fields.at("status"));
    let wanted = spec.count_or("replicas", 1);
    let checks = ["fullyLabeledReplicas", "availableReplicas", "readyReplicas"]
        .map(|name| (status.count(name) >= wanted, format!("{name}: {}/{wanted}", status.count(name))));
    let surplus = status.count("replicas") - wanted;
    first_unmet(checks)
        .or_else(|| first_unmet([(surplus <= 0, format!("{surplus} pods too many"))]))
        .unwrap_or(Readiness::Current)
}

fn first_unmet<const N: usize>(checks: [(bool, String); N]) -> Option<Readiness> {
    checks.into_iter().find(|(met, _)| !met).map(|(_, message)| progress(message))
}

fn phase(fields: &Fields<'_>, wanted: &str) -> Readiness {
    let phase = fields.at("status").text("phase");
    if phase == wanted { Readiness::Current } else { progress(format!("phase is {phase}, not {wanted}")) }
}

fn pod(fields: &Fields<'_>) -> Readiness {
    match fields.at("status").text("phase") {
        "Succeeded" | "Failed" => Readiness::Current,
        "Running" => running_pod(fields),
        "Pending" => match fields.condition("PodScheduled") {
            Some(condition) if condition.status == "False" && condition.reason == "Unschedulable" => {
                unscheduled_pod(fields, &condition)
            }
            Some(_) | None => progress("the pod is pending"),
        },
        _ => progress("the pod has no phase yet"),
    }
}

fn running_pod(fields: &Fields<'_>) -> Readiness {
    if fields.condition("Ready").is_some_and(|condition| condition.status == "True") {
        return Readiness::Current;
    }
    let containers = fields.at("status").0.get("containerStatuses").and_then(Value::as_array);
    let crashing = |container: &&Value| {
        container.pointer("/state/waiting/reason").and_then(Value::as_str) == Some("CrashLoopBackOff")
    };
    match containers.into_iter().flatten().find(crashing) {
        Some(container) => {
            Readiness::Failed(format!("container {} is in a crash loop", Fields(container).text("name")))
        }
        None => progress("the pod runs but is not ready"),
    }
}

/// The scheduler gets a moment before an unschedulable pod counts as failed.
fn unscheduled_pod(fields: &Fields<'_>, condition: &Condition<'_>) -> Readiness {
    let created: Option<Timestamp> = fields.at("metadata").text("creationTimestamp").parse().ok();
    let is_young = created.is_some_and(|created| Timestamp::now().duration_since(created) < SCHEDULING);
    if is_young {
        progress(condition.message)
    } else {
        Readiness::Failed(format!("cannot be scheduled: {}", condition.message))
    }
}

fn service(fields: &Fields<'_>) -> Readiness {
    let spec = fields.at("spec");
    if spec.text("type") == "LoadBalancer" && spec.text("clusterIP").is_empty() {
        return progress("no cluster IP yet");
    }
    Readiness::Current
}

fn job(fields: &Fields<'_>, jobs: Jobs) -> Readiness {
    for (name, failed) in [("Complete", false), ("Failed", true)] {
        match fields.condition(name) {
            Some(condition) if condition.status == "True" && failed => {
                return Readiness::Failed(format!("the Job failed: {}", condition.message));
            }
            Some(condition) if condition.status == "True" => return Readiness::Current,
            Some(_) | None => {}
        }
    }
    let status = fields.at("status");
    let started = status.0.get("startTime").is_some();
    match jobs {
        Jobs::Started if started => Readiness::Current,
        Jobs::Started => progress("the Job has not started"),
        Jobs::Complete => {
            progress(format!("active: {}, succeeded: {}", status.count("active"), status.count("succeeded")))
        }
    }
}

fn definition(fields: &Fields<'_>) -> Readiness {
    if let Some(condition) = fields.condition("NamesAccepted").filter(|condition| condition.status == "False") {
        return Readiness::Failed(condition.message.into());
    }
    match fields.condition("Established") {
        Some(condition) if condition.status == "True" => Readiness::Current,
        Some(condition) if condition.reason != "Installing" => Readiness::Failed(condition.message.into()),
        Some(_) | None => progress("not established yet"),
    }
}

/// A JSON object whose missing fields read as empty.
struct Fields<'a>(&'a Value);

/// One condition of a live object.
struct Condition<'a> {
    status: &'a str,
    reason: &'a str,
    message: &'a str,
}

impl<'a> Fields<'a> {
    fn at(&self, name: &str) -> Fields<'a> {
        Fields(self.0.get(name).unwrap_or(&Value::Null))
    }

    fn text(&self, name: &str) -> &'a str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    fn count(&self, name: &str) -> i64 {
        self.integer(name).unwrap_or_default()
    }

    fn count_or(&self, name: &str, default: i64) -> i64 {
        self.integer(name).unwrap_or(default)
    }

    fn condition(&self, kind: &str) -> Option<Condition<'a>> {
        let conditions = self.0.get("status")?.get("conditions")?.as_array()?;
        let found = conditions.iter().find(|condition| condition.get("type").and_then(Value::as_str) == Some(kind))?;
        let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default();
        Some(Condition { status: text("status"), reason: text("reason"), message: text("message") })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Jobs, of};

    /// Rows that differ, with the reason.
    const KNOWN: &[(&str, &str)] = &[];

    fn vectors() -> Value {
        let shared = std::env::var("HELMX_SHARED")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into());
        let text = std::fs::read(format!("{shared}/vectors/kstatus.json")).expect("the vectors");
        serde_json::from_slice(&text).expect("JSON")
    }

    #[test]
    fn readiness_is_kstatus() {
        let vectors = vectors();
        let rows = vectors["rows"].as_array().expect("rows");
        let mut wrong = Vec::new();
        for row in rows.iter().filter(|row| row["expect"].is_object()) {
            let name = row["name"].as_str().expect("a name");
            let data = helmx_yaml::decode_exact(row["object"].as_str().expect("YAML").as_bytes()).expect("YAML");
            let object = serde_json::to_value(&data).expect("JSON");
            let (found, wanted) =
                (of(&object, Jobs::Started).word(), row["expect"]["status"].as_str().expect("a status"));
            let known = KNOWN.iter().any(|(known, _)| *known == name);
            if (found == wanted) == known {
                wrong.push(format!("{name}: {found}, not {wanted}"));
            }
        }
        assert!(rows.len() > 250 && wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    }
}
