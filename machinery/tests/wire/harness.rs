//! The server under test, a fake core, and a client that is as short as the cases need.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use helmx_machinery::{Authenticator, Authorizer, CacheOptions, Peer, Resource, Server, Trust};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use k8s_openapi::api::core::v1::ConfigMap;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};

use crate::widgets::Widgets;

pub type Ca = CertifiedIssuer<'static, KeyPair>;

pub fn ca(name: &str) -> Ca {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A client certificate; the groups become organizations.
pub fn client_certificate(ca: &Ca, name: &str, groups: &[&str]) -> CertificateDer<'static> {
    client_identity(ca, name, groups).0
}

pub fn client_identity(ca: &Ca, name: &str, groups: &[&str]) -> (CertificateDer<'static>, KeyPair) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.distinguished_name.push(DnType::CommonName, name);
    for group in groups {
        params.distinguished_name.push(DnType::OrganizationName, *group);
    }
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, ca).unwrap().der().clone(), key)
}

/// What the fake core answers.
#[derive(Default)]
pub struct Core {
    /// Decides SubjectAccessReviews by their spec.
    pub refuse: Vec<fn(&Value) -> bool>,
    /// Users by token.
    pub tokens: BTreeMap<String, Value>,
    pub is_down: bool,
    /// Specs of all reviews so far.
    pub reviews: Vec<Value>,
}

pub struct Harness {
    pub server: Arc<Server>,
    pub core: Arc<Mutex<Core>>,
    pub widgets: Arc<Widgets>,
    pub front_proxy_ca: Ca,
    pub client_ca: Ca,
    pub trust: Trust,
    pub front_proxy: CertificateDer<'static>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub code: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }

    pub fn reason(&self) -> String {
        self.json()["reason"].as_str().unwrap_or_default().to_owned()
    }
}

pub fn config_map(front_proxy: &Ca, clients: &Ca, names: &[&str]) -> ConfigMap {
    let data = BTreeMap::from([
        ("client-ca-file".to_owned(), clients.pem()),
        ("requestheader-client-ca-file".to_owned(), front_proxy.pem()),
        ("requestheader-allowed-names".to_owned(), json!(names).to_string()),
        ("requestheader-username-headers".to_owned(), json!(["X-Remote-User"]).to_string()),
        ("requestheader-group-headers".to_owned(), json!(["X-Remote-Group"]).to_string()),
        ("requestheader-uid-headers".to_owned(), json!(["X-Remote-Uid"]).to_string()),
        ("requestheader-extra-headers-prefix".to_owned(), json!(["X-Remote-Extra-"]).to_string()),
    ]);
    ConfigMap { data: Some(data), ..ConfigMap::default() }
}

impl Harness {
    pub fn new() -> Self {
        Self::with(CacheOptions::default(), |builder| builder)
    }

    pub fn with(
        options: CacheOptions,
        more: impl FnOnce(helmx_machinery::ServerBuilder) -> helmx_machinery::ServerBuilder,
    ) -> Self {
        let core = Arc::new(Mutex::new(Core::default()));
        let client = fake_core(Arc::clone(&core));
        let (front_proxy_ca, client_ca) = (ca("front-proxy-ca"), ca("client-ca"));
        let trust = Trust::from_config_map(&config_map(&front_proxy_ca, &client_ca, &["front-proxy-client"])).unwrap();
        let widgets = Arc::new(Widgets::new(options));
        let resource: Arc<dyn Resource> = Arc::<Widgets>::clone(&widgets);
        let builder = Server::builder(Authenticator::new(client.clone(), trust.clone()), Authorizer::new(client));
        let version = json!({"major": "1", "minor": "0", "gitVersion": "v1.0.0"});
        let server = more(builder.resource(resource).version(version)).build().unwrap();
        let front_proxy = client_certificate(&front_proxy_ca, "front-proxy-client", &[]);
        Self { server: Arc::new(server), core, widgets, front_proxy_ca, client_ca, trust, front_proxy }
    }

    /// Sends a request as a peer with a certificate chain and exactly these headers.
    pub async fn send(
        &self,
        certificates: Vec<CertificateDer<'static>>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Response<helmx_machinery::Body> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let peer = Peer { address: ([127, 0, 0, 1], 1).into(), certificates: certificates.into() };
        self.server.handle(request.body(Full::new(body.into())).unwrap(), &peer).await
    }

    /// Sends a request as the front proxy does for `alice`.
    pub async fn stream(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Response<helmx_machinery::Body> {
        let mut all = vec![("X-Remote-User", "alice"), ("X-Remote-Group", "dev")];
        all.extend_from_slice(headers);
        self.send(vec![self.front_proxy.clone()], method, path, &all, body).await
    }

    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        read(self.stream(method, path, headers, body).await).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], "").await
    }

    pub async fn get_as(&self, accept: &str, path: &str) -> Answer {
        self.call("GET", path, &[("Accept", accept)], "").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, &[], body.to_string()).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call("PUT", path, &[], body.to_string()).await
    }

    pub async fn patch(&self, kind: &str, path: &str, body: &Value) -> Answer {
        let media = match kind {
            "json" => "application/json-patch+json",
            "merge" => "application/merge-patch+json",
            "apply" => "application/apply-patch+yaml",
            other => other,
        };
        self.call("PATCH", path, &[("Content-Type", media)], body.to_string()).await
    }

    /// Creates a widget and returns it.
    pub async fn create(&self, namespace: &str, name: &str) -> Value {
        let answer = self.post(&collection(namespace), &widget(name)).await;
        assert_eq!(answer.code, 201, "{}", answer.text);
        answer.json()
    }

    /// Opens a watch; the lines can be read one by one.
    pub async fn watch(&self, path: &str, headers: &[(&str, &str)]) -> Lines {
        let response = self.stream("GET", path, headers, "").await;
        assert_eq!(response.status(), StatusCode::OK);
        Lines { body: response.into_body().into_data_stream(), buffer: String::new() }
    }
}

pub const ROOT: &str = "/apis/test.dev/v1";

pub fn collection(namespace: &str) -> String {
    format!("{ROOT}/namespaces/{namespace}/widgets")
}

pub fn object(namespace: &str, name: &str) -> String {
    format!("{ROOT}/namespaces/{namespace}/widgets/{name}")
}

pub fn widget(name: &str) -> Value {
    json!({"apiVersion": "test.dev/v1", "kind": "Widget", "metadata": {"name": name}, "spec": {"size": 1}})
}

pub async fn read(response: Response<helmx_machinery::Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Answer { code: parts.status.as_u16(), headers: parts.headers, text }
}

pub struct Lines {
    body: http_body_util::BodyDataStream<helmx_machinery::Body>,
    buffer: String,
}

impl Lines {
    /// The next event; `None` at the end of the stream.
    pub async fn event(&mut self) -> Option<Value> {
        loop {
            if let Some((line, rest)) = self.buffer.split_once('\n') {
                let event = serde_json::from_str(line).unwrap();
                self.buffer = rest.to_owned();
                return Some(event);
            }
            let piece =
                tokio::time::timeout(Duration::from_secs(120), self.body.next()).await.expect("no event came")?;
            self.buffer.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
        }
    }

    /// The next event as `TYPE NAME`.
    pub async fn short(&mut self) -> String {
        match self.event().await {
            None => "END".to_owned(),
            Some(event) => {
                let object = &event["object"];
                let name = object["metadata"]["name"].as_str().or(object["reason"].as_str()).unwrap_or_default();
                format!("{} {name}", event["type"].as_str().unwrap_or_default()).trim_end().to_owned()
            }
        }
    }

    /// Whether nothing more comes for a while (of paused time).
    pub async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(200), self.event()).await.is_err()
    }
}

/// kube-apiserver, as far as this crate talks to it.
fn fake_core(core: Arc<Mutex<Core>>) -> kube::Client {
    let service = tower::service_fn(move |request: Request<kube::client::Body>| {
        let core = Arc::clone(&core);
        async move {
            let path = request.uri().path().to_owned();
            let bytes = request.into_body().collect_bytes().await.unwrap();
            let review: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let (code, answer) = core.lock().unwrap().answer(&path, review);
            let body = kube::client::Body::from(answer.to_string().into_bytes());
            let response = Response::builder().status(code).header("content-type", "application/json");
            Ok::<_, std::convert::Infallible>(response.body(body).unwrap())
        }
    });
    kube::Client::new(service, "default")
}

impl Core {
    fn answer(&mut self, path: &str, mut review: Value) -> (u16, Value) {
        if self.is_down {
            let status = json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 500,
                "reason": "InternalError", "message": "down",
            });
            return (500, status);
        }
        self.reviews.push(review["spec"].clone());
        if path.ends_with("/tokenreviews") {
            let token = review["spec"]["token"].as_str().unwrap_or_default().to_owned();
            let user = self.tokens.get(&token);
            review["status"] = match user {
                Some(user) => json!({"authenticated": true, "user": user}),
                None => json!({"authenticated": false}),
            };
        } else {
            let refused = self.refuse.iter().any(|refuse| refuse(&review["spec"]));
            review["status"] = json!({"allowed": !refused});
        }
        (201, review)
    }
}
