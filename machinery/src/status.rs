//! The Kubernetes error: `Status` of meta/v1, with a constructor for every reason a server of this kind gives.
//!
//! Texts and code/reason pairs follow k8s.io/apimachinery `pkg/api/errors`.

use http::StatusCode;
use serde_json::{Map, Value, json};

/// What every operation of a resource returns.
pub type Result<T> = std::result::Result<T, Status>;

/// Machine-readable reason of a [`Status`]; each has one HTTP code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    AlreadyExists,
    Conflict,
    Gone,
    Expired,
    RequestEntityTooLarge,
    UnsupportedMediaType,
    Invalid,
    TooManyRequests,
    InternalError,
    ServiceUnavailable,
    Timeout,
}

impl Reason {
    /// The text of the `reason` field.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BadRequest",
            Self::Unauthorized => "Unauthorized",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "NotFound",
            Self::MethodNotAllowed => "MethodNotAllowed",
            Self::NotAcceptable => "NotAcceptable",
            Self::AlreadyExists => "AlreadyExists",
            Self::Conflict => "Conflict",
            Self::Gone => "Gone",
            Self::Expired => "Expired",
            Self::RequestEntityTooLarge => "RequestEntityTooLarge",
            Self::UnsupportedMediaType => "UnsupportedMediaType",
            Self::Invalid => "Invalid",
            Self::TooManyRequests => "TooManyRequests",
            Self::InternalError => "InternalError",
            Self::ServiceUnavailable => "ServiceUnavailable",
            Self::Timeout => "Timeout",
        }
    }

    /// The HTTP code that goes with the reason.
    pub fn code(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::AlreadyExists | Self::Conflict => StatusCode::CONFLICT,
            Self::Gone | Self::Expired => StatusCode::GONE,
            Self::RequestEntityTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

/// One reason among several: which field, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueInvalid`, `FieldManagerConflict`, `NamespaceTerminating`, …
    pub reason: String,
    pub message: String,
    /// Path of the field, `spec.chart.name`; empty when the cause has none.
    pub field: String,
}

impl Cause {
    pub fn new(reason: &str, field: &str, message: impl Into<String>) -> Self {
        Self { reason: reason.to_owned(), message: message.into(), field: field.to_owned() }
    }

    /// A value that is there but not allowed. `shown` is the value as the client may see it again, already quoted.
    pub fn invalid(field: &str, shown: &str, detail: &str) -> Self {
        Self::new("FieldValueInvalid", field, format!("Invalid value: {shown}: {detail}"))
    }

    pub fn required(field: &str, detail: &str) -> Self {
        let colon = if detail.is_empty() { "" } else { ": " };
        Self::new("FieldValueRequired", field, format!("Required value{colon}{detail}"))
    }

    pub fn forbidden(field: &str, detail: &str) -> Self {
        Self::new("FieldValueForbidden", field, format!("Forbidden: {detail}"))
    }

    /// A value outside its enumeration.
    pub fn not_supported(field: &str, shown: &str, supported: &[&str]) -> Self {
        let list: Vec<_> = supported.iter().map(|value| format!("{value:?}")).collect();
        let message = format!("Unsupported value: {shown}: supported values: {}", list.join(", "));
        Self::new("FieldValueNotSupported", field, message)
    }

    fn to_value(&self) -> Value {
        let mut value = Map::new();
        for (key, text) in [("reason", &self.reason), ("message", &self.message), ("field", &self.field)] {
            if !text.is_empty() {
                value.insert(key.to_owned(), text.as_str().into());
            }
        }
        Value::Object(value)
    }
}

/// A failed request, as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    inner: Box<Fields>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fields {
    reason: Reason,
    message: String,
    name: String,
    group: String,
    kind: String,
    uid: String,
    causes: Vec<Cause>,
    retry_after: Option<u32>,
    continue_token: Option<String>,
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.inner.message)
    }
}

impl std::error::Error for Status {}

/// Names the resource an error is about: `releases.helmx.dev`, or `secrets` in the core group.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub group: &'a str,
    pub resource: &'a str,
}

impl std::fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dot = if self.group.is_empty() { "" } else { "." };
        write!(f, "{}{dot}{}", self.resource, self.group)
    }
}

impl Status {
    /// Any reason with a message of the caller's.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        let inner = Fields {
            reason,
            message: message.into(),
            name: String::new(),
            group: String::new(),
            kind: String::new(),
            uid: String::new(),
            causes: Vec::new(),
            retry_after: None,
            continue_token: None,
        };
        Self { inner: Box::new(inner) }
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Reason::BadRequest, message)
    }

    pub fn unauthorized() -> Self {
        Self::new(Reason::Unauthorized, "Unauthorized")
    }

    /// `releases.helmx.dev "web" is forbidden: WHY`.
    pub fn forbidden(subject: Subject<'_>, name: &str, why: &str) -> Self {
        let quoted = if name.is_empty() { String::new() } else { format!(" {name:?}") };
        Self::new(Reason::Forbidden, format!("{subject}{quoted} is forbidden: {why}")).about(subject, name)
    }

    pub fn not_found(subject: Subject<'_>, name: &str) -> Self {
        Self::new(Reason::NotFound, format!("{subject} {name:?} not found")).about(subject, name)
    }

    /// The path itself is unknown.
    pub fn no_such_path() -> Self {
        Self::new(Reason::NotFound, "the server could not find the requested resource")
    }

    pub fn method_not_allowed(subject: Subject<'_>, action: &str) -> Self {
        let message = format!("{action} is not supported on resources of kind {:?}", subject.to_string());
        Self::new(Reason::MethodNotAllowed, message).about(subject, "")
    }

    pub fn already_exists(subject: Subject<'_>, name: &str) -> Self {
        Self::new(Reason::AlreadyExists, format!("{subject} {name:?} already exists")).about(subject, name)
    }

    pub fn conflict(subject: Subject<'_>, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {subject} {name:?}: {why}");
        Self::new(Reason::Conflict, message).about(subject, name)
    }

    /// The optimistic lock failed: somebody else wrote first.
    pub fn modified(subject: Subject<'_>, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(subject, name, why)
    }

    /// A watch or list starts at a version that is no longer kept.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(Reason::Expired, message)
    }

    /// Well-formed, but wrong in the fields named by `causes`; `kind` is the kind, not the resource.
    pub fn invalid(group: &str, kind: &str, name: &str, causes: Vec<Cause>) -> Self {
        let listed: Vec<_> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        let errors = match listed.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let qualified = Subject { group, resource: kind };
        Self::new(Reason::Invalid, format!("{qualified} {name:?} is invalid: {errors}"))
            .about(qualified, name)
            .with_causes(causes)
    }

    /// A server-side failure. The text is shown to the client: it must not contain values or credentials.
    pub fn internal(message: impl std::fmt::Display) -> Self {
        Self::new(Reason::InternalError, format!("Internal error occurred: {message}"))
    }

    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Reason::ServiceUnavailable, message)
    }

    pub fn timeout(message: impl std::fmt::Display) -> Self {
        Self::new(Reason::Timeout, format!("Timeout: {message}"))
    }

    /// A version that this server has not seen (yet); clients retry.
    pub fn too_large_version(asked: u64, current: u64) -> Self {
        Self::timeout(format!("Too large resource version: {asked}, current: {current}"))
            .with_causes(vec![Cause::new("ResourceVersionTooLarge", "", "Too large resource version")])
            .with_retry_after(1)
    }

    pub fn too_many_requests(message: impl Into<String>) -> Self {
        Self::new(Reason::TooManyRequests, message).with_retry_after(1)
    }

    /// Fills `details.group`, `details.kind` and `details.name`.
    #[must_use]
    pub fn about(mut self, subject: Subject<'_>, name: &str) -> Self {
        subject.group.clone_into(&mut self.inner.group);
        subject.resource.clone_into(&mut self.inner.kind);
        name.clone_into(&mut self.inner.name);
        self
    }

    #[must_use]
    pub fn with_causes(mut self, causes: Vec<Cause>) -> Self {
        self.inner.causes = causes;
        self
    }

    /// Seconds after which a client should try again; also sent as `Retry-After`.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.inner.retry_after = Some(seconds);
        self
    }

    /// A token with which an expired list may go on inconsistently.
    #[must_use]
    pub fn with_continue(mut self, token: String) -> Self {
        self.inner.continue_token = Some(token);
        self
    }

    #[must_use]
    pub fn with_uid(mut self, uid: &str) -> Self {
        uid.clone_into(&mut self.inner.uid);
        self
    }

    pub fn reason(&self) -> Reason {
        self.inner.reason
    }

    pub fn message(&self) -> &str {
        &self.inner.message
    }

    pub fn code(&self) -> StatusCode {
        self.inner.reason.code()
    }

    pub fn causes(&self) -> &[Cause] {
        &self.inner.causes
    }

    pub fn retry_after(&self) -> Option<u32> {
        self.inner.retry_after
    }

    /// The wire form.
    pub fn to_value(&self) -> Value {
        let fields = &self.inner;
        let mut details = Map::new();
        let texts = [("name", &fields.name), ("group", &fields.group), ("kind", &fields.kind), ("uid", &fields.uid)];
        for (key, text) in texts {
            if !text.is_empty() {
                details.insert(key.to_owned(), text.as_str().into());
            }
        }
        if !fields.causes.is_empty() {
            details.insert("causes".to_owned(), fields.causes.iter().map(Cause::to_value).collect());
        }
        if let Some(seconds) = fields.retry_after {
            details.insert("retryAfterSeconds".to_owned(), seconds.into());
        }
        let metadata = fields.continue_token.as_ref().map_or(json!({}), |token| json!({"continue": token}));
        let mut value = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure",
            "message": fields.message, "reason": fields.reason.as_str(), "code": self.code().as_u16(),
        });
        if let (Value::Object(map), false) = (&mut value, details.is_empty()) {
            map.insert("details".to_owned(), details.into());
        }
        value
    }
}

/// The answer to a successful request that has no object to show.
pub(crate) fn success(subject: Subject<'_>, name: &str, uid: Option<&str>) -> Value {
    let mut details = json!({"name": name, "group": subject.group, "kind": subject.resource});
    if let (Some(uid), Value::Object(map)) = (uid, &mut details) {
        map.insert("uid".to_owned(), uid.into());
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}
