//! Which rights a plan needs, and which of them are missing.

use std::collections::BTreeSet;

use helmx_machinery::{Attributes, Grant, Status};

use super::object::Target;

/// One right on one object or on all of a kind in a namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    group: String,
    resource: String,
    namespace: String,
    name: String,
    verb: &'static str,
    version: String,
}

/// The rights that a plan needs; equal ones are asked for once.
#[derive(Clone, Debug, Default)]
pub struct Needed(BTreeSet<Right>);

impl Needed {
    /// Applying an object: `patch`, and `create` for the case that it does not exist.
    pub fn apply(&mut self, target: &Target) {
        self.add(target, "patch", &target.name);
        // RBAC cannot restrict `create` by name: the core does not know the name when it authorizes.
        self.add(target, "create", "");
    }

    /// Deleting an object.
    pub fn delete(&mut self, target: &Target) {
        self.add(target, "delete", &target.name);
    }

    fn add(&mut self, target: &Target, verb: &'static str, name: &str) {
        self.0.insert(Right {
            group: target.resource.group.clone(),
            version: target.resource.version.clone(),
            resource: target.resource.plural.clone(),
            namespace: target.namespace.clone(),
            name: name.into(),
            verb,
        });
    }

    /// The rights among these that the requester lacks.
    ///
    /// # Errors
    /// When the core cannot be asked: then nothing may be done.
    pub async fn missing(&self, grant: &Grant) -> Result<Vec<Right>, Status> {
        use futures::stream::{StreamExt as _, TryStreamExt as _};
        let questions: Vec<_> = self
            .0
            .iter()
            .map(|right| async move {
                let allowed = grant.may(right.attributes()).await?;
                Ok::<_, Status>((!allowed).then(|| right.clone()))
            })
            .collect();
        let answers: Vec<_> = futures::stream::iter(questions).buffered(16).try_collect().await?;
        Ok(answers.into_iter().flatten().collect())
    }
}

impl Right {
    fn attributes(&self) -> Attributes {
        Attributes::Resource {
            verb: self.verb.into(),
            group: self.group.clone(),
            version: self.version.clone(),
            resource: self.resource.clone(),
            subresource: String::new(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }
}

/// `create clusterroles.rbac.authorization.k8s.io`, with name and namespace where there are any.
impl std::fmt::Display for Right {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(formatter, ".{}", self.group)?;
        }
        if !self.name.is_empty() {
            write!(formatter, " \"{}\"", self.name)?;
        }
        if self.namespace.is_empty() {
            formatter.write_str(" (cluster-wide)")
        } else {
            write!(formatter, " in namespace \"{}\"", self.namespace)
        }
    }
}

/// One sentence that names every missing right and the way out.
pub fn sentence(user: &str, missing: &[Right]) -> String {
    let rights: Vec<_> = missing.iter().map(ToString::to_string).collect();
    format!(
        "user \"{user}\" lacks {} that this needs: {}. Ask an administrator for them, or choose values that leave these objects out",
        if rights.len() == 1 { "a right".into() } else { format!("{} rights", rights.len()) },
        rights.join(", ")
    )
}
