//! N1–N7, R1–R7: negotiation, limits, get and list.

use serde_json::{Value, json};

use crate::harness::{Harness, ROOT, collection, object, widget};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const PARTIAL_LIST: &str = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,\
                            application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

fn names(list: &Value) -> Vec<String> {
    let key = |item: &Value| {
        format!("{}/{}", item["metadata"]["namespace"].as_str().unwrap(), item["metadata"]["name"].as_str().unwrap())
    };
    list["items"].as_array().unwrap().iter().map(key).collect()
}

#[tokio::test]
async fn r1_get_shows_the_whole_object_or_404() {
    let harness = Harness::new();
    harness.create("n", "web").await;
    let got = harness.get(&object("n", "web")).await.json();
    assert_eq!((&got["apiVersion"], &got["kind"]), (&json!("test.dev/v1"), &json!("Widget")));
    for field in ["uid", "resourceVersion", "creationTimestamp", "generation", "namespace"] {
        assert!(!got["metadata"][field].is_null(), "{field}");
    }
    let missing = harness.get(&object("n", "nothing")).await;
    assert_eq!((missing.code, missing.message().as_str()), (404, "widgets.test.dev \"nothing\" not found"));
    assert_eq!(missing.json()["details"], json!({"name": "nothing", "group": "test.dev", "kind": "widgets"}));
}

#[tokio::test]
async fn r2_lists_are_ordered_and_never_null() {
    let harness = Harness::new();
    let empty = harness.get(&collection("nowhere")).await.json();
    assert_eq!((&empty["kind"], &empty["items"]), (&json!("WidgetList"), &json!([])));
    assert_eq!(empty["metadata"]["resourceVersion"], "100");
    for (namespace, name) in [("b", "x"), ("a", "z"), ("a", "y")] {
        harness.create(namespace, name).await;
    }
    let all = harness.get(&format!("{ROOT}/widgets")).await.json();
    assert_eq!(names(&all), ["a/y", "a/z", "b/x"]);
    assert_eq!(all["metadata"]["resourceVersion"], "103");
    assert_eq!(names(&harness.get(&collection("a")).await.json()), ["a/y", "a/z"]);
}

#[tokio::test]
async fn r3_pages_show_one_snapshot_to_one_user() {
    let harness = Harness::new();
    for name in ["a", "b", "c", "d"] {
        harness.create("n", name).await;
    }
    let path = collection("n");
    let first = harness.get(&format!("{path}?limit=2")).await.json();
    assert_eq!(names(&first), ["n/a", "n/b"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 2);
    let token = first["metadata"]["continue"].as_str().unwrap().to_owned();
    harness.call("DELETE", &object("n", "c"), &[], "").await;
    harness.create("n", "bb").await;
    let second = harness.get(&format!("{path}?limit=2&continue={token}")).await.json();
    assert_eq!(names(&second), ["n/c", "n/d"]);
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    assert!(second["metadata"].get("continue").is_none());
    let other = harness.call("GET", &format!("{path}?continue={token}"), &[("X-Remote-User", "eve")], "").await;
    // Two user headers: the first counts, so this is still alice.
    assert_eq!(other.code, 200);
    let elsewhere = harness.get(&format!("{}?continue={token}", collection("m"))).await;
    assert_eq!((elsewhere.code, elsewhere.reason().as_str()), (400, "BadRequest"));
    for bad in ["x", "e30", "%00"] {
        assert_eq!(harness.get(&format!("{path}?continue={bad}")).await.code, 400, "{bad}");
    }
}

#[tokio::test]
async fn r3_an_expired_token_comes_with_one_to_go_on() {
    let harness = Harness::new();
    for name in ["a", "b", "c"] {
        harness.create("n", name).await;
    }
    let path = collection("n");
    let mut token = String::new();
    for round in 0..20 {
        let list = harness.get(&format!("{path}?limit=1")).await.json();
        if round == 0 {
            token = list["metadata"]["continue"].as_str().unwrap().to_owned();
        }
        harness.create("m", &format!("x{round}")).await;
    }
    let expired = harness.get(&format!("{path}?limit=1&continue={token}")).await;
    assert_eq!((expired.code, expired.reason().as_str()), (410, "Expired"));
    let status = expired.json();
    let fresh = status["metadata"]["continue"].as_str().unwrap();
    let list = harness.get(&format!("{path}?continue={fresh}")).await.json();
    assert_eq!(names(&list), ["n/b", "n/c"]);
}

#[tokio::test(start_paused = true)]
async fn r4_versions_are_waited_for_and_combinations_checked() {
    let harness = Harness::new();
    harness.create("n", "a").await;
    let path = collection("n");
    let cases = [
        ("resourceVersion=0", 200),
        ("resourceVersion=100", 200),
        ("resourceVersion=101&resourceVersionMatch=Exact", 200),
        ("resourceVersion=100&resourceVersionMatch=Exact", 410),
        ("resourceVersion=999", 504),
        ("resourceVersion=999&resourceVersionMatch=Exact", 504),
        ("resourceVersion=x", 400),
        ("resourceVersion=-1", 400),
        ("resourceVersionMatch=Exact", 422),
        ("resourceVersion=0&resourceVersionMatch=Exact", 422),
        ("resourceVersion=5&resourceVersionMatch=Newest", 422),
        ("sendInitialEvents=true", 422),
        ("limit=x", 400),
    ];
    for (query, code) in cases {
        let answer = harness.get(&format!("{path}?{query}")).await;
        assert_eq!(answer.code, code, "{query}: {}", answer.text);
    }
    let future = harness.get(&format!("{path}?resourceVersion=999")).await;
    assert_eq!(future.message(), "Timeout: Too large resource version: 999, current: 101");
    assert_eq!(future.header("retry-after"), "1");
    assert_eq!(future.json()["details"]["causes"][0]["reason"], "ResourceVersionTooLarge");
}

#[tokio::test]
async fn r5_selectors_restrict_lists() {
    let harness = Harness::new();
    let mut labelled = widget("b");
    labelled["metadata"]["labels"] = json!({"tier": "web"});
    harness.create("n", "a").await;
    harness.post(&collection("n"), &labelled).await;
    let path = collection("n");
    let cases = [
        ("labelSelector=tier%3Dweb", Ok(vec!["n/b"])),
        ("labelSelector=tier%21%3Dweb", Ok(vec!["n/a"])),
        ("fieldSelector=metadata.name%3Da&limit=500&resourceVersion=0", Ok(vec!["n/a"])),
        ("fieldSelector=metadata.namespace%3Dm", Ok(vec![])),
        ("fieldSelector=status.phase%3D", Ok(vec!["n/a", "n/b"])),
        ("fieldSelector=spec.foo%3Dx", Err("field label not supported: spec.foo")),
        ("labelSelector=a%20b", Err("unable to parse requirement")),
    ];
    for (query, expected) in cases {
        let answer = harness.get(&format!("{path}?{query}")).await;
        match expected {
            Ok(expected) => assert_eq!(names(&answer.json()), expected, "{query}"),
            Err(message) => {
                assert_eq!(answer.code, 400, "{query}");
                assert!(answer.message().contains(message), "{query}: {}", answer.message());
            }
        }
    }
}

#[tokio::test]
async fn r6_tables_hold_rows_with_as_much_of_the_object_as_asked() {
    let harness = Harness::new();
    harness.create("n", "a").await;
    let table = harness.get_as(TABLE, &format!("{ROOT}/widgets?limit=500")).await.json();
    assert_eq!((&table["kind"], &table["apiVersion"]), (&json!("Table"), &json!("meta.k8s.io/v1")));
    assert_eq!(table["columnDefinitions"][0]["format"], "name");
    assert_eq!(table["rows"][0]["cells"], json!(["a", 1]));
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    assert_eq!(table["rows"][0]["object"]["metadata"]["namespace"], "n");
    assert_eq!(table["metadata"]["resourceVersion"], "101");
    let whole = harness.get_as(TABLE, &format!("{}?includeObject=Object", object("n", "a"))).await.json();
    assert_eq!(whole["rows"][0]["object"]["spec"]["size"], 1);
    let none = harness.get_as(TABLE, &format!("{}?includeObject=None", collection("n"))).await.json();
    assert_eq!(none["rows"][0]["object"], Value::Null);
    assert_eq!(harness.get_as(TABLE, &format!("{}?includeObject=Some", collection("n"))).await.code, 400);
}

#[tokio::test]
async fn r7_metadata_clients_get_metadata() {
    let harness = Harness::new();
    harness.create("n", "a").await;
    let list = harness.get_as(PARTIAL_LIST, &collection("n")).await.json();
    assert_eq!(list["kind"], "PartialObjectMetadataList");
    assert_eq!(list["items"][0]["kind"], "PartialObjectMetadata");
    assert!(list["items"][0].get("spec").is_none());
    let single = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    assert_eq!(harness.get_as(single, &object("n", "a")).await.json()["kind"], "PartialObjectMetadata");
    assert_eq!(harness.get_as(single, &collection("n")).await.code, 406);
}

#[tokio::test]
async fn n1_yaml_is_spoken_and_protobuf_is_not() {
    let harness = Harness::new();
    harness.create("n", "a").await;
    let yaml = harness.get_as("application/yaml", &object("n", "a")).await;
    assert_eq!(yaml.header("content-type"), "application/yaml");
    assert!(yaml.text.contains("kind: Widget"), "{}", yaml.text);
    let protobuf = harness.get_as("application/vnd.kubernetes.protobuf", &object("n", "a")).await;
    assert_eq!((protobuf.code, protobuf.reason().as_str()), (406, "NotAcceptable"));
    let pretty = harness.get(&format!("{}?pretty=true", object("n", "a"))).await;
    assert!(pretty.text.contains("\n  \"kind\""));
}

#[tokio::test]
async fn n4_n5_large_bodies_are_refused_and_large_answers_compressed() {
    let harness = Harness::new();
    let big = "x".repeat(3 * 1024 * 1024 + 1);
    let refused = harness.call("POST", &collection("n"), &[], big).await;
    assert_eq!((refused.code, refused.reason().as_str()), (413, "RequestEntityTooLarge"));
    let mut large = widget("large");
    large["spec"]["values"] = json!({"text": "y".repeat(200_000)});
    assert_eq!(harness.post(&collection("n"), &large).await.code, 201);
    let zipped = harness.call("GET", &object("n", "large"), &[("Accept-Encoding", "gzip")], "").await;
    assert_eq!((zipped.header("content-encoding"), zipped.header("vary")), ("gzip", "Accept-Encoding"));
    let plain = harness.call("GET", &object("n", "large"), &[("Accept-Encoding", "gzip;q=0")], "").await;
    assert_eq!(plain.header("content-encoding"), "");
}

#[tokio::test]
async fn n6_headers_are_set_on_every_answer() {
    let harness = Harness::new();
    let answer = harness.call("GET", &collection("n"), &[("Audit-ID", "abc-123")], "").await;
    assert_eq!(answer.headers.get_all("audit-id").iter().count(), 1);
    assert_eq!(answer.header("audit-id"), "abc-123");
    assert_eq!(answer.header("cache-control"), "no-cache, private");
    assert_eq!(harness.get("/nothing").await.header("audit-id").len(), 36);
}

#[tokio::test]
async fn n7_timeouts_that_make_no_sense_are_400() {
    let harness = Harness::new();
    assert_eq!(harness.get(&format!("{}?timeout=32s", collection("n"))).await.code, 200);
    let answer = harness.get(&format!("{}?timeout=soon", collection("n"))).await;
    assert_eq!(answer.code, 400);
    assert!(answer.message().starts_with("invalid timeout specified in the request URL"));
}

#[tokio::test]
async fn n8_too_many_requests_are_429_but_not_for_masters() {
    let harness = Harness::with(Default::default(), |builder| builder.max_in_flight(0, 0));
    let answer = harness.get(&collection("n")).await;
    assert_eq!((answer.code, answer.reason().as_str()), (429, "TooManyRequests"));
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(harness.post(&collection("n"), &widget("a")).await.code, 429);
    let masters = harness.call("GET", &collection("n"), &[("X-Remote-Group", "system:masters")], "").await;
    assert_eq!(masters.code, 200);
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_server_goes_on() {
    let harness = Harness::new();
    let answer = harness.post(&collection("n"), &widget("panic")).await;
    assert_eq!((answer.code, answer.reason().as_str()), (500, "InternalError"));
    assert!(!answer.text.contains("must not be"), "{}", answer.text);
    assert_eq!(harness.get(&collection("n")).await.code, 200);
}

#[tokio::test]
async fn views_hide_fields_from_who_may_not_see_them() {
    let harness = Harness::new();
    harness.core.lock().unwrap().refuse.push(|spec| spec["resourceAttributes"]["subresource"] == "secret");
    let mut secret = widget("a");
    secret["spec"]["secret"] = json!("hidden");
    harness.post(&collection("n"), &secret).await;
    let reads = [
        harness.get(&object("n", "a")).await,
        harness.get(&collection("n")).await,
        harness.get_as(TABLE, &format!("{}?includeObject=Object", collection("n"))).await,
        harness
            .patch(
                "json",
                &object("n", "a"),
                &json!([{"op": "copy", "from": "/spec/secret", "path": "/metadata/annotations"}]),
            )
            .await,
        harness.patch("merge", &object("n", "a"), &json!({"metadata": {"labels": {"x": "y"}}})).await,
    ];
    for answer in reads {
        assert!(!answer.text.contains("hidden"), "{}", answer.text);
    }
}

#[tokio::test]
async fn namespaces_that_are_not_visible_do_not_exist_in_lists_over_all() {
    let harness = Harness::new();
    harness.create("mine", "a").await;
    harness.create("theirs", "b").await;
    harness.core.lock().unwrap().refuse.push(|spec| {
        spec["resourceAttributes"]["verb"] == "get" && spec["resourceAttributes"]["namespace"] == "theirs"
    });
    let all = harness.get(&format!("{ROOT}/widgets")).await.json();
    assert_eq!(names(&all), ["mine/a"]);
    harness.core.lock().unwrap().is_down = true;
    assert_eq!(harness.call("GET", &format!("{ROOT}/widgets"), &[("X-Remote-Group", "other")], "").await.code, 500);
}
