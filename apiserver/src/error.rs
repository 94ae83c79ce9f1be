//! What can fail between a request and the cluster, named by what failed.

use crate::apply::object::{Target, UnknownKind};

/// A failure of an operation; its text is what users read in status, Events and answers.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The core does not say what it serves.
    #[error("cannot ask the cluster which kinds it serves: {0}")]
    Discovery(#[source] Box<kube::Error>),
    /// A request for an object, made as the requester, failed.
    #[error("{action} {object}: {}", api_message(.cause))]
    Cluster {
        /// `cannot apply` and the like.
        action: &'static str,
        /// The object.
        object: String,
        /// The core's answer.
        cause: Box<kube::Error>,
    },
    /// A request for the server's own state failed.
    #[error("cannot {action}: {}", api_message(.cause))]
    Own {
        /// What the server wanted to do.
        action: String,
        /// The core's answer.
        cause: Box<kube::Error>,
    },
    /// Another field manager owns fields that the chart sets.
    #[error(
        "conflict occurred while applying {object}: {message}. Set spec.forceConflicts to take these fields over, or \
         leave them out of the values"
    )]
    Conflict {
        /// The object.
        object: String,
        /// Fields and managers, as the core names them.
        message: String,
    },
    /// Objects exist that the release does not own.
    #[error(
        "unable to continue with {verb}: {}. Delete or rename them, or set spec.takeOwnership to adopt them",
        .objections.join("; ")
    )]
    Adoption {
        /// `install` or `update`.
        verb: &'static str,
        /// One sentence an object.
        objections: Vec<String>,
    },
    /// Kinds that the cluster does not serve.
    #[error("{}\nensure CRDs are installed first", join_lines(.0))]
    UnknownKinds(Vec<UnknownKind>),
    /// The rendered manifest holds something that is no object.
    #[error("the manifest cannot be read: {0}")]
    Manifest(String),
    /// Objects that did not become ready.
    #[error("{0}")]
    NotReady(String),
    /// A hook failed.
    #[error("failed {event}: hook {path}: {cause}")]
    Hook {
        /// The event.
        event: &'static str,
        /// The template of the hook.
        path: String,
        /// Why.
        cause: Box<Error>,
    },
    /// Several failures, each with its object.
    #[error("{}", join_and(.0))]
    Several(Vec<Error>),
    /// The operation was stopped.
    #[error("{0}")]
    Stopped(String),
}

impl Error {
    pub(crate) fn discovery(cause: kube::Error) -> Self {
        Self::Discovery(Box::new(cause))
    }

    pub(crate) fn cluster(action: &'static str, target: &Target, cause: kube::Error) -> Self {
        Self::Cluster { action, object: target.to_string(), cause: Box::new(cause) }
    }

    pub(crate) fn own(action: impl Into<String>, cause: kube::Error) -> Self {
        Self::Own { action: action.into(), cause: Box::new(cause) }
    }

    pub(crate) fn manifest(reason: impl Into<String>) -> Self {
        Self::Manifest(reason.into())
    }

    /// One error out of many; none is success.
    pub(crate) fn join(mut errors: Vec<Self>) -> Result<(), Self> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Self::Several(errors)),
        }
    }

    /// Whether the core said 403 to the requester.
    pub(crate) fn is_forbidden(&self) -> bool {
        matches!(self, Self::Cluster { cause, .. } if matches!(cause.as_ref(), kube::Error::Api(status) if status.code == 403))
    }
}

fn join_lines(unknown: &[UnknownKind]) -> String {
    unknown.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn join_and(errors: &[Error]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join(" && ")
}

/// The core's own sentence where it gave one.
fn api_message(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    }
}
