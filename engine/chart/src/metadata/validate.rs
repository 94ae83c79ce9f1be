//! The rules that metadata must meet before a chart is accepted, with Helm's texts.

use std::collections::HashSet;

use super::{Dependency, Metadata};
use crate::semver::Version;

/// A broken rule. `Display` is Helm's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidationError {
    #[error("validation: chart.metadata is required")]
    NoMetadata,
    #[error("validation: chart.metadata.{0} is required")]
    Required(&'static str),
    #[error("validation: chart.metadata.name {0:?} is not allowed")]
    NameNotAllowed(String),
    #[error("validation: chart.metadata.{0} {1:?} is invalid")]
    Invalid(&'static str, String),
    #[error("validation: chart.metadata.type must be application or library")]
    Type,
    #[error("validation: maintainers must not contain empty or null nodes")]
    NullMaintainer,
    #[error("validation: dependencies must not contain empty or null nodes")]
    NullDependency,
    #[error("validation: dependency {0:?} has disallowed characters in the alias")]
    Alias(String),
    #[error("validation: more than one dependency with name or alias {0:?}")]
    Duplicate(String),
}

impl ValidationError {
    /// Whether the index loader lets it pass (charts published before these rules existed).
    pub(crate) fn is_tolerated_in_index(&self) -> bool {
        matches!(self, ValidationError::Alias(_) | ValidationError::Duplicate(_))
    }
}

impl Metadata {
    /// Replaces white space by spaces and drops unprintable characters in all texts, then checks every rule.
    pub fn validate(&mut self) -> Result<(), ValidationError> {
        self.sanitize();
        for (field, value) in [("apiVersion", &self.api_version), ("name", &self.name)] {
            if value.is_empty() {
                return Err(ValidationError::Required(field));
            }
        }
        if self.name == "." || self.name == ".." {
            return Err(ValidationError::NameNotAllowed(self.name.clone()));
        }
        if self.name.contains('/') {
            return Err(ValidationError::Invalid("name", self.name.clone()));
        }
        if self.version.is_empty() {
            return Err(ValidationError::Required("version"));
        }
        if !is_version(&self.version) {
            return Err(ValidationError::Invalid("version", self.version.clone()));
        }
        if !matches!(self.kind.as_str(), "" | "application" | "library") {
            return Err(ValidationError::Type);
        }
        self.validate_dependencies()
    }

    fn validate_dependencies(&mut self) -> Result<(), ValidationError> {
        let mut names = HashSet::new();
        for dependency in self.dependencies.iter_mut().flatten() {
            dependency.sanitize();
            if !dependency.alias.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
                return Err(ValidationError::Alias(dependency.name.clone()));
            }
            if !names.insert(dependency.effective_name().to_owned()) {
                return Err(ValidationError::Duplicate(dependency.effective_name().to_owned()));
            }
        }
        Ok(())
    }

    fn sanitize(&mut self) {
        let texts = [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        texts.into_iter().chain(&mut self.sources).chain(&mut self.keywords).for_each(sanitize);
        for maintainer in &mut self.maintainers {
            [&mut maintainer.name, &mut maintainer.email, &mut maintainer.url].into_iter().for_each(sanitize);
        }
    }
}

impl Dependency {
    /// The alias, else the name.
    pub fn effective_name(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }

    fn sanitize(&mut self) {
        let texts = [&mut self.name, &mut self.version, &mut self.repository, &mut self.condition];
        texts.into_iter().chain(&mut self.tags).for_each(sanitize);
    }
}

/// A loose version, or nothing before a strict one's metadata that Go would refuse too.
fn is_version(text: &str) -> bool {
    Version::parse(text).is_ok()
}

/// White space becomes a space, control and format characters go.
fn sanitize(text: &mut String) {
    if text.chars().all(|character| character == ' ' || is_shown(character)) {
        return;
    }
    *text = text
        .chars()
        .filter_map(|character| match character {
            _ if character.is_whitespace() => Some(' '),
            _ if is_shown(character) => Some(character),
            _ => None,
        })
        .collect();
}

/// Go's `unicode.IsPrint` without the space, as far as general categories can be told by range.
fn is_shown(character: char) -> bool {
    !character.is_control()
        && !character.is_whitespace()
        && !matches!(character,
            '\u{AD}' | '\u{600}'..='\u{605}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{E000}'..='\u{F8FF}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{10FFFF}')
}
