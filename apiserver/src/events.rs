//! Events on releases: what `kubectl describe` shows below the object.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::api::{Api, PostParams};

use crate::requester::Own;

/// The core cuts messages at this length.
const MAX_MESSAGE: usize = 1024;

/// Whether an Event is good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Normal`.
    Normal,
    /// `Warning`.
    Warning,
}

/// A release, as Events refer to it.
#[derive(Clone, Debug)]
pub struct About {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
}

/// Writes Events; a failure is logged and costs nothing else.
#[derive(Clone)]
pub struct Events(Own);

impl Events {
    /// Events by the server itself.
    pub fn new(own: Own) -> Self {
        Self(own)
    }

    /// Writes one Event.
    pub async fn tell(&self, about: &About, kind: Kind, reason: &str, message: &str) {
        let now = Timestamp::now();
        let reference = ObjectReference {
            api_version: Some(helmx_api::API_VERSION.into()),
            kind: Some(helmx_api::release::KIND.into()),
            namespace: Some(about.namespace.clone()),
            name: Some(about.name.clone()),
            uid: Some(about.uid.clone()),
            ..ObjectReference::default()
        };
        let event = Event {
            metadata: ObjectMeta {
                name: Some(format!("{}.{:x}", about.name, now.as_nanosecond())),
                namespace: Some(about.namespace.clone()),
                ..ObjectMeta::default()
            },
            involved_object: reference,
            type_: Some(if kind == Kind::Normal { "Normal" } else { "Warning" }.into()),
            reason: Some(reason.into()),
            message: Some(cut(message)),
            source: Some(EventSource { component: Some("helmx-apiserver".into()), host: None }),
            first_timestamp: Some(Time(now)),
            last_timestamp: Some(Time(now)),
            count: Some(1),
            ..Event::default()
        };
        let events: Api<Event> = Api::namespaced(self.0.client().clone(), &about.namespace);
        if let Err(error) = events.create(&PostParams::default(), &event).await {
            tracing::warn!(%error, release = about.name, namespace = about.namespace, "cannot write an Event");
        }
    }
}

fn cut(message: &str) -> String {
    if message.len() <= MAX_MESSAGE {
        return message.to_owned();
    }
    let end = (0..=MAX_MESSAGE - 1).rev().find(|index| message.is_char_boundary(*index)).unwrap_or_default();
    message[..end].to_owned()
}
