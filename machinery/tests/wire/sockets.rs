//! T4, T5, L2: real connections with TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use helmx_machinery::{Drain, Tls, certified_key, serve};
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, KeyPair};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use crate::harness::{Ca, Harness, ca, client_identity, collection};

type Identity = (CertificateDer<'static>, KeyPair);

struct Running {
    harness: Harness,
    ca: Ca,
    address: SocketAddr,
    certificate: Arc<ArcSwap<CertifiedKey>>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<std::io::Result<()>>,
}

fn serving_certificate(ca: &Ca, name: &str) -> CertifiedKey {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, ca).unwrap();
    certified_key(certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap()
}

async fn start() -> Running {
    let (harness, ca) = (Harness::new(), ca("serving-ca"));
    let certificate = Arc::new(ArcSwap::from_pointee(serving_certificate(&ca, "one.svc")));
    let tls = Tls::new(Arc::clone(&certificate)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let drain = Drain { delay: Duration::from_millis(300), grace: Duration::from_secs(10) };
    let server = Arc::clone(&harness.server);
    let shutdown = async { drop(stopped.await) };
    let ended = tokio::spawn(serve(server, listener, tls, drain, shutdown));
    Running { harness, ca, address, certificate, stop, ended }
}

type Sender = hyper::client::conn::http2::SendRequest<Empty<Bytes>>;

/// A connection that negotiated HTTP/2.
async fn connect(running: &Running, name: &str, identity: Option<&Identity>) -> std::io::Result<Sender> {
    let mut roots = RootCertStore::empty();
    roots.add(running.ca.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            builder.with_client_auth_cert(vec![certificate.clone()], key).unwrap()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let socket = TcpStream::connect(running.address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await?;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    Ok(sender)
}

async fn get(sender: &mut Sender, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = Request::get(format!("https://test{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sender.send_request(request.body(Empty::new()).unwrap()).await.unwrap();
    let code = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (code, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn t5_certificates_are_optional_in_the_handshake_and_judged_per_request() {
    let running = start().await;
    let front_proxy = client_identity(&running.harness.front_proxy_ca, "front-proxy-client", &[]);
    let bob = client_identity(&running.harness.client_ca, "bob", &[]);
    let stranger = client_identity(&ca("elsewhere"), "front-proxy-client", &[]);
    let headers = [("X-Remote-User", "alice")];
    let path = collection("n");
    let cases = [(Some(&front_proxy), 200), (Some(&bob), 200), (Some(&stranger), 401), (None, 401)];
    for (identity, code) in cases {
        let mut sender = connect(&running, "one.svc", identity).await.unwrap();
        assert_eq!(get(&mut sender, "/livez", &[]).await, (200, "ok".to_owned()));
        assert_eq!(get(&mut sender, &path, &headers).await.0, code);
    }
}

#[tokio::test]
async fn t4_the_serving_certificate_changes_without_a_restart() {
    let running = start().await;
    let mut open = connect(&running, "one.svc", None).await.unwrap();
    assert!(connect(&running, "two.svc", None).await.is_err());
    running.certificate.store(Arc::new(serving_certificate(&running.ca, "two.svc")));
    let mut renewed = connect(&running, "two.svc", None).await.unwrap();
    assert!(connect(&running, "one.svc", None).await.is_err());
    assert_eq!(get(&mut renewed, "/livez", &[]).await.0, 200);
    assert_eq!(get(&mut open, "/livez", &[]).await.0, 200, "open connections go on");
}

#[test]
fn t4_serving_certificates_that_make_no_sense_are_refused() {
    let authority = ca("serving-ca");
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let certificate = CertificateParams::new(vec!["x".to_owned()]).unwrap().signed_by(&key, &authority).unwrap().pem();
    let cases = [
        ("", key.serialize_pem(), "no PEM certificate"),
        ("-----BEGIN CERTIFICATE-----\nx", key.serialize_pem(), "no PEM certificate"),
        (certificate.as_str(), String::new(), "no PEM private key"),
        (certificate.as_str(), other.serialize_pem(), "cannot be used together"),
    ];
    for (chain, key, expected) in cases {
        let error = certified_key(chain.as_bytes(), key.as_bytes()).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn l2_a_stopping_server_serves_then_ends_watches_and_drains() {
    let running = start().await;
    let front_proxy = client_identity(&running.harness.front_proxy_ca, "front-proxy-client", &[]);
    let mut sender = connect(&running, "one.svc", Some(&front_proxy)).await.unwrap();
    let request = Request::get(format!("https://test{}?watch=1", collection("n"))).header("X-Remote-User", "alice");
    let watch = sender.send_request(request.body(Empty::new()).unwrap()).await.unwrap();
    assert_eq!(watch.status().as_u16(), 200, "the head comes before any event");
    running.stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(get(&mut sender, "/readyz", &[]).await.0, 503);
    assert_eq!(get(&mut sender, "/livez", &[]).await.0, 200);
    assert_eq!(watch.into_body().collect().await.unwrap().to_bytes(), "", "watches end cleanly");
    tokio::time::timeout(Duration::from_secs(15), running.ended).await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
}
