//! C4: server-side apply and field management.

use serde_json::{Value, json};

use crate::harness::{Answer, Harness, collection, object, widget};

fn config(spec: Value) -> Value {
    json!({"apiVersion": "test.dev/v1", "kind": "Widget", "metadata": {"name": "web"}, "spec": spec})
}

async fn apply(harness: &Harness, manager: &str, spec: Value) -> Answer {
    let path = format!("{}?fieldManager={manager}", object("n", "web"));
    harness.patch("apply", &path, &config(spec)).await
}

/// The fields of each manager, as `MANAGER OPERATION[/SUBRESOURCE]`.
fn managers(object: &Value) -> Vec<(String, Value)> {
    let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let named = entries.into_iter().map(|entry| {
        let sub = entry["subresource"].as_str().map(|sub| format!("/{sub}")).unwrap_or_default();
        let name = format!("{} {}{sub}", entry["manager"].as_str().unwrap(), entry["operation"].as_str().unwrap());
        (name, entry["fieldsV1"].clone())
    });
    named.collect()
}

#[tokio::test]
async fn c4_apply_creates_then_updates_and_owns_its_fields() {
    let harness = Harness::new();
    let created =
        apply(&harness, "alice", json!({"size": 1, "parts": [{"name": "a", "weight": 2}], "tags": ["x"]})).await;
    assert_eq!(created.code, 201, "{}", created.text);
    let expected = json!({"f:spec": {
        "f:size": {}, "f:tags": {"v:\"x\"": {}},
        "f:parts": {"k:{\"name\":\"a\"}": {".": {}, "f:name": {}, "f:weight": {}}},
    }});
    assert_eq!(managers(&created.json()), [("alice Apply".to_owned(), expected)]);
    let entry = &created.json()["metadata"]["managedFields"][0];
    assert_eq!((&entry["apiVersion"], &entry["fieldsType"]), (&json!("test.dev/v1"), &json!("FieldsV1")));
    let same = apply(&harness, "alice", json!({"size": 1, "parts": [{"name": "a", "weight": 2}], "tags": ["x"]})).await;
    assert_eq!(same.code, 200);
    assert_eq!(same.json()["metadata"]["resourceVersion"], created.json()["metadata"]["resourceVersion"]);
    let changed = apply(&harness, "alice", json!({"size": 2})).await.json();
    assert_eq!(changed["spec"], json!({"size": 2, "mode": "slow"}), "what is no longer applied is removed");
    assert_eq!(changed["metadata"]["generation"], 2);
}

#[tokio::test]
async fn c4_conflicts_are_told_with_manager_and_path_and_can_be_forced() {
    let harness = Harness::new();
    apply(&harness, "alice", json!({"size": 1, "steps": ["a"]})).await;
    let conflict = apply(&harness, "bob", json!({"size": 2})).await;
    assert_eq!((conflict.code, conflict.reason().as_str()), (409, "Conflict"));
    assert_eq!(conflict.message(), "Apply failed with 1 conflict: conflict with \"alice\": .spec.size");
    let cause = json!({"reason": "FieldManagerConflict", "message": "conflict with \"alice\"", "field": ".spec.size"});
    assert_eq!(conflict.json()["details"]["causes"], json!([cause]));
    let two = apply(&harness, "bob", json!({"size": 2, "steps": ["b"]})).await;
    let expected = "Apply failed with 2 conflicts: conflicts with \"alice\":\n- .spec.size\n- .spec.steps";
    assert_eq!(two.message(), expected);
    let agreed = apply(&harness, "bob", json!({"size": 1})).await;
    assert_eq!(agreed.code, 200, "the same value is shared");
    let path = format!("{}?fieldManager=bob&force=true", object("n", "web"));
    let forced = harness.patch("apply", &path, &config(json!({"size": 3}))).await;
    assert_eq!((forced.code, &forced.json()["spec"]["size"]), (200, &json!(3)));
    let owners = managers(&forced.json());
    assert!(owners.contains(&("alice Apply".to_owned(), json!({"f:spec": {"f:steps": {}}}))), "{owners:?}");
    assert!(owners.contains(&("bob Apply".to_owned(), json!({"f:spec": {"f:size": {}}}))), "{owners:?}");
}

#[tokio::test]
async fn c4_list_maps_and_sets_are_shared_and_atomic_lists_are_not() {
    let harness = Harness::new();
    apply(&harness, "alice", json!({"parts": [{"name": "a", "weight": 1}], "tags": ["x"]})).await;
    let both =
        apply(&harness, "bob", json!({"parts": [{"name": "b"}, {"name": "a", "color": "red"}], "tags": ["y"]})).await;
    assert_eq!(both.code, 200, "{}", both.text);
    assert_eq!(both.json()["spec"]["parts"], json!([{"name": "b"}, {"name": "a", "weight": 1, "color": "red"}]));
    assert_eq!(both.json()["spec"]["tags"], json!(["x", "y"]));
    let nothing = json!({"apiVersion": "test.dev/v1", "kind": "Widget", "metadata": {"name": "web"}});
    let path = format!("{}?fieldManager=alice", object("n", "web"));
    let left = harness.patch("apply", &path, &nothing).await.json();
    assert_eq!(left["spec"]["parts"], json!([{"name": "b"}, {"name": "a", "color": "red"}]));
    assert_eq!(left["spec"]["tags"], json!(["y"]));
    assert_eq!(managers(&left).len(), 1);
}

#[tokio::test]
async fn c4_updates_own_what_they_change() {
    let harness = Harness::new();
    harness.post(&format!("{}?fieldManager=creator", collection("n")), &widget("web")).await;
    let path = format!("{}?fieldManager=editor", object("n", "web"));
    let edited =
        harness.patch("merge", &path, &json!({"spec": {"size": 5}, "metadata": {"labels": {"a": "b"}}})).await.json();
    let owners = managers(&edited);
    let editor = json!({"f:metadata": {"f:labels": {"f:a": {}}}, "f:spec": {"f:size": {}}});
    let creator = json!({"f:spec": {"f:mode": {}}});
    assert_eq!(owners.iter().find(|(name, _)| name == "editor Update"), Some(&("editor Update".to_owned(), editor)));
    assert_eq!(owners.iter().find(|(name, _)| name == "creator Update"), Some(&("creator Update".to_owned(), creator)));
    let conflict = apply(&harness, "alice", json!({"size": 6})).await;
    let words = "Apply failed with 1 conflict: conflict with \"editor\" using test.dev/v1 at ";
    assert!(conflict.message().starts_with(words), "{}", conflict.message());
    let agent = [("User-Agent", "kubectl-edit/v1.36 (linux)"), ("Content-Type", "application/merge-patch+json")];
    let body = json!({"spec": {"size": 7}}).to_string();
    let by_agent = harness.call("PATCH", &object("n", "web"), &agent, body).await.json();
    assert!(managers(&by_agent).iter().any(|(name, _)| name == "kubectl-edit Update"));
}

#[tokio::test]
async fn c4_managed_fields_can_be_reset_and_migrated() {
    let harness = Harness::new();
    apply(&harness, "alice", json!({"size": 1})).await;
    let renamed = json!([{"op": "replace", "path": "/metadata/managedFields/0/manager", "value": "carol"}]);
    let migrated = harness.patch("json", &object("n", "web"), &renamed).await.json();
    assert_eq!(managers(&migrated)[0].0, "carol Apply");
    for reset in [json!([{}]), json!([])] {
        apply(&harness, "alice", json!({"size": 1})).await;
        let patch = json!({"metadata": {"managedFields": reset}});
        let forgotten = harness.patch("merge", &object("n", "web"), &patch).await;
        assert_eq!((forgotten.code, managers(&forgotten.json()).len()), (200, 0), "{reset}");
    }
    let conflict = apply(&harness, "alice", json!({"size": 2})).await;
    assert!(conflict.message().contains("\"before-first-apply\""), "{}", conflict.message());
}

#[tokio::test]
async fn c4_status_has_managers_of_its_own() {
    let harness = Harness::new();
    apply(&harness, "alice", json!({"size": 1})).await;
    let path = format!("{}/status?fieldManager=robot", object("n", "web"));
    let mut sent = config(json!({"size": 99}));
    sent["status"] = json!({"phase": "Ready"});
    let applied = harness.patch("apply", &path, &sent).await;
    assert_eq!(applied.code, 200, "{}", applied.text);
    let stored = applied.json();
    assert_eq!((&stored["spec"]["size"], &stored["status"]["phase"]), (&json!(1), &json!("Ready")));
    let robot = ("robot Apply/status".to_owned(), json!({"f:status": {"f:phase": {}}}));
    assert!(managers(&stored).contains(&robot), "{:?}", managers(&stored));
    assert!(managers(&stored).iter().any(|(name, _)| name == "alice Apply"));
}

#[tokio::test]
async fn c4_applies_that_make_no_sense_are_refused() {
    let harness = Harness::new();
    apply(&harness, "alice", json!({"size": 1})).await;
    let path = format!("{}?fieldManager=m", object("n", "web"));
    let with = |field: &str, value: Value| {
        let mut sent = config(json!({"size": 1}));
        sent[field] = value;
        sent
    };
    let cases = [
        ("no manager", object("n", "web"), config(json!({})), 422),
        ("no kind", path.clone(), json!({"apiVersion": "test.dev/v1"}), 400),
        ("no version", path.clone(), json!({"kind": "Widget"}), 400),
        ("other kind", path.clone(), with("kind", json!("Gadget")), 400),
        ("other name", path.clone(), with("metadata", json!({"name": "x"})), 400),
        ("other namespace", path.clone(), with("metadata", json!({"name": "web", "namespace": "m"})), 400),
        ("managed fields", path.clone(), with("metadata", json!({"managedFields": []})), 400),
        ("stale", path.clone(), with("metadata", json!({"resourceVersion": "1"})), 409),
        ("other uid", path.clone(), with("metadata", json!({"uid": "x"})), 409),
        ("wrong type", path.clone(), config(json!({"size": "x"})), 422),
        ("unknown field", format!("{path}&fieldValidation=Strict"), config(json!({"odd": 1})), 400),
        (
            "status of nothing",
            format!("{}/status?fieldManager=m", object("n", "x")),
            with("metadata", json!({"name": "x"})),
            404,
        ),
        (
            "uid of nothing",
            format!("{}?fieldManager=m", object("n", "x")),
            with("metadata", json!({"name": "x", "uid": "u"})),
            409,
        ),
    ];
    for (case, path, body, code) in cases {
        let answer = harness.patch("apply", &path, &body).await;
        assert_eq!(answer.code, code, "{case}: {}", answer.text);
    }
    let yaml = "apiVersion: test.dev/v1\nkind: Widget\nspec: {size: 1}\n";
    let headers = [("Content-Type", "application/apply-patch+yaml")];
    assert_eq!(harness.call("PATCH", &path, &headers, yaml).await.code, 200);
}
