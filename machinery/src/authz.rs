//! A [`User`] and a request become a [`Grant`]: SubjectAccessReview, failing closed.
//!
//! Decisions are kept for ten seconds, as k8s.io/apiserver does by default for delegated authorization.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::api::authorization::v1::{
    NonResourceAttributes, ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
};
use kube::api::{Api, PostParams};
use moka::future::Cache;

use crate::authn::User;
use crate::request::{RequestInfo, Target};
use crate::status::{Reason, Result, Status, Subject};

/// How long a decision is believed.
const DECISION_TTL: Duration = Duration::from_secs(10);
/// How long the core may think about one question.
const REVIEW_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_DECISIONS: u64 = 100_000;
const MAX_WARNINGS: usize = 50;
/// Members may do everything, as everywhere in Kubernetes.
const MASTERS: &str = "system:masters";

/// What is to be done, as RBAC sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Attributes {
    Resource {
        verb: String,
        group: String,
        version: String,
        resource: String,
        /// Empty for the resource itself.
        subresource: String,
        /// Empty for all namespaces and for cluster-scoped resources.
        namespace: String,
        /// Empty for all names.
        name: String,
    },
    Path {
        verb: String,
        path: String,
    },
}

impl Attributes {
    pub(crate) fn of(info: &RequestInfo) -> Self {
        match &info.target {
            Target::Resource(request) => Self::Resource {
                verb: request.verb.as_str().to_owned(),
                group: request.group.clone(),
                version: request.version.clone(),
                resource: request.resource.clone(),
                subresource: request.subresource.clone(),
                namespace: request.namespace.clone().unwrap_or_default(),
                name: request.name.clone(),
            },
            Target::Path(path) => Self::Path { verb: info.method.as_str().to_ascii_lowercase(), path: path.clone() },
        }
    }

    /// The same question for another verb; paths keep theirs.
    #[must_use]
    pub fn with_verb(&self, other: &str) -> Self {
        let mut changed = self.clone();
        if let Self::Resource { verb, .. } = &mut changed {
            other.clone_into(verb);
        }
        changed
    }

    /// The same question for a subresource; paths keep theirs.
    #[must_use]
    pub fn with_subresource(&self, other: &str) -> Self {
        let mut changed = self.clone();
        if let Self::Resource { subresource, .. } = &mut changed {
            other.clone_into(subresource);
        }
        changed
    }

    /// The same question for a namespace; paths keep theirs.
    #[must_use]
    pub fn with_namespace(&self, other: &str) -> Self {
        let mut changed = self.clone();
        if let Self::Resource { namespace, .. } = &mut changed {
            other.clone_into(namespace);
        }
        changed
    }

    /// The same question for an object; paths keep theirs.
    #[must_use]
    pub fn with_name(&self, other: &str) -> Self {
        let mut changed = self.clone();
        if let Self::Resource { name, .. } = &mut changed {
            other.clone_into(name);
        }
        changed
    }
}

/// Evidence that a user may do something; made only by [`Authorizer`].
#[derive(Clone)]
pub struct Grant {
    user: Arc<User>,
    attributes: Arc<Attributes>,
    authorizer: Authorizer,
    audit_id: Arc<str>,
    warnings: Arc<Mutex<Vec<String>>>,
}

impl Grant {
    pub fn user(&self) -> &User {
        &self.user
    }

    /// What was granted.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Identifies the request in the audit logs of all servers it passes.
    pub fn audit_id(&self) -> &str {
        &self.audit_id
    }

    /// Adds a `Warning` header to the answer. The text is shown to the user as it is.
    pub fn warn(&self, text: impl Into<String>) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        if warnings.len() < MAX_WARNINGS {
            warnings.push(text.into());
        }
    }

    pub(crate) fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks whether the same user may do something else.
    ///
    /// Errors: 500 when the core cannot be asked.
    pub async fn may(&self, attributes: Attributes) -> Result<bool> {
        self.authorizer.may(&self.user, attributes).await
    }

    /// Like [`Grant::may`], but a refusal is the usual 403.
    pub async fn require(&self, attributes: Attributes) -> Result<()> {
        self.authorizer.require(&self.user, &attributes).await
    }
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant").field("user", &self.user.name()).field("attributes", &self.attributes).finish()
    }
}

#[derive(Clone, Debug)]
struct Decision {
    allowed: bool,
    reason: Arc<str>,
}

/// Asks the core whether a user may do something.
#[derive(Clone)]
pub struct Authorizer {
    client: kube::Client,
    decisions: Cache<Arc<(User, Attributes)>, Decision>,
}

impl Authorizer {
    /// `client` needs the right to create `subjectaccessreviews` (ClusterRole `system:auth-delegator`).
    pub fn new(client: kube::Client) -> Self {
        let decisions = Cache::builder().max_capacity(MAX_DECISIONS).time_to_live(DECISION_TTL).build();
        Self { client, decisions }
    }

    /// Errors: 500 when the core cannot be asked.
    pub async fn may(&self, user: &User, attributes: Attributes) -> Result<bool> {
        Ok(self.decide(user, &attributes).await?.allowed)
    }

    async fn require(&self, user: &User, attributes: &Attributes) -> Result<()> {
        let decision = self.decide(user, attributes).await?;
        if decision.allowed { Ok(()) } else { Err(refusal(user, attributes, &decision.reason)) }
    }

    /// The only maker of grants. Errors: 403 as the core words it, 500 when the core cannot be asked.
    pub(crate) async fn grant(&self, user: User, info: &RequestInfo, audit_id: &str) -> Result<Grant> {
        let attributes = Attributes::of(info);
        self.require(&user, &attributes).await?;
        let (user, attributes) = (Arc::new(user), Arc::new(attributes));
        Ok(Grant { user, attributes, authorizer: self.clone(), audit_id: audit_id.into(), warnings: Arc::default() })
    }

    async fn decide(&self, user: &User, attributes: &Attributes) -> Result<Decision> {
        if user.groups().iter().any(|group| group == MASTERS) {
            return Ok(Decision { allowed: true, reason: "".into() });
        }
        let question = Arc::new((user.clone(), attributes.clone()));
        let asked = self.decisions.try_get_with(Arc::clone(&question), self.review(&question));
        asked.await.map_err(|status: Arc<Status>| Status::clone(&status))
    }

    async fn review(&self, question: &(User, Attributes)) -> Result<Decision> {
        let (user, attributes) = question;
        let review = SubjectAccessReview { spec: spec(user, attributes), ..SubjectAccessReview::default() };
        let api: Api<SubjectAccessReview> = Api::all(self.client.clone());
        let post = PostParams::default();
        let answered = match tokio::time::timeout(REVIEW_TIMEOUT, api.create(&post, &review)).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(error)) => {
                tracing::error!(%error, "cannot create a SubjectAccessReview; the request is refused");
                return Err(Status::internal("the authorization of the request could not be checked; try again"));
            }
            Err(_) => {
                tracing::error!("a SubjectAccessReview took longer than {REVIEW_TIMEOUT:?}; the request is refused");
                return Err(Status::internal("the authorization of the request could not be checked in time"));
            }
        };
        let status = answered.status.unwrap_or_default();
        let allowed = status.allowed && !status.denied.unwrap_or(false);
        Ok(Decision { allowed, reason: status.reason.unwrap_or_default().into() })
    }
}

fn spec(user: &User, attributes: &Attributes) -> SubjectAccessReviewSpec {
    let extra: BTreeMap<String, Vec<String>> = user.extra().clone();
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    let mut spec = SubjectAccessReviewSpec {
        user: Some(user.name().to_owned()),
        uid: (!user.uid().is_empty()).then(|| user.uid().to_owned()),
        groups: Some(user.groups().to_vec()),
        extra: (!extra.is_empty()).then_some(extra),
        ..SubjectAccessReviewSpec::default()
    };
    match attributes {
        Attributes::Resource { verb, group, version, resource, subresource, namespace, name } => {
            spec.resource_attributes = Some(ResourceAttributes {
                verb: some(verb),
                group: some(group),
                version: some(version),
                resource: some(resource),
                subresource: some(subresource),
                namespace: some(namespace),
                name: some(name),
                ..ResourceAttributes::default()
            });
        }
        Attributes::Path { verb, path } => {
            spec.non_resource_attributes = Some(NonResourceAttributes { verb: some(verb), path: some(path) });
        }
    }
    spec
}

/// The words of k8s.io/apiserver `pkg/endpoints/handlers/responsewriters/errors.go`.
fn refusal(user: &User, attributes: &Attributes, reason: &str) -> Status {
    let who = user.name();
    let colon = if reason.is_empty() { "" } else { ": " };
    match attributes {
        Attributes::Path { verb, path } => {
            let message = format!("forbidden: User {who:?} cannot {verb} path {path:?}{colon}{reason}");
            Status::new(Reason::Forbidden, message)
        }
        Attributes::Resource { verb, group, resource, subresource, namespace, name, .. } => {
            let slash = if subresource.is_empty() { "" } else { "/" };
            let place = if namespace.is_empty() {
                "at the cluster scope".to_owned()
            } else {
                format!("in the namespace {namespace:?}")
            };
            let why = format!(
                "User {who:?} cannot {verb} resource \"{resource}{slash}{subresource}\" in API group {group:?} \
                 {place}{colon}{reason}"
            );
            Status::forbidden(Subject { group, resource }, name, &why)
        }
    }
}
