//! C1–C11: writes.

use serde_json::{Value, json};

use crate::harness::{Answer, Harness, collection, object, widget};

/// Code and reason of an error, or the code alone.
fn outcome(answer: &Answer) -> String {
    format!("{} {}", answer.code, answer.reason()).trim_end().to_owned()
}

/// The object with one value changed.
fn with(mut object: Value, path: &[&str], value: Value) -> Value {
    let place = path.iter().fold(&mut object, |at, part| &mut at[*part]);
    *place = value;
    object
}

#[tokio::test]
async fn c1_create_sets_system_fields_and_ignores_the_clients() {
    let harness = Harness::new();
    let mut sent = widget("web");
    sent["metadata"]["uid"] = json!("mine");
    sent["metadata"]["generation"] = json!(7);
    sent["metadata"]["creationTimestamp"] = Value::Null;
    sent["metadata"]["deletionTimestamp"] = json!("2020-01-01T00:00:00Z");
    sent["status"] = json!({"phase": "Ready"});
    let answer = harness.post(&collection("n"), &sent).await;
    assert_eq!(answer.code, 201, "{}", answer.text);
    let stored = answer.json();
    assert_eq!(stored["metadata"]["uid"], "uid-of-web-for-alice");
    assert_eq!(stored["metadata"]["generation"], 1);
    assert_eq!(stored["metadata"]["namespace"], "n");
    assert!(stored["metadata"]["creationTimestamp"].is_string());
    assert!(stored["metadata"].get("deletionTimestamp").is_none());
    assert!(stored.get("status").is_none());
    assert_eq!(stored["spec"]["mode"], "slow", "the default of the schema");
}

#[tokio::test]
async fn c1_creates_that_make_no_sense_are_refused() {
    let harness = Harness::new();
    harness.create("n", "taken").await;
    let cases = [
        ("other namespace", with(widget("web"), &["metadata", "namespace"], json!("m")), "400 BadRequest"),
        ("other kind", with(widget("web"), &["kind"], json!("Gadget")), "400 BadRequest"),
        ("other version", with(widget("web"), &["apiVersion"], json!("test.dev/v2")), "400 BadRequest"),
        ("a version", with(widget("web"), &["metadata", "resourceVersion"], json!("5")), "400 BadRequest"),
        ("exists", with(widget("web"), &["metadata", "name"], json!("taken")), "409 AlreadyExists"),
        ("no name", with(widget("web"), &["metadata", "name"], json!("")), "422 Invalid"),
        ("bad name", with(widget("web"), &["metadata", "name"], json!("Web_1")), "422 Invalid"),
        ("bad label", with(widget("web"), &["metadata", "labels"], json!({"a b": "c"})), "422 Invalid"),
        ("bad label value", with(widget("web"), &["metadata", "labels"], json!({"a": "b/c"})), "422 Invalid"),
        ("labels of numbers", with(widget("web"), &["metadata", "labels"], json!({"a": 1})), "400 BadRequest"),
        ("name of wrong type", with(widget("web"), &["metadata", "name"], json!(1)), "400 BadRequest"),
        ("wrong type", with(widget("web"), &["spec", "size"], json!("big")), "422 Invalid"),
        ("below minimum", with(widget("web"), &["spec", "size"], json!(-1)), "422 Invalid"),
        ("outside enum", with(widget("web"), &["spec", "mode"], json!("warp")), "422 Invalid"),
        ("part without name", with(widget("web"), &["spec", "parts"], json!([{"weight": 1}])), "422 Invalid"),
        ("duplicate tag", with(widget("web"), &["spec", "tags"], json!(["a", "a"])), "422 Invalid"),
        (
            "duplicate part",
            with(widget("web"), &["spec", "parts"], json!([{"name": "a"}, {"name": "a"}])),
            "422 Invalid",
        ),
        ("spec is a list", with(widget("web"), &["spec"], json!([])), "422 Invalid"),
        ("no object", json!([1]), "400 BadRequest"),
    ];
    for (case, body, expected) in cases {
        let answer = harness.post(&collection("n"), &body).await;
        assert_eq!(outcome(&answer), expected, "{case}: {}", answer.text);
    }
    let empty = harness.call("POST", &collection("n"), &[], "").await;
    assert_eq!(outcome(&empty), "400 BadRequest");
    let text = harness.call("POST", &collection("n"), &[("Content-Type", "text/plain")], "x").await;
    assert_eq!(outcome(&text), "415 UnsupportedMediaType");
    let protobuf = [("Content-Type", "application/vnd.kubernetes.protobuf")];
    assert_eq!(harness.call("POST", &collection("n"), &protobuf, "k8s\0").await.code, 415);
}

#[tokio::test]
async fn c1_invalid_fields_are_causes() {
    let harness = Harness::new();
    let answer = harness.post(&collection("n"), &with(widget("web"), &["spec", "size"], json!("big"))).await;
    let status = answer.json();
    let text = "spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\"";
    assert_eq!(status["message"], format!("Widget.test.dev \"web\" is invalid: {text}"));
    assert_eq!(status["details"]["kind"], "Widget");
    assert_eq!(status["details"]["causes"][0]["field"], "spec.size");
    assert!(!answer.text.contains("big"), "values may be secrets");
}

#[tokio::test]
async fn c1_yaml_bodies_are_read() {
    let harness = Harness::new();
    let body = "apiVersion: test.dev/v1\nkind: Widget\nmetadata: {name: web}\nspec:\n  size: 3\n";
    let answer = harness.call("POST", &collection("n"), &[("Content-Type", "application/yaml")], body).await;
    assert_eq!((answer.code, &answer.json()["spec"]["size"]), (201, &json!(3)));
}

#[tokio::test]
async fn c1_generated_names_are_unique() {
    let harness = Harness::new();
    let mut sent = widget("");
    sent["metadata"] = json!({"generateName": "web-"});
    let first = harness.post(&collection("n"), &sent).await.json();
    let second = harness.post(&collection("n"), &sent).await.json();
    let name = first["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("web-") && name.len() == 9, "{name}");
    assert_ne!(first["metadata"]["name"], second["metadata"]["name"]);
    sent["metadata"] = json!({"generateName": "Web_"});
    assert_eq!(harness.post(&collection("n"), &sent).await.code, 422);
}

#[tokio::test]
async fn c2_updates_are_locked_by_version() {
    let harness = Harness::new();
    let mut stored = harness.create("n", "web").await;
    stored["spec"]["size"] = json!(2);
    let updated = harness.put(&object("n", "web"), &stored).await;
    assert_eq!(updated.code, 200, "{}", updated.text);
    assert_eq!(updated.json()["metadata"]["generation"], 2);
    stored["spec"]["size"] = json!(3);
    let stale = harness.put(&object("n", "web"), &stored).await;
    assert_eq!(outcome(&stale), "409 Conflict");
    assert_eq!(
        stale.message(),
        "Operation cannot be fulfilled on widgets.test.dev \"web\": the object has been modified; please apply your \
         changes to the latest version and try again"
    );
}

#[tokio::test]
async fn c2_updates_that_make_no_sense_are_refused() {
    let harness = Harness::new();
    let stored = harness.create("n", "web").await;
    let changed = |path: &[&str], value: Value| with(stored.clone(), path, value);
    let cases = [
        ("no version", changed(&["metadata", "resourceVersion"], json!("")), "422 Invalid"),
        ("other uid", changed(&["metadata", "uid"], json!("x")), "409 Conflict"),
        ("other name", changed(&["metadata", "name"], json!("x")), "400 BadRequest"),
        ("other namespace", changed(&["metadata", "namespace"], json!("x")), "400 BadRequest"),
        ("wrong type", changed(&["spec", "size"], json!(true)), "422 Invalid"),
    ];
    for (case, body, expected) in cases {
        let answer = harness.put(&object("n", "web"), &body).await;
        assert_eq!(outcome(&answer), expected, "{case}: {}", answer.text);
    }
    let missing =
        harness.put(&object("n", "gone"), &with(widget("web"), &["metadata", "resourceVersion"], json!("1"))).await;
    assert_eq!(outcome(&missing), "404 NotFound");
    let text = harness.put(&object("n", "web"), &changed(&["metadata", "resourceVersion"], json!(""))).await.message();
    assert!(text.contains("metadata.resourceVersion: Invalid value: 0: must be specified for an update"), "{text}");
}

#[tokio::test]
async fn c2_an_update_without_change_writes_nothing() {
    let harness = Harness::new();
    let stored = harness.create("n", "web").await;
    let same = harness.put(&object("n", "web"), &stored).await.json();
    assert_eq!(same["metadata"]["resourceVersion"], stored["metadata"]["resourceVersion"]);
    let merged = harness.patch("merge", &object("n", "web"), &json!({"spec": {"size": 1}})).await.json();
    assert_eq!(merged["metadata"]["resourceVersion"], stored["metadata"]["resourceVersion"]);
}

#[tokio::test]
async fn c3_json_and_merge_patches_change_objects() {
    let harness = Harness::new();
    harness.create("n", "web").await;
    let path = object("n", "web");
    let patched = harness.patch("json", &path, &json!([{"op": "replace", "path": "/spec/size", "value": 4}])).await;
    assert_eq!((patched.code, &patched.json()["spec"]["size"]), (200, &json!(4)));
    let merged = harness.patch("merge", &path, &json!({"spec": {"size": null, "mode": "fast"}})).await.json();
    assert_eq!(merged["spec"], json!({"mode": "fast"}));
    assert_eq!(merged["metadata"]["generation"], 3);
    let labelled = harness.patch("merge", &path, &json!({"metadata": {"labels": {"a": "b"}}})).await.json();
    assert_eq!(labelled["metadata"]["generation"], 3, "labels are no new generation");
}

#[tokio::test]
async fn c3_patches_that_make_no_sense_are_refused() {
    let harness = Harness::new();
    harness.create("n", "web").await;
    let path = object("n", "web");
    let strategic = "application/strategic-merge-patch+json";
    let size = json!({"spec": {"size": 2}});
    let bomb: Vec<Value> =
        (0..40).map(|n| json!({"op": "copy", "from": "/spec", "path": format!("/spec/values/{n}")})).collect();
    let mut bomb_ops = vec![json!({"op": "add", "path": "/spec/values", "value": {}})];
    bomb_ops.extend(bomb);
    let cases = [
        (strategic, path.clone(), size.clone(), "415 UnsupportedMediaType"),
        ("text/plain", path.clone(), size.clone(), "415 UnsupportedMediaType"),
        ("json", path.clone(), json!({"op": "add"}), "400 BadRequest"),
        ("json", path.clone(), json!([{"op": "test", "path": "/spec/size", "value": 9}]), "422 Invalid"),
        ("json", path.clone(), json!([{"op": "remove", "path": "/spec/nothing"}]), "422 Invalid"),
        ("json", path.clone(), Value::Array(bomb_ops), "422 Invalid"),
        (
            "json",
            path.clone(),
            json!(vec![json!({"op": "test", "path": "/kind", "value": "Widget"}); 10_001]),
            "413 RequestEntityTooLarge",
        ),
        ("merge", path.clone(), json!([1]), "400 BadRequest"),
        ("merge", path.clone(), json!({"metadata": {"name": "x"}}), "400 BadRequest"),
        ("merge", path.clone(), json!({"metadata": {"resourceVersion": "1"}}), "409 Conflict"),
        ("merge", path.clone(), json!({"spec": {"size": "x"}}), "422 Invalid"),
        ("merge", format!("{path}?force=true"), size.clone(), "422 Invalid"),
        ("merge", object("n", "gone"), size.clone(), "404 NotFound"),
        ("merge", format!("{path}?dryRun=Some"), size.clone(), "422 Invalid"),
    ];
    for (kind, path, body, expected) in cases {
        let answer = harness.patch(kind, &path, &body).await;
        assert_eq!(outcome(&answer), expected, "{kind} {path} {}", answer.text);
    }
    let text = harness.patch(strategic, &path, &size).await.message();
    assert!(text.contains("application/merge-patch+json"), "{text}");
    assert_eq!(harness.get(&path).await.json()["spec"]["size"], 1);
}

#[tokio::test]
async fn c5_dry_runs_change_nothing() {
    let harness = Harness::new();
    let dry = harness.post(&format!("{}?dryRun=All", collection("n")), &widget("web")).await;
    assert_eq!(dry.code, 201);
    assert!(dry.json()["metadata"]["uid"].is_string());
    assert!(dry.json()["metadata"].get("resourceVersion").is_none());
    assert_eq!(harness.get(&object("n", "web")).await.code, 404);
    let stored = harness.create("n", "web").await;
    let path = format!("{}?dryRun=All", object("n", "web"));
    assert_eq!(harness.patch("merge", &path, &json!({"spec": {"size": 9}})).await.json()["spec"]["size"], 9);
    let mut changed = stored.clone();
    changed["spec"]["size"] = json!(8);
    assert_eq!(harness.put(&path, &changed).await.json()["spec"]["size"], 8);
    assert_eq!(harness.call("DELETE", &path, &[], "").await.code, 200);
    let body = json!({"kind": "DeleteOptions", "apiVersion": "v1", "dryRun": ["All"]}).to_string();
    assert_eq!(harness.call("DELETE", &object("n", "web"), &[], body).await.code, 200);
    assert_eq!(harness.call("DELETE", &format!("{}?dryRun=All", collection("n")), &[], "").await.code, 200);
    assert_eq!(harness.get(&object("n", "web")).await.json(), stored);
    assert_eq!(harness.post(&format!("{}?dryRun=Some", collection("n")), &widget("x")).await.code, 422);
}

#[tokio::test]
async fn c6_unknown_fields_are_refused_warned_about_or_dropped() {
    let harness = Harness::new();
    let mut sent = widget("web");
    sent["spec"]["bogus"] = json!(1);
    sent["spec"]["parts"] = json!([{"name": "a", "odd": true}]);
    sent["spec"]["values"] = json!({"anything": {"goes": [1]}});
    sent["metadata"]["extra"] = json!("x");
    let path = collection("n");
    let strict = harness.post(&format!("{path}?fieldValidation=Strict"), &sent).await;
    assert_eq!(outcome(&strict), "400 BadRequest");
    let expected = "Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: unknown field \
                    \"metadata.extra\", unknown field \"spec.bogus\", unknown field \"spec.parts[0].odd\"";
    assert_eq!(strict.message(), expected);
    let warned = harness.post(&format!("{path}?dryRun=All"), &sent).await;
    assert_eq!(warned.code, 201);
    let warnings: Vec<_> = warned.headers.get_all("warning").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(warnings[1], "299 - \"unknown field \\\"spec.bogus\\\"\"");
    assert_eq!(warnings.len(), 3);
    let ignored = harness.post(&format!("{path}?fieldValidation=Ignore"), &sent).await;
    assert_eq!((ignored.code, ignored.header("warning")), (201, ""));
    let spec = ignored.json()["spec"].clone();
    assert!(spec.get("bogus").is_none() && spec["parts"][0].get("odd").is_none());
    assert_eq!(spec["values"], json!({"anything": {"goes": [1]}}));
    assert_eq!(harness.post(&format!("{path}?fieldValidation=Loose"), &sent).await.code, 422);
}

#[tokio::test]
async fn c6_duplicate_fields_are_refused_or_warned_about() {
    let harness = Harness::new();
    let body = r#"{"metadata":{"name":"web"},"spec":{"size":1,"size":2}}"#;
    let path = collection("n");
    let strict = harness.call("POST", &format!("{path}?fieldValidation=Strict"), &[], body).await;
    assert!(strict.message().ends_with("strict decoding error: duplicate field \"spec.size\""), "{}", strict.message());
    let warned = harness.call("POST", &path, &[], body).await;
    assert_eq!(warned.header("warning"), "299 - \"duplicate field \\\"spec.size\\\"\"");
    assert_eq!(warned.json()["spec"]["size"], 2);
}

#[tokio::test]
async fn c7_deletes_answer_a_status_or_the_marked_object() {
    let harness = Harness::new();
    harness.create("n", "plain").await;
    let gone = harness
        .call("DELETE", &object("n", "plain"), &[], json!({"propagationPolicy": "Background"}).to_string())
        .await;
    assert_eq!((gone.code, &gone.json()["status"]), (200, &json!("Success")));
    let details = json!({"name": "plain", "group": "test.dev", "kind": "widgets", "uid": "uid-of-plain-for-alice"});
    assert_eq!(gone.json()["details"], details);
    let mut held = widget("held");
    held["metadata"]["finalizers"] = json!(["test.dev/hold"]);
    harness.post(&collection("n"), &held).await;
    let body = json!({"propagationPolicy": "Foreground"}).to_string();
    let marked = harness.call("DELETE", &object("n", "held"), &[], body).await.json();
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(marked["metadata"]["generation"], 2);
    assert_eq!(marked["metadata"]["finalizers"], json!(["test.dev/hold", "foregroundDeletion"]));
    let more = json!({"metadata": {"finalizers": ["test.dev/hold", "test.dev/more"]}});
    let refused = harness.patch("merge", &object("n", "held"), &more).await;
    assert_eq!(outcome(&refused), "422 Invalid");
    assert!(refused.message().contains("no new finalizers can be added if the object is being deleted"));
    let none = harness.patch("merge", &object("n", "held"), &json!({"metadata": {"finalizers": null}})).await;
    assert_eq!(none.code, 200, "{}", none.text);
    assert_eq!(harness.get(&object("n", "held")).await.code, 404);
}

#[tokio::test]
async fn c7_deletes_that_make_no_sense_are_refused() {
    let harness = Harness::new();
    harness.create("n", "web").await;
    let cases = [
        (json!({"preconditions": {"uid": "other"}}), "409 Conflict"),
        (json!({"preconditions": {"resourceVersion": "1"}}), "409 Conflict"),
        (json!({"propagationPolicy": "Sideways"}), "422 Invalid"),
        (json!({"propagationPolicy": "Orphan", "orphanDependents": true}), "422 Invalid"),
        (json!({"dryRun": ["Some"]}), "422 Invalid"),
        (json!({"gracePeriodSeconds": "soon"}), "400 BadRequest"),
    ];
    for (body, expected) in cases {
        let answer = harness.call("DELETE", &object("n", "web"), &[], body.to_string()).await;
        assert_eq!(outcome(&answer), expected, "{body}: {}", answer.text);
    }
    assert_eq!(harness.get(&object("n", "web")).await.code, 200);
    assert_eq!(harness.call("DELETE", &object("n", "gone"), &[], "").await.code, 404);
}

#[tokio::test]
async fn c8_collections_are_deleted_by_selector() {
    let harness = Harness::new();
    for (name, tier) in [("a", "web"), ("b", "db"), ("c", "web")] {
        let mut sent = widget(name);
        sent["metadata"]["labels"] = json!({"tier": tier});
        harness.post(&collection("n"), &sent).await;
    }
    let deleted = harness.call("DELETE", &format!("{}?labelSelector=tier%3Dweb", collection("n")), &[], "").await;
    assert_eq!((deleted.code, deleted.json()["items"].as_array().unwrap().len()), (200, 2));
    let left = harness.get(&collection("n")).await.json();
    assert_eq!(left["items"][0]["metadata"]["name"], "b");
    assert_eq!(harness.call("DELETE", &format!("{}?labelSelector=a+b", collection("n")), &[], "").await.code, 400);
}

#[tokio::test]
async fn c10_status_and_the_rest_are_written_apart() {
    let harness = Harness::new();
    let mut stored = harness.create("n", "web").await;
    let path = format!("{}/status", object("n", "web"));
    stored["status"] = json!({"phase": "Ready"});
    stored["spec"]["size"] = json!(99);
    stored["metadata"]["labels"] = json!({"a": "b"});
    let answer = harness.put(&path, &stored).await;
    assert_eq!(answer.code, 200, "{}", answer.text);
    let written = answer.json();
    assert_eq!((&written["status"]["phase"], &written["spec"]["size"]), (&json!("Ready"), &json!(1)));
    assert!(written["metadata"].get("labels").is_none());
    assert_eq!(written["metadata"]["generation"], 1);
    let patched = harness.patch("merge", &object("n", "web"), &json!({"status": {"phase": "Lost"}})).await.json();
    assert_eq!(patched["status"]["phase"], "Ready");
    let patched = harness.patch("merge", &path, &json!({"status": {"phase": "Lost"}})).await.json();
    assert_eq!(patched["status"]["phase"], "Lost");
    assert_eq!(harness.get(&path).await.json()["status"]["phase"], "Lost");
    assert_eq!(harness.patch("merge", &path, &json!({"status": {"phase": 1}})).await.code, 422);
    assert_eq!(harness.patch("merge", &format!("{}/status", object("n", "x")), &json!({})).await.code, 404);
}

#[tokio::test]
async fn c11_subresources_answer_objects_and_streams() {
    let harness = Harness::new();
    harness.create("n", "web").await;
    let path = object("n", "web");
    let log = harness.get(&format!("{path}/log?follow=true")).await;
    assert_eq!((log.header("content-type"), log.text.as_str()), ("text/plain", "line 0\nline 1\nline 2\n"));
    let rotated = harness.post(&format!("{path}/rotate"), &json!({"kind": "WidgetRotation", "by": 3})).await;
    assert_eq!((rotated.code, &rotated.json()["done"]), (202, &json!("alice web")));
    let cases = [
        ("GET", "rotate", "", "405 MethodNotAllowed"),
        ("POST", "log", "{}", "405 MethodNotAllowed"),
        ("POST", "rotate", "{\"kind\":\"Other\"}", "400 BadRequest"),
        ("POST", "rotate", "[1]", "400 BadRequest"),
        ("POST", "rotate", "{", "400 BadRequest"),
        ("POST", "rotate?dryRun=All", "{}", "400 BadRequest"),
        ("POST", "nothing", "{}", "404 NotFound"),
    ];
    for (method, sub, body, expected) in cases {
        let answer = harness.call(method, &format!("{path}/{sub}"), &[], body.to_owned()).await;
        assert_eq!(outcome(&answer), expected, "{method} {sub} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn n7_a_write_runs_to_its_end_when_nobody_waits() {
    let harness = Harness::new();
    let late = harness.post(&collection("n"), &widget("slow")).await;
    assert_eq!((late.code, late.reason().as_str()), (504, "Timeout"));
    assert_eq!(harness.get(&object("n", "slow")).await.code, 404, "still in work");
    harness.server.writes_ended().await;
    assert_eq!(harness.get(&object("n", "slow")).await.code, 200);
    let (path, sent) = (collection("m"), widget("slow"));
    let left = tokio::time::timeout(std::time::Duration::from_secs(1), harness.post(&path, &sent));
    assert!(left.await.is_err(), "the client is gone");
    harness.server.writes_ended().await;
    assert_eq!(harness.get(&object("m", "slow")).await.code, 200);
}

#[tokio::test]
async fn n4_long_shared_lists_take_no_long_time() {
    let harness = Harness::new();
    let tags: Vec<String> = (0..40_000).map(|n| format!("tag-{n}")).collect();
    let mut sent = widget("web");
    sent["spec"]["tags"] = json!(tags);
    let path = format!("{}?fieldManager=m", object("n", "web"));
    for code in [201, 200] {
        assert_eq!(harness.patch("apply", &path, &sent).await.code, code);
    }
}
