//! Why a render failed, printed in Helm's words.

use std::fmt;

use helmx_template::{Failure, Phase};

/// A render that failed: the error of the template, and how Helm shows it.
#[derive(Debug, Clone)]
pub struct Error {
    /// The file that was parsed or executed.
    file: String,
    cause: helmx_template::Error,
}

impl Error {
    pub(crate) fn new(file: &str, cause: helmx_template::Error) -> Self {
        Self { file: file.to_owned(), cause }
    }

    /// The file that was parsed or executed, by its full path in the chart.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The error of the template engine, with its position and causes.
    pub fn cause(&self) -> &helmx_template::Error {
        &self.cause
    }

    /// `parse error at (FILE:LINE): MESSAGE`. Helm shows the last part of the message only.
    fn parse_text(&self) -> String {
        let message = self.cause.failure().to_string();
        let message = message.rsplit(": ").next().unwrap_or_default();
        match self.cause.position() {
            Some((source, line, _)) => format!("parse error at ({source}:{line}): {message}"),
            None => format!("parse error in ({}): {message}", self.file),
        }
    }

    /// The positions from the outermost template to the failure, one below the other. Where a cause is no
    /// template error, Helm shows Go's single line instead.
    fn execution_text(&self) -> String {
        if let (Some(message), Some((source, line, column))) = (self.cause.abort(), self.cause.position()) {
            let column = column.unwrap_or_default();
            return format!("execution error at ({source}:{line}:{column}): {message}");
        }
        match trace(&self.cause) {
            Some(trace) => trace.trim().to_owned(),
            None => self.cause.to_string(),
        }
    }
}

/// One entry for each template error in the chain; `None` if something else is in it, or reads like none.
fn trace(error: &helmx_template::Error) -> Option<String> {
    let (mut out, mut error, mut last) = (String::new(), error, None);
    loop {
        let text = error.own_text();
        let entry = Entry::read(&text)?;
        // A template that includes itself is shown once.
        if last.as_ref() != Some(&text) {
            entry.write(&mut out);
        }
        last = Some(text);
        // Go's wrapper for a failed call has the text of the error around it, so it makes no entry of its own.
        error = match error.failure() {
            Failure::Template(inner) => inner,
            Failure::Wrapped { cause, .. } => match &**cause {
                Failure::Template(inner) => inner,
                Failure::Text(_) | Failure::Wrapped { .. } | Failure::Abort(_) => return None,
            },
            Failure::Text(_) | Failure::Abort(_) => return Some(out),
        };
    }
}

/// One error as Helm takes it apart (`parseTemplateExecErrorString` in its `engine.go`): by the words in its text, which
/// may stand in a message too.
struct Entry<'a> {
    location: &'a str,
    /// Name of the template and the failing expression.
    executing: Option<(&'a str, &'a str)>,
    message: &'a str,
}

impl<'a> Entry<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("template: ")?;
        if rest.starts_with("no template ") {
            return Some(Entry { location: "", executing: None, message: text });
        }
        Self::executing(rest).or_else(|| {
            let (location, message) = rest.rsplit_once(": ")?;
            Some(Entry { location, executing: None, message: up_to_cause(message) })
        })
    }

    /// `LOCATION: executing "TEMPLATE" at <NODE>: MESSAGE`
    fn executing(rest: &'a str) -> Option<Self> {
        let (location, rest) = rest.split_once(": executing ")?;
        let (template, rest) = rest.strip_prefix('"')?.split_once('"')?;
        let (node, message) = rest.strip_prefix(" at <")?.split_once(">: ")?;
        Some(Entry { location, executing: Some((template, node)), message: up_to_cause(message) })
    }

    fn write(&self, out: &mut String) {
        if !self.location.is_empty() {
            out.extend([self.location, "\n  "]);
        }
        if let Some((template, node)) = self.executing {
            out.extend(["executing \"", template, "\" at <", node, ">:\n    "]);
        }
        if !self.message.is_empty() {
            out.extend([self.message, "\n"]);
        }
    }
}

fn up_to_cause(message: &str) -> &str {
    message.split_once(" template:").map_or(message, |(own, _)| own)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self.cause.phase() {
            Phase::Parse => self.parse_text(),
            Phase::Execute => self.execution_text(),
        })
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}
