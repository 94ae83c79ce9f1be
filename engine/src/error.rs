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
        let whole = self.cause.to_string();
        if whole.contains('\n') {
            return whole;
        }
        match trace(&self.cause) {
            Some(trace) => trace.trim().to_owned(),
            None => whole,
        }
    }
}

/// One entry for each template error in the chain; `None` if something else is in it.
fn trace(error: &helmx_template::Error) -> Option<String> {
    let mut out = String::new();
    let mut error = error;
    loop {
        match (error.position(), error.executing()) {
            (Some((source, line, Some(column))), Some((template, node))) => {
                let message = match error.failure() {
                    Failure::Wrapped { before, cause } if matches!(**cause, Failure::Template(_)) => before.clone(),
                    failure => failure.to_string(),
                };
                let message = message.trim_end();
                out.push_str(&format!(
                    "{source}:{line}:{column}\n  executing {template:?} at <{node}>:\n    {message}\n"
                ));
            }
            _ => out.push_str(&format!("{error}\n")),
        }
        let mut failure = error.failure();
        // Go's wrapper for a failed call has the text of the error around it, so it makes no entry of its own.
        if let Failure::Wrapped { cause, .. } = failure {
            failure = cause;
            match failure {
                Failure::Template(_) => {}
                Failure::Text(_) | Failure::Wrapped { .. } | Failure::Abort(_) => return None,
            }
        }
        match failure {
            Failure::Template(inner) => error = inner,
            Failure::Text(_) | Failure::Wrapped { .. } | Failure::Abort(_) => return Some(out),
        }
    }
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
