//! Why an object is not ready, from its pods: scheduling, image pull, crash with the last words, probe.

use kube::api::{Api, DynamicObject, ListParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::Value;

use super::object::Target;
use crate::requester::Requester;

/// Pods that are looked at for one object.
const MAX_PODS: u32 = 50;
/// Bytes of a crashed container's last words that status carries.
const MAX_WORDS: usize = 400;

/// One sentence on the first pod of a workload that has trouble, or nothing: no pods, no right to see them, no
/// trouble that a pod tells of.
pub async fn reason(requester: &Requester, target: &Target, live: &Value) -> Option<String> {
    if target.resource.kind == "Pod" {
        return trouble(live);
    }
    let labels = live.pointer("/spec/selector/matchLabels")?.as_object()?;
    let selector: Vec<_> =
        labels.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?))).collect();
    let pods: Api<DynamicObject> = Api::namespaced_with(
        requester.client().clone(),
        &target.namespace,
        &ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Pod")),
    );
    let listed = pods.list(&ListParams::default().labels(&selector.join(",")).limit(MAX_PODS)).await.ok()?;
    let pods = listed.items.iter().filter_map(|pod| serde_json::to_value(pod).ok());
    pods.into_iter().find_map(|pod| {
        let name = pod.pointer("/metadata/name").and_then(Value::as_str)?.to_owned();
        trouble(&pod).map(|trouble| format!("pod {name}: {trouble}"))
    })
}

/// What keeps one pod from being ready.
fn trouble(pod: &Value) -> Option<String> {
    let containers = ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .filter_map(|path| pod.pointer(path)?.as_array())
        .flatten();
    if let Some(found) = containers.clone().find_map(container_trouble) {
        return Some(found);
    }
    if let Some(scheduling) = condition(pod, "PodScheduled") {
        return Some(format!("cannot be scheduled: {scheduling}"));
    }
    let running = |container: &&Value| container.pointer("/state/running").is_some();
    let unready = |container: &&Value| container.get("ready").and_then(Value::as_bool) == Some(false);
    containers.into_iter().find(|container| running(container) && unready(container)).map(|container| {
        format!("container {} runs, but its readiness probe does not succeed", text(container, "/name"))
    })
}

fn container_trouble(container: &Value) -> Option<String> {
    let name = text(container, "/name");
    let reason = text(container, "/state/waiting/reason");
    if !reason.is_empty() && !matches!(reason, "PodInitializing" | "ContainerCreating") {
        let image =
            if reason.contains("Image") { format!(" (image {})", text(container, "/image")) } else { String::new() };
        let message = text(container, "/state/waiting/message");
        return Some(format!(
            "container {name}: {reason}{image}: {message}{}",
            last_words(container, "/lastState/terminated")
        ));
    }
    let code = container.pointer("/state/terminated/exitCode").and_then(Value::as_i64).filter(|code| *code != 0)?;
    Some(format!("container {name} exited with {code}{}", last_words(container, "/state/terminated")))
}

/// What a container said when it ended (its termination message: the end of its log, where the chart asks for it).
fn last_words(container: &Value, path: &str) -> String {
    let Some(terminated) = container.pointer(path) else { return String::new() };
    let message = text(terminated, "/message").trim();
    if message.is_empty() {
        return String::new();
    }
    let start = message.len().saturating_sub(MAX_WORDS);
    let start = (start..message.len()).find(|index| message.is_char_boundary(*index)).unwrap_or(message.len());
    format!("; last words: {}", message[start..].replace('\n', " | "))
}

fn condition(pod: &Value, kind: &str) -> Option<String> {
    let conditions = pod.pointer("/status/conditions")?.as_array()?;
    let is_false = |condition: &&Value| text(condition, "/type") == kind && text(condition, "/status") == "False";
    conditions.iter().find(is_false).map(|condition| text(condition, "/message").to_owned())
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::trouble;

    #[test]
    fn a_pod_says_what_troubles_it() {
        let cases = [
            (json!({"status": {"containerStatuses": [{"name": "a", "ready": true, "state": {"running": {}}}]}}), None),
            (
                json!({"status": {"containerStatuses": [{"name": "a", "image": "x:1", "state": {"waiting": {
                    "reason": "ImagePullBackOff", "message": "not found"}}}]}}),
                Some("container a: ImagePullBackOff (image x:1): not found"),
            ),
            (
                json!({"status": {"containerStatuses": [{"name": "a", "state": {"waiting": {
                    "reason": "CrashLoopBackOff", "message": "back-off"}},
                    "lastState": {"terminated": {"exitCode": 1, "message": "panic: no\nend\n"}}}]}}),
                Some("container a: CrashLoopBackOff: back-off; last words: panic: no | end"),
            ),
            (
                json!({"status": {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/2 nodes"}]}}),
                Some("cannot be scheduled: 0/2 nodes"),
            ),
            (
                json!({"status": {"containerStatuses": [{"name": "a", "ready": false, "state": {"running": {}}}]}}),
                Some("container a runs, but its readiness probe does not succeed"),
            ),
        ];
        for (pod, expected) in cases {
            assert_eq!(trouble(&pod).as_deref(), expected);
        }
    }
}
