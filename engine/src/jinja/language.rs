//! The language of a chart's templates, as renders need it.

use helmx_chart::Metadata;
use helmx_chart::language::Language;
use helmx_template::{Error as TemplateError, Failure, Phase};

/// What tells the language of each template of a chart.
///
/// # Errors
/// The chart asks for another language, as an error of its `Chart.yaml`.
pub(crate) fn of_chart(metadata: &Metadata) -> Result<fn(&str) -> Language, TemplateError> {
    Language::of(metadata).map_err(|unknown| {
        TemplateError::foreign(Phase::Parse, None, String::new(), Failure::Text(unknown.to_string()))
    })
}

/// The path under which a Jinja file's text is known: its own, but notes are `NOTES.txt` whatever follows.
pub(crate) fn rendered_name(name: &str) -> &str {
    let product = Language::Jinja.product(name);
    if product.ends_with("/NOTES.txt") { product } else { name }
}
