//! Sockets: accept, TLS, HTTP/1.1 and HTTP/2, drain.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls_pki_types::CertificateDer;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::authn::Peer;
use crate::server::Server;

mod tls;

pub use tls::{Tls, TlsError, certified_key};

/// How many requests one connection carries at a time; kube-apiserver puts those of all users on one.
const MAX_STREAMS: u32 = 1000;
const MAX_CONNECTIONS: usize = 4096;
const MAX_HEADERS: u32 = 64 * 1024;
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// After a failed accept (too many open files): time for others to close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How a server goes away.
#[derive(Clone, Copy, Debug)]
pub struct Drain {
    /// Served as usual, but not ready, until endpoints have been updated everywhere.
    pub delay: Duration,
    /// Then requests in work may take so long.
    pub grace: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { delay: Duration::from_secs(10), grace: Duration::from_secs(60) }
    }
}

/// Serves until `shutdown`, then drains. Every connection is a task of this function.
///
/// Errors: none so far; the listener is the caller's.
pub async fn serve(
    server: Arc<Server>,
    listener: TcpListener,
    tls: Tls,
    drain: Drain,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let acceptor = TlsAcceptor::from(tls.server_config());
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let stop = async {
        shutdown.await;
        server.begin_shutdown();
        tokio::time::sleep(drain.delay).await;
    };
    let mut stop = std::pin::pin!(stop.fuse());
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_ended) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((socket, address)) => {
                    let (server, acceptor) = (Arc::clone(&server), acceptor.clone());
                    connections.spawn(connection(server, acceptor, socket, address, graceful.watcher()));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    server.end_watches();
    let drained = async {
        graceful.shutdown().await;
        while connections.join_next().await.is_some() {}
        server.writes_ended().await;
    };
    if tokio::time::timeout(drain.grace, drained).await.is_err() {
        tracing::warn!("connections or writes were still open after {:?}; closing them", drain.grace);
    }
    Ok(())
}

async fn connection(
    server: Arc<Server>,
    acceptor: TlsAcceptor,
    socket: TcpStream,
    address: SocketAddr,
    watcher: Watcher,
) {
    // Watches send small pieces that somebody waits for.
    let _ = socket.set_nodelay(true);
    let stream = match tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(socket)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, %address, "TLS handshake failed"),
        Err(_) => return tracing::debug!(%address, "TLS handshake took too long"),
    };
    let certificates: Vec<CertificateDer<'static>> = {
        let (_, session) = stream.get_ref();
        session.peer_certificates().unwrap_or_default().iter().map(|der| der.clone().into_owned()).collect()
    };
    let peer = Arc::new(Peer { address, certificates: certificates.into() });
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (server, peer) = (Arc::clone(&server), Arc::clone(&peer));
        async move { Ok::<_, Infallible>(server.handle(request, &peer).await) }
    });
    let builder = http();
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, %address, "connection ended");
    }
}

fn http() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADERS)
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE);
    builder
}
