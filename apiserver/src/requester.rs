//! The two identities of the server, as types: itself, and whoever asked.
//!
//! Everything that touches a tenant's objects takes a [`Requester`]. There is no way from a [`Requester`] back to the
//! server's own client, and no way to make one without a user name (an empty one would silently mean the server).

use std::sync::Arc;

use helmx_machinery::{Grant, Status, User};
use http::{HeaderName, HeaderValue, Request};
use kube::Client;
use kube::client::Body;

/// The server's own identity: records, bookkeeping, repositories, tenants, reviews, Events. Nothing else.
#[derive(Clone)]
pub struct Own(Client);

impl Own {
    /// Wraps the client of the server's ServiceAccount.
    pub fn new(client: Client) -> Self {
        Self(client)
    }

    /// The client, for the modules that keep the server's own state.
    pub(crate) fn client(&self) -> &Client {
        &self.0
    }
}

/// A client that acts as the user who asked, exactly as the core authenticated them.
#[derive(Clone)]
pub struct Requester {
    client: Client,
    user: Arc<str>,
}

impl Requester {
    /// Impersonates the user of a grant: name, uid, all groups and all extras.
    ///
    /// # Errors
    /// 401 for a user without a name, 400 for one whose name or extras cannot stand in a header.
    pub fn new(own: &Own, grant: &Grant) -> Result<Self, Status> {
        Self::of(own, grant.user())
    }

    fn of(own: &Own, user: &User) -> Result<Self, Status> {
        if user.name().is_empty() || user.is_anonymous() {
            return Err(Status::unauthorized());
        }
        let headers: Arc<[(HeaderName, HeaderValue)]> = headers(user)?.into();
        let base = own.client().clone();
        let service = kube_service(base, headers);
        Ok(Self { client: Client::new(service, "default"), user: user.name().into() })
    }

    /// The client that acts as the user.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The user's name, for status and Events.
    pub fn user(&self) -> &str {
        &self.user
    }
}

/// Adds the headers to every request of the shared connection pool.
fn kube_service(
    base: Client,
    headers: Arc<[(HeaderName, HeaderValue)]>,
) -> impl tower::Service<
    Request<Body>,
    Response = http::Response<Body>,
    Error = kube::Error,
    Future = impl Future<Output = Result<http::Response<Body>, kube::Error>> + Send,
> + Send
+ Clone
+ 'static {
    tower::service_fn(move |mut request: Request<Body>| {
        for (name, value) in headers.iter() {
            request.headers_mut().append(name.clone(), value.clone());
        }
        let client = base.clone();
        async move { client.send(request).await }
    })
}

/// The `Impersonate-*` headers of a user (kubernetes.io, "User impersonation").
fn headers(user: &User) -> Result<Vec<(HeaderName, HeaderValue)>, Status> {
    let mut headers = vec![header("impersonate-user", user.name())?];
    if !user.uid().is_empty() {
        headers.push(header("impersonate-uid", user.uid())?);
    }
    for group in user.groups() {
        headers.push(header("impersonate-group", group)?);
    }
    for (key, values) in user.extra() {
        let name = format!("impersonate-extra-{}", escape(key));
        for value in values {
            headers.push(header(&name, value)?);
        }
    }
    Ok(headers)
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Status> {
    let unusable = || {
        Status::bad_request(format!(
            "the user's identity cannot be passed on: {name} holds characters that no header takes"
        ))
    };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable())?;
    Ok((name, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unusable())?))
}

/// Percent-encodes what a header name cannot hold; the core decodes it.
fn escape(key: &str) -> String {
    let mut escaped = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn extra_keys_survive_as_header_names() {
        let cases = [
            ("scopes", "scopes"),
            ("authentication.kubernetes.io/credential-id", "authentication.kubernetes.io%2Fcredential-id"),
            ("a b", "a%20b"),
        ];
        for (key, expected) in cases {
            assert_eq!(escape(key), expected);
        }
    }
}
