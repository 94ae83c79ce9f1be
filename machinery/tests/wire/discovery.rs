//! D1–D4, O1–O4 and the service endpoints.

use serde_json::{Value, json};

use crate::harness::{Harness, collection, read};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

#[tokio::test]
async fn d1_groups_and_resources_are_listed() {
    let harness = Harness::new();
    let version = json!({"groupVersion": "test.dev/v1", "version": "v1"});
    let groups = harness.get("/apis").await.json();
    assert_eq!(groups["kind"], "APIGroupList");
    assert_eq!(groups["groups"], json!([{"name": "test.dev", "versions": [version], "preferredVersion": version}]));
    let group = harness.get("/apis/test.dev").await.json();
    assert_eq!((&group["kind"], &group["name"]), (&json!("APIGroup"), &json!("test.dev")));
    let list = harness.get("/apis/test.dev/v1").await.json();
    assert_eq!((&list["kind"], &list["groupVersion"]), (&json!("APIResourceList"), &json!("test.dev/v1")));
    let names: Vec<_> = list["resources"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["widgets", "widgets/status", "widgets/log", "widgets/rotate"]);
    let widget = &list["resources"][0];
    assert_eq!(widget["shortNames"], json!(["wd"]));
    assert_eq!(widget["singularName"], "widget");
    assert_eq!(widget["verbs"].as_array().unwrap().len(), 8);
}

#[tokio::test]
async fn d2_the_aggregated_form_is_given_to_who_asks_for_it_first() {
    let harness = Harness::new();
    let answer = harness.get_as(&format!("{AGGREGATED},application/json"), "/apis").await;
    assert_eq!(answer.header("content-type"), AGGREGATED);
    assert_eq!(answer.header("vary"), "Accept");
    let document = answer.json();
    assert_eq!(document["kind"], "APIGroupDiscoveryList");
    let resource = &document["items"][0]["versions"][0]["resources"][0];
    assert_eq!(resource["responseKind"], json!({"group": "test.dev", "version": "v1", "kind": "Widget"}));
    assert_eq!(resource["scope"], "Namespaced");
    assert_eq!(resource["subresources"].as_array().unwrap().len(), 3);
    let etag = answer.header("etag").to_owned();
    assert_eq!(etag.len(), 130);
    let again = harness.call("GET", "/apis", &[("Accept", AGGREGATED), ("If-None-Match", &etag)], "").await;
    assert_eq!((again.code, again.text.as_str(), again.header("etag")), (304, "", etag.as_str()));
    let core = harness.get_as(AGGREGATED, "/api").await.json();
    assert_eq!(core["items"], json!([]));
}

#[tokio::test]
async fn d2_other_versions_of_the_aggregated_form_fall_back() {
    let harness = Harness::new();
    let v2beta1 = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
    for accept in [v2beta1, "application/json", "*/*"] {
        let answer = harness.get_as(accept, "/apis").await;
        assert_eq!(answer.json()["kind"], "APIGroupList", "{accept}");
    }
}

#[tokio::test]
async fn d3_tags_are_the_same_on_all_replicas() {
    let tag = |harness: Harness| async move { harness.get_as(AGGREGATED, "/apis").await.header("etag").to_owned() };
    assert_eq!(tag(Harness::new()).await, tag(Harness::new()).await);
}

#[tokio::test]
async fn o1_the_index_leads_to_documents_that_may_be_kept() {
    let harness = Harness::new();
    let index = harness.get("/openapi/v3").await.json();
    let paths = index["paths"].as_object().unwrap();
    assert_eq!(paths.keys().collect::<Vec<_>>(), ["apis/test.dev/v1"]);
    let url = index["paths"]["apis/test.dev/v1"]["serverRelativeURL"].as_str().unwrap();
    let document = harness.get(url).await;
    assert_eq!(document.json()["openapi"], "3.0.0");
    assert_eq!(document.header("cache-control"), "public, immutable");
    assert!(document.header("expires").ends_with(" GMT"));
    let stale = harness.get("/openapi/v3/apis/test.dev/v1?hash=STALE").await;
    assert_eq!((stale.code, stale.header("cache-control")), (200, "no-cache, private"));
    let etag = document.header("etag");
    assert_eq!(harness.call("GET", url, &[("If-None-Match", etag)], "").await.code, 304);
    let protobuf = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";
    assert_eq!(harness.get_as(protobuf, "/openapi/v3").await.code, 406);
    assert_eq!(harness.get("/openapi/v3/apis/other.dev/v1").await.code, 404);
}

#[tokio::test]
async fn o3_every_patch_names_what_kubectl_looks_for() {
    let harness = Harness::new();
    let document = harness.get("/openapi/v3/apis/test.dev/v1").await.json();
    let mut patches = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(patch) = item.get("patch") else { continue };
        patches += 1;
        let names: Vec<_> = patch["parameters"].as_array().unwrap().iter().map(|p| p["name"].clone()).collect();
        assert!(names.contains(&json!("fieldValidation")) && names.contains(&json!("dryRun")), "{path}");
        assert_eq!(patch["x-kubernetes-group-version-kind"]["kind"], "Widget");
        let accepted = patch["requestBody"]["content"].as_object().unwrap();
        assert!(!accepted.contains_key("application/strategic-merge-patch+json"), "{path}");
        assert_eq!(accepted.len(), 3);
    }
    assert_eq!(patches, 2);
    let kind = &document["components"]["schemas"]["dev.test.v1.Widget"];
    assert_eq!(
        kind["x-kubernetes-group-version-kind"],
        json!([{"group": "test.dev", "version": "v1", "kind": "Widget"}])
    );
    assert_eq!(kind["properties"]["spec"]["properties"]["parts"]["x-kubernetes-list-map-keys"], json!(["name"]));
}

/// All references of a document, and everything that must not be in it.
fn walk(value: &Value, references: &mut Vec<String>, ids: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            assert!(!map.get("additionalProperties").is_some_and(Value::is_boolean), "boolean additionalProperties");
            if let Some(Value::String(to)) = map.get("$ref") {
                references.push(to.clone());
            }
            if let Some(Value::String(id)) = map.get("operationId") {
                ids.push(id.clone());
            }
            map.values().for_each(|value| walk(value, references, ids));
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, references, ids)),
        _ => {}
    }
}

#[tokio::test]
async fn o4_references_resolve_and_operation_ids_are_unique() {
    let harness = Harness::new();
    for (path, root) in [("/openapi/v2", "/definitions/"), ("/openapi/v3/apis/test.dev/v1", "/components/schemas/")] {
        let document = harness.get(path).await.json();
        let (mut references, mut ids) = (Vec::new(), Vec::new());
        walk(&document, &mut references, &mut ids);
        assert!(!references.is_empty());
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(pointer.starts_with(root), "{reference}");
            assert!(document.pointer(pointer).is_some(), "{path} {reference}");
        }
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "{path}");
    }
}

#[tokio::test]
async fn o2_v2_keeps_to_its_own_paths_and_keywords() {
    let harness = Harness::new();
    let document = harness.get_as("application/json", "/openapi/v2").await.json();
    assert_eq!(document["swagger"], "2.0");
    assert!(document["paths"].as_object().unwrap().keys().all(|path| path.starts_with("/apis/test.dev/v1/")));
    let definitions = document["definitions"].as_object().unwrap();
    assert!(definitions.contains_key("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"));
    assert!(definitions.keys().all(|name| !name.contains(['/', '~'])));
}

#[tokio::test]
async fn unknown_paths_and_methods_are_statuses() {
    let harness = Harness::new();
    let cases = [
        ("GET", "/nothing", 404, "NotFound"),
        ("GET", "/apis/test.dev/v2", 404, "NotFound"),
        ("GET", "/apis/test.dev/v1/gadgets", 404, "NotFound"),
        ("GET", "/apis/test.dev/v1/namespaces/n/widgets/w/nothing", 404, "NotFound"),
        ("POST", "/apis", 405, "MethodNotAllowed"),
        ("POST", "/apis/test.dev/v1/widgets", 405, "MethodNotAllowed"),
        ("DELETE", "/apis/test.dev/v1/widgets", 405, "MethodNotAllowed"),
        ("PUT", "/apis/test.dev/v1/namespaces/n/widgets/w/log", 405, "MethodNotAllowed"),
        ("DELETE", "/apis/test.dev/v1/namespaces/n/widgets/w/status", 405, "MethodNotAllowed"),
        ("TRACE", "/apis/test.dev/v1/widgets", 405, "MethodNotAllowed"),
    ];
    for (method, path, code, reason) in cases {
        let answer = harness.call(method, path, &[], "").await;
        assert_eq!((answer.code, answer.reason().as_str()), (code, reason), "{method} {path}");
        assert_eq!(answer.json()["kind"], "Status", "{method} {path}");
    }
}

#[tokio::test]
async fn service_endpoints_answer() {
    let harness = Harness::with(Default::default(), |builder| {
        builder.ready_check("repositories", Box::new(|| Err("still syncing".to_owned())))
    });
    assert_eq!(harness.get("/version").await.json()["gitVersion"], "v1.0.0");
    let index = harness.get("/").await.json();
    assert!(index["paths"].as_array().unwrap().contains(&json!("/apis/test.dev/v1")));
    let ready = harness.get("/readyz").await;
    assert_eq!(ready.code, 503);
    assert!(ready.text.contains("[-]repositories failed: still syncing"), "{}", ready.text);
    assert_eq!(harness.get("/readyz?exclude=repositories").await.code, 200);
    assert_eq!(harness.get("/readyz/repositories").await.code, 503);
    assert_eq!(harness.get("/readyz/nothing").await.code, 404);
    assert_eq!(harness.get("/livez").await.text, "ok");
    harness.get(&collection("n")).await;
    let metrics = harness.get("/metrics").await.text;
    assert!(metrics.contains("apiserver_request_total{verb=\"list\""), "{metrics}");
    assert!(!metrics.contains("gadgets"));
}

#[tokio::test]
async fn l2_a_server_that_goes_away_is_alive_but_not_ready() {
    let harness = Harness::new();
    harness.server.begin_shutdown();
    let code = |path| {
        let server = &harness;
        async move { read(server.send(vec![], "GET", path, &[], "").await).await.code }
    };
    assert_eq!((code("/readyz").await, code("/livez").await), (503, 200));
}
