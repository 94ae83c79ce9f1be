//! The text `helm template` prints.

use super::assemble::append;
use super::{Hook, HookEvent, split};
use crate::glob::path_match;

/// What to print of a rendered release.
#[derive(Clone, Debug, Default)]
pub struct TemplateOutput {
    pub no_hooks: bool,
    pub skip_tests: bool,
    /// `--show-only` patterns; empty shows everything.
    pub show_only: Vec<String>,
}

/// A `--show-only` pattern that fits no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not find template {0} in chart")]
pub struct TemplateNotFound(pub String);

/// `manifest` and `hooks` as `helm template` writes them to standard output.
pub fn template_output(manifest: String, hooks: &[Hook], options: &TemplateOutput) -> Result<String, TemplateNotFound> {
    // Changed in place: large releases are megabytes.
    let mut output = manifest;
    output.truncate(output.trim_end().len());
    output.drain(..output.len() - output.trim_start().len());
    output.push('\n');
    let hidden = |hook: &Hook| options.no_hooks || (options.skip_tests && hook.events.contains(&HookEvent::Test));
    for hook in hooks.iter().filter(|hook| !hidden(hook)) {
        append(&mut output, &hook.path, &hook.manifest);
    }
    if options.show_only.is_empty() { Ok(output) } else { show_only(&output, &options.show_only) }
}

/// The documents whose source below the chart fits a pattern: in the order of the patterns, then of the output.
fn show_only(output: &str, patterns: &[String]) -> Result<String, TemplateNotFound> {
    let documents = split(output);
    let mut shown = String::new();
    for pattern in patterns {
        let before = shown.len();
        for document in &documents {
            let Some(source) = source(document) else { continue };
            if path_match(pattern, source).unwrap_or(false) {
                shown.push_str(&format!("---\n{document}\n"));
            }
        }
        if shown.len() == before {
            return Err(TemplateNotFound(pattern.clone()));
        }
    }
    Ok(shown)
}

/// The path behind `# Source: <chart>/`.
fn source(document: &str) -> Option<&str> {
    document.lines().find_map(|line| {
        let (_, path) = line.split_once("# Source: ")?;
        let (chart, rest) = path.split_once('/')?;
        (!chart.is_empty() && !rest.is_empty()).then_some(rest)
    })
}
