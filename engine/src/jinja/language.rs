//! Which of a chart's templates are Jinja files.

use helmx_chart::{Chart, Metadata};
use helmx_template::{Error as TemplateError, Failure, Phase};

/// The annotation of `Chart.yaml` by which a chart asks for Jinja.
const ANNOTATION: &str = "helmx.dev/templates";

/// Its only value.
const JINJA: &str = "jinja";

/// How Jinja files end.
const ENDINGS: [&str; 2] = [".j2", ".jinja"];

/// The language of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Go,
    Jinja,
}

impl Language {
    /// The languages of a chart's templates, as its `Chart.yaml` says.
    ///
    /// # Errors
    /// The annotation has another value.
    pub(crate) fn of(metadata: &Metadata) -> Result<fn(&str) -> Self, TemplateError> {
        match metadata.annotations.get(ANNOTATION).map(String::as_str) {
            None => Ok(|_| Self::Go),
            Some(JINJA) => Ok(|name| match ENDINGS.iter().any(|ending| name.ends_with(ending)) {
                true => Self::Jinja,
                false => Self::Go,
            }),
            Some(other) => {
                let name = &metadata.name;
                let message = format!("chart {name} has annotation {ANNOTATION}={other:?}, allowed is {JINJA:?}");
                Err(TemplateError::foreign(Phase::Parse, None, String::new(), Failure::Text(message)))
            }
        }
    }
}

/// The chart's templates that render as Jinja, by their path below the chart; sub-charts are left out.
pub fn jinja_files(chart: &Chart) -> Vec<String> {
    let Ok(language) = Language::of(&chart.metadata) else { return Vec::new() };
    let files = chart.templates.iter().filter(|file| language(&file.name) == Language::Jinja);
    files.map(|file| file.name.clone()).collect()
}

/// The path under which a Jinja file's text is known: its own, but notes are `NOTES.txt` whatever follows.
pub(crate) fn rendered_name(name: &str) -> &str {
    let notes = ENDINGS.iter().filter_map(|ending| name.strip_suffix(ending)).find(|rest| rest.ends_with("/NOTES.txt"));
    notes.unwrap_or(name)
}
