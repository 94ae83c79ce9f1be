//! The language of a chart's templates, as its `Chart.yaml` says.

use crate::metadata::Metadata;

/// The annotation of `Chart.yaml` by which a chart asks for Jinja.
const ANNOTATION: &str = "helmx.dev/templates";

/// Its only value.
const JINJA: &str = "jinja";

/// How Jinja files end.
const ENDINGS: [&str; 2] = [".j2", ".jinja"];

/// The language of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Go,
    Jinja,
}

/// The annotation has a value that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("chart {chart} has annotation {ANNOTATION}={value:?}, allowed is {JINJA:?}")]
pub struct UnknownLanguage {
    chart: String,
    value: String,
}

impl Language {
    /// What tells the language of each template of a chart by its name.
    ///
    /// # Errors
    /// The annotation has another value.
    pub fn of(metadata: &Metadata) -> Result<fn(&str) -> Self, UnknownLanguage> {
        match metadata.annotations.get(ANNOTATION).map(String::as_str) {
            None => Ok(|_| Self::Go),
            Some(JINJA) => Ok(|name| match ENDINGS.iter().any(|ending| name.ends_with(ending)) {
                true => Self::Jinja,
                false => Self::Go,
            }),
            Some(other) => Err(UnknownLanguage { chart: metadata.name.clone(), value: other.to_owned() }),
        }
    }

    /// A template's name without the ending that tells its language: what it makes ends like that.
    pub fn product(self, name: &str) -> &str {
        match self {
            Self::Go => name,
            Self::Jinja => ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name),
        }
    }
}
