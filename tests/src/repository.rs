//! A chart repository over HTTPS with a password: the corpus, and what tests put in its place.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use base64::Engine as _;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, ETAG, IF_NONE_MATCH, WWW_AUTHENTICATE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;

use crate::certificates::{Authority, Pair};
use crate::chart::Archive;

type Answer = Response<BoxBody<Bytes, std::io::Error>>;

/// A running repository; it ends with the process.
pub struct Repository {
    /// `https://localhost:PORT`.
    pub url: String,
    /// The certificate of the authority that signed its serving certificate, PEM.
    pub authority: PathBuf,
    /// The user that the repository asks for.
    pub username: &'static str,
    /// The password that the repository asks for.
    pub password: &'static str,
    content: Arc<Content>,
}

/// A file that a test serves beside the corpus.
#[derive(Clone, Debug)]
pub enum Served {
    /// The whole file.
    Whole(Vec<u8>),
    /// The connection breaks after so many bytes.
    Cut(Vec<u8>, usize),
}

/// What the server answers from.
struct Content {
    folder: PathBuf,
    index: Bytes,
    etag: String,
    authorization: String,
    /// Files by path, for instance `bad/index.yaml`.
    files: Mutex<BTreeMap<String, Served>>,
    /// Paths that were answered with a file, in order.
    requests: Mutex<Vec<String>>,
}

impl Repository {
    /// Serves every `.tgz` of `charts` with an index made from their `Chart.yaml`.
    ///
    /// `folder` receives the authority's and the server's certificates. Serving goes on in a thread of its own until
    /// the process ends.
    pub fn serve(charts: &Path, folder: &Path) -> Result<Self> {
        let (username, password) = ("reader", "correct-horse");
        let authority = Authority::create(folder, "repository-ca")?;
        let pair = authority.serving("repository", &["localhost", "127.0.0.1"])?;
        let index = Bytes::from(index(charts)?);
        let credentials = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
        let content = Arc::new(Content {
            folder: charts.into(),
            etag: format!("\"{}\"", hex(&Sha256::digest(&index))),
            index,
            authorization: format!("Basic {credentials}"),
            files: Mutex::default(),
            requests: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let acceptor = acceptor(&pair)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let served = Arc::clone(&content);
        std::thread::spawn(move || runtime.block_on(accept(listener, &acceptor, &served)));
        Ok(Self { url: url(address), authority: authority.certificate().into(), username, password, content })
    }

    /// Serves the given archives with an index of their own below `folder`; returns that repository's URL.
    pub fn publish(&self, folder: &str, archives: &[Archive]) -> Result<String> {
        let mut entries: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for archive in archives {
            let bytes = archive.bytes()?;
            let file = format!("{}-{}.tgz", archive.name(), archive.version());
            let entry = json!({
                "apiVersion": "v2", "name": archive.name(), "version": archive.version(), "urls": [file],
                "description": "a chart of a test", "digest": hex(&Sha256::digest(&bytes)),
                "created": "2026-11-01T00:00:00Z",
            });
            entries.entry(archive.name()).or_default().push(entry);
            self.put(&format!("{folder}/{file}"), Served::Whole(bytes))?;
        }
        let index = json!({"apiVersion": "v1", "generated": "2026-11-01T00:00:00Z", "entries": entries});
        self.put(&format!("{folder}/index.yaml"), Served::Whole(serde_json::to_vec(&index)?))?;
        Ok(format!("{}/{folder}", self.url))
    }

    /// Serves a file from now on, in the place of a former one.
    pub fn put(&self, path: &str, served: Served) -> Result<()> {
        self.content.files.lock().map_err(|_| poisoned())?.insert(path.into(), served);
        Ok(())
    }

    /// The file that a test put at a path.
    pub fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        let files = self.content.files.lock().map_err(|_| poisoned())?;
        match files.get(path).with_context(|| format!("nothing is served at {path}"))? {
            Served::Whole(bytes) | Served::Cut(bytes, _) => Ok(bytes.clone()),
        }
    }

    /// How often a path was answered with a file.
    pub fn requests(&self, path: &str) -> Result<usize> {
        let requests = self.content.requests.lock().map_err(|_| poisoned())?;
        Ok(requests.iter().filter(|asked| *asked == path).count())
    }
}

fn poisoned() -> anyhow::Error {
    anyhow::anyhow!("a test repository's lock is poisoned")
}

fn url(address: SocketAddr) -> String {
    format!("https://localhost:{}", address.port())
}

fn acceptor(pair: &Pair) -> Result<TlsAcceptor> {
    use rustls_pki_types::pem::PemObject as _;
    let chain = vec![rustls_pki_types::CertificateDer::from_pem_file(&pair.certificate)?];
    let key = rustls_pki_types::PrivateKeyDer::from_pem_file(&pair.key)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn accept(listener: TcpListener, acceptor: &TlsAcceptor, content: &Arc<Content>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, content) = (acceptor.clone(), Arc::clone(content));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let answer = service_fn(move |request| {
                let response = content.answer(&request);
                async move { Ok::<_, Infallible>(response) }
            });
            let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            // A client that breaks the connection is no event for a test repository.
            let _ = server.serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

impl Content {
    fn answer(&self, request: &Request<Incoming>) -> Answer {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        if header(AUTHORIZATION) != Some(&self.authorization) {
            let mut response = status(StatusCode::UNAUTHORIZED);
            response.headers_mut().insert(WWW_AUTHENTICATE, hyper::header::HeaderValue::from_static("Basic"));
            return response;
        }
        let path = request.uri().path().trim_start_matches('/');
        if let Some(served) = self.files.lock().ok().and_then(|files| files.get(path).cloned()) {
            if let Ok(mut requests) = self.requests.lock() {
                requests.push(path.into());
            }
            return served.answer();
        }
        match path {
            "index.yaml" if header(IF_NONE_MATCH) == Some(&self.etag) => status(StatusCode::NOT_MODIFIED),
            "index.yaml" => {
                let mut response = whole(self.index.clone());
                if let Ok(etag) = self.etag.parse() {
                    response.headers_mut().insert(ETAG, etag);
                }
                response
            }
            name if !name.contains('/') => match std::fs::read(self.folder.join(name)) {
                Ok(bytes) => whole(bytes.into()),
                Err(_) => status(StatusCode::NOT_FOUND),
            },
            _ => status(StatusCode::NOT_FOUND),
        }
    }
}

impl Served {
    fn answer(self) -> Answer {
        match self {
            Self::Whole(bytes) => whole(bytes.into()),
            Self::Cut(bytes, length) => {
                let total = bytes.len();
                let broken = std::io::Error::new(std::io::ErrorKind::BrokenPipe, "cut short, as the test asks");
                let first = Bytes::from(bytes).slice(..length.min(total));
                let frames = futures::stream::iter([Ok(Frame::data(first)), Err(broken)]);
                let mut response = Response::new(BoxBody::new(StreamBody::new(frames)));
                response.headers_mut().insert(CONTENT_LENGTH, total.into());
                response
            }
        }
    }
}

fn whole(bytes: Bytes) -> Answer {
    Response::new(Full::new(bytes).map_err(|never| match never {}).boxed())
}

fn status(status: StatusCode) -> Answer {
    let mut response = whole(Bytes::new());
    *response.status_mut() = status;
    response
}

/// An `index.yaml` (as JSON, which is YAML) over all archives of a folder.
pub fn index(charts: &Path) -> Result<Vec<u8>> {
    let mut entries: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut files: Vec<_> = std::fs::read_dir(charts)
        .with_context(|| format!("reading {}", charts.display()))?
        .collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files {
        let path = file.path();
        if path.extension().is_some_and(|extension| extension == "tgz") {
            let entry = entry(&path).with_context(|| format!("indexing {}", path.display()))?;
            let name = entry["name"].as_str().context("a chart without a name")?.to_owned();
            entries.entry(name).or_default().push(entry);
        }
    }
    let index = json!({"apiVersion": "v1", "generated": "2026-11-01T00:00:00Z", "entries": entries});
    Ok(serde_json::to_vec(&index)?)
}

fn entry(path: &Path) -> Result<Value> {
    let bytes = std::fs::read(path)?;
    let chart = helmx_chart::archive::load(&bytes)?;
    let mut entry = serde_json::to_value(&chart.metadata)?;
    entry["urls"] = json!([path.file_name().unwrap_or_default().to_string_lossy()]);
    entry["digest"] = json!(hex(&Sha256::digest(&bytes)));
    entry["created"] = json!("2026-11-01T00:00:00Z");
    Ok(entry)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
