//! A1–A5, Z1–Z4: who is believed, and who may do what.

use rustls_pki_types::CertificateDer;
use serde_json::json;

use crate::harness::{Answer, Harness, ca, client_certificate, collection, config_map, object, read};

type Headers<'a> = &'a [(&'a str, &'a str)];

async fn list(harness: &Harness, certificates: Vec<CertificateDer<'static>>, headers: Headers<'_>) -> Answer {
    read(harness.send(certificates, "GET", &collection("n"), headers, "").await).await
}

/// The user of the last review, with the groups.
fn reviewed(harness: &Harness) -> String {
    let core = harness.core.lock().unwrap();
    let spec = core.reviews.last().unwrap();
    format!("{} {}", spec["user"].as_str().unwrap(), spec["groups"])
}

#[tokio::test]
async fn a1_identity_headers_count_only_with_the_front_proxy_certificate() {
    let harness = Harness::new();
    let other_ca = ca("front-proxy-ca");
    let headers: Headers<'_> = &[("X-Remote-User", "admin"), ("X-Remote-Group", "system:masters")];
    let refused: [(&str, Vec<CertificateDer<'static>>); 4] = [
        ("no certificate", vec![]),
        ("wrong name", vec![client_certificate(&harness.front_proxy_ca, "somebody", &[])]),
        ("foreign CA of the same name", vec![client_certificate(&other_ca, "front-proxy-client", &[])]),
        ("no certificate at all", vec![CertificateDer::from(vec![1, 2, 3])]),
    ];
    for (case, certificates) in refused {
        let answer = list(&harness, certificates, headers).await;
        assert_eq!((answer.code, answer.reason().as_str()), (401, "Unauthorized"), "{case}");
    }
    assert!(harness.core.lock().unwrap().reviews.is_empty());
}

#[tokio::test]
async fn a1_a_client_certificate_with_forged_headers_is_who_it_says() {
    let harness = Harness::new();
    let bob = client_certificate(&harness.client_ca, "bob", &["ops"]);
    let answer = list(&harness, vec![bob], &[("X-Remote-User", "admin"), ("X-Remote-Group", "system:masters")]).await;
    assert_eq!(answer.code, 200);
    assert_eq!(reviewed(&harness), r#"bob ["ops","system:authenticated"]"#);
    let core = harness.core.lock().unwrap();
    let id = core.reviews.last().unwrap()["extra"]["authentication.kubernetes.io/credential-id"][0].clone();
    assert!(id.as_str().unwrap().starts_with("X509SHA256="));
}

#[tokio::test]
async fn a1_all_groups_extras_and_the_uid_are_taken() {
    let harness = Harness::new();
    let headers: Headers<'_> = &[
        ("X-Remote-User", "alice"),
        ("X-Remote-Group", "one"),
        ("X-Remote-Group", "two"),
        ("X-Remote-Uid", "u-1"),
        ("X-Remote-Extra-Scopes%2Fx", "a"),
        ("X-Remote-Extra-Scopes%2Fx", "b"),
        ("X_Remote_User", "admin"),
    ];
    assert_eq!(list(&harness, vec![harness.front_proxy.clone()], headers).await.code, 200);
    let core = harness.core.lock().unwrap();
    let spec = core.reviews.last().unwrap();
    assert_eq!(spec["user"], "alice");
    assert_eq!(spec["uid"], "u-1");
    assert_eq!(spec["groups"], json!(["one", "two", "system:authenticated"]));
    assert_eq!(spec["extra"], json!({"scopes/x": ["a", "b"]}));
}

#[tokio::test]
async fn a1_a_front_proxy_that_names_nobody_is_refused() {
    let harness = Harness::new();
    for headers in [&[][..], &[("X-Remote-User", "")], &[("X-Remote-Group", "system:masters")]] {
        assert_eq!(list(&harness, vec![harness.front_proxy.clone()], headers).await.code, 401);
    }
}

#[tokio::test]
async fn a1_the_trust_anchors_follow_the_config_map_and_nonsense_keeps_the_old_ones() {
    let harness = Harness::new();
    let headers: Headers<'_> = &[("X-Remote-User", "alice")];
    let mut broken = config_map(&harness.front_proxy_ca, &harness.client_ca, &[]);
    let bundle = broken.data.as_mut().unwrap();
    bundle.insert("requestheader-client-ca-file".to_owned(), "-----BEGIN CERTIFICATE-----\nx".to_owned());
    harness.trust.replace(&broken);
    assert_eq!(list(&harness, vec![harness.front_proxy.clone()], headers).await.code, 200);
    let rotated = ca("new");
    harness.trust.replace(&config_map(&rotated, &harness.client_ca, &["front-proxy-client"]));
    assert_eq!(list(&harness, vec![harness.front_proxy.clone()], headers).await.code, 401);
    let renewed = client_certificate(&rotated, "front-proxy-client", &[]);
    assert_eq!(list(&harness, vec![renewed], headers).await.code, 200);
}

#[test]
fn a1_a_shared_ca_without_names_is_refused() {
    let shared = ca("shared");
    let error = helmx_machinery::Trust::from_config_map(&config_map(&shared, &shared, &[])).err().unwrap();
    assert!(error.to_string().contains("requestheader-allowed-names"), "{error}");
    assert!(helmx_machinery::Trust::from_config_map(&config_map(&shared, &shared, &["x"])).is_ok());
}

#[tokio::test]
async fn a2_everybody_known_is_authenticated_even_without_groups() {
    let harness = Harness::new();
    let headers: Headers<'_> = &[("X-Remote-User", "system:aggregator")];
    assert_eq!(list(&harness, vec![harness.front_proxy.clone()], headers).await.code, 200);
    assert_eq!(reviewed(&harness), r#"system:aggregator ["system:authenticated"]"#);
}

#[tokio::test]
async fn a3_bearer_tokens_are_reviewed_once_and_refusals_are_401() {
    let harness = Harness::new();
    let user = json!({"username": "robot", "uid": "r", "groups": ["bots"]});
    harness.core.lock().unwrap().tokens.insert("good".to_owned(), user);
    for _ in 0..3 {
        assert_eq!(list(&harness, vec![], &[("Authorization", "Bearer good")]).await.code, 200);
    }
    assert_eq!(harness.core.lock().unwrap().reviews.len(), 2, "one TokenReview, one SubjectAccessReview");
    for header in ["Bearer bad", "Basic Z29vZA==", "Bearer", "good"] {
        assert_eq!(list(&harness, vec![], &[("Authorization", header)]).await.code, 401, "{header}");
    }
}

#[tokio::test]
async fn a3_a_token_that_cannot_be_reviewed_is_an_error_of_the_server() {
    let harness = Harness::new();
    harness.core.lock().unwrap().is_down = true;
    let answer = list(&harness, vec![], &[("Authorization", "Bearer good")]).await;
    assert_eq!((answer.code, answer.reason().as_str()), (500, "InternalError"));
    assert!(!answer.text.contains("good"), "the token must not be shown");
}

#[tokio::test]
async fn a4_nobody_needs_to_be_known_for_health_and_everybody_for_the_rest() {
    let harness = Harness::new();
    for path in ["/livez", "/readyz", "/healthz", "/readyz?verbose"] {
        assert_eq!(read(harness.send(vec![], "GET", path, &[], "").await).await.code, 200, "{path}");
    }
    for path in ["/", "/apis", "/version", "/metrics", "/openapi/v3", "/readyz/x/y"] {
        assert_eq!(read(harness.send(vec![], "GET", path, &[], "").await).await.code, 401, "{path}");
    }
}

#[tokio::test]
async fn a5_impersonation_headers_are_refused_not_ignored() {
    let harness = Harness::new();
    for header in ["Impersonate-User", "Impersonate-Group", "Impersonate-Extra-X"] {
        let answer = harness.call("GET", &collection("n"), &[(header, "admin")], "").await;
        assert_eq!((answer.code, answer.reason().as_str()), (403, "Forbidden"), "{header}");
    }
}

#[tokio::test]
async fn z2_each_question_is_asked_with_all_attributes_and_once_in_ten_seconds() {
    let harness = Harness::new();
    harness.get(&format!("{}/web/status", collection("n"))).await;
    harness.get(&format!("{}/web/status", collection("n"))).await;
    let core = harness.core.lock().unwrap();
    let asked: Vec<_> =
        core.reviews.iter().filter(|spec| spec["resourceAttributes"]["subresource"] == "status").collect();
    assert_eq!(asked.len(), 1);
    let expected = json!({
        "verb": "get", "group": "test.dev", "version": "v1", "resource": "widgets", "subresource": "status",
        "namespace": "n", "name": "web",
    });
    assert_eq!(asked[0]["resourceAttributes"], expected);
}

#[tokio::test]
async fn z2_without_an_answer_nothing_is_allowed() {
    let harness = Harness::new();
    harness.core.lock().unwrap().is_down = true;
    let answer = harness.get(&collection("n")).await;
    assert_eq!((answer.code, answer.reason().as_str()), (500, "InternalError"));
}

#[tokio::test]
async fn z2_masters_are_not_asked_about() {
    let harness = Harness::new();
    harness.core.lock().unwrap().is_down = true;
    let headers: Headers<'_> = &[("X-Remote-User", "system:kube-aggregator"), ("X-Remote-Group", "system:masters")];
    assert_eq!(list(&harness, vec![harness.front_proxy.clone()], headers).await.code, 200);
}

#[tokio::test]
async fn z3_an_apply_that_creates_needs_create_too() {
    let harness = Harness::new();
    harness.core.lock().unwrap().refuse.push(|spec| spec["resourceAttributes"]["verb"] == "create");
    let path = format!("{}?fieldManager=m", object("n", "web"));
    let answer = harness.patch("apply", &path, &crate::harness::widget("web")).await;
    assert_eq!((answer.code, answer.reason().as_str()), (403, "Forbidden"));
    assert_eq!(harness.get(&object("n", "web")).await.code, 404);
}

#[tokio::test]
async fn z4_refusals_are_worded_as_the_core_words_them() {
    let harness = Harness::new();
    harness.core.lock().unwrap().refuse.push(|_| true);
    let who = "User \"alice\" cannot";
    let cases = [
        (
            object("n", "web"),
            format!(
                "widgets.test.dev \"web\" is forbidden: {who} get resource \"widgets\" in API group \"test.dev\" in the \
                 namespace \"n\""
            ),
        ),
        (
            "/apis/test.dev/v1/widgets".to_owned(),
            format!(
                "widgets.test.dev is forbidden: {who} list resource \"widgets\" in API group \"test.dev\" at the cluster \
                 scope"
            ),
        ),
        ("/version".to_owned(), format!("forbidden: {who} get path \"/version\"")),
    ];
    for (path, expected) in cases {
        let answer = harness.get(&path).await;
        assert_eq!((answer.code, answer.message()), (403, expected));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}
