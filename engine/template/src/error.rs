//! Errors with their position, kept structured until someone prints them.

use std::fmt;
use std::sync::Arc;

use crate::call::Failure;

/// Where a template failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The source is not a template.
    Parse,
    /// The template ran and failed.
    Execute,
}

/// A failure to parse or to execute a template. Prints as Go's text/template prints it.
#[derive(Debug, Clone)]
pub struct Error(Box<Repr>);

#[derive(Debug, Clone)]
struct Repr {
    phase: Phase,
    place: Option<Place>,
    failure: Failure,
}

/// Position of a failure. `column` is 0-based and in bytes, `line` is 1-based, as Go reports them.
#[derive(Debug, Clone)]
struct Place {
    /// Name under which the source was parsed.
    source: Arc<str>,
    line: usize,
    execution: Option<Execution>,
}

#[derive(Debug, Clone)]
struct Execution {
    column: usize,
    /// Name of the template that ran.
    template: Arc<str>,
    /// The failing expression, as Go prints the node.
    node: String,
}

impl Error {
    /// `template: SOURCE:LINE: MESSAGE`.
    pub(crate) fn parse(source: &Arc<str>, line: usize, message: impl Into<String>) -> Self {
        let place = Place { source: source.clone(), line, execution: None };
        Self(Box::new(Repr { phase: Phase::Parse, place: Some(place), failure: Failure::text(message) }))
    }

    /// `template: MESSAGE`, for failures that belong to no line.
    pub(crate) fn unplaced(message: impl Into<String>) -> Self {
        Self(Box::new(Repr { phase: Phase::Execute, place: None, failure: Failure::text(message) }))
    }

    /// `template: SOURCE:LINE:COLUMN: executing "TEMPLATE" at <NODE>: FAILURE`.
    pub(crate) fn execute(at: Position, template: &Arc<str>, node: String, failure: Failure) -> Self {
        let execution = Execution { column: at.column, template: template.clone(), node };
        let place = Place { source: at.source, line: at.line, execution: Some(execution) };
        Self(Box::new(Repr { phase: Phase::Execute, place: Some(place), failure }))
    }

    /// An error of a template in another language, which has its own parser and positions. `node` is the failing
    /// expression. Columns are for execution only, as in Go's messages.
    pub fn foreign(phase: Phase, place: Option<(&str, usize, usize)>, node: String, failure: Failure) -> Self {
        let place = place.map(|(source, line, column)| {
            let source: Arc<str> = source.into();
            let execution = match phase {
                Phase::Parse => None,
                Phase::Execute => Some(Execution { column, template: source.clone(), node }),
            };
            Place { source, line, execution }
        });
        Self(Box::new(Repr { phase, place, failure }))
    }

    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// Name of the source, line and (for execution) column.
    pub fn position(&self) -> Option<(&str, usize, Option<usize>)> {
        let place = self.0.place.as_ref()?;
        Some((&place.source, place.line, place.execution.as_ref().map(|execution| execution.column)))
    }

    /// Name of the executing template and the failing expression.
    pub fn executing(&self) -> Option<(&str, &str)> {
        let execution = self.0.place.as_ref()?.execution.as_ref()?;
        Some((&execution.template, &execution.node))
    }

    /// The message of a template that gave up on purpose, however deep inside.
    pub fn abort(&self) -> Option<&str> {
        let mut failure = &self.0.failure;
        loop {
            failure = match failure {
                Failure::Abort(message) => return Some(message),
                Failure::Wrapped { cause, .. } => cause,
                Failure::Template(error) => &error.0.failure,
                Failure::Text(_) => return None,
            };
        }
    }

    /// The text up to the word `template:` with which the text of a template error within begins, that word included.
    /// Errors can be nested thousands deep, so the texts of all of them as a whole would be quadratic.
    pub fn own_text(&self) -> String {
        let own = fmt::from_fn(|f| {
            self.write_place(f)?;
            match &self.0.failure {
                Failure::Template(_) => f.write_str("template:"),
                Failure::Wrapped { before, cause } if matches!(**cause, Failure::Template(_)) => {
                    write!(f, "{before}template:")
                }
                failure => write!(f, "{failure}"),
            }
        });
        own.to_string()
    }

    /// What failed there, without the position.
    pub fn failure(&self) -> &Failure {
        &self.0.failure
    }
}

/// Line and column of a node in its source.
#[derive(Debug, Clone)]
pub(crate) struct Position {
    pub(crate) source: Arc<str>,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Error {
    /// The error's own part, up to where its failure begins.
    fn write_place(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("template: ")?;
        let Some(place) = &self.0.place else { return Ok(()) };
        write!(f, "{}:{}", place.source, place.line)?;
        if let Some(execution) = &place.execution {
            write!(f, ":{}: executing ", execution.column)?;
            f.write_str(&crate::literal::quoted(execution.template.as_bytes()))?;
            write!(f, " at <{}>", execution.node)?;
        }
        f.write_str(": ")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_place(f)?;
        self.0.failure.fmt(f)
    }
}

/// Causes stand at the end of a message, and there can be thousands of them: no recursion.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut failure = self;
        loop {
            failure = match failure {
                Self::Text(text) | Self::Abort(text) => return f.write_str(text),
                Self::Wrapped { before, cause } => {
                    f.write_str(before)?;
                    cause
                }
                Self::Template(error) => {
                    error.write_place(f)?;
                    &error.0.failure
                }
            };
        }
    }
}

/// Frees a chain of causes one by one.
impl Drop for Error {
    fn drop(&mut self) {
        let empty = || Failure::Text(String::new());
        let mut failure = std::mem::replace(&mut self.0.failure, empty());
        loop {
            failure = match failure {
                Failure::Text(_) | Failure::Abort(_) => return,
                Failure::Wrapped { cause, .. } => *cause,
                Failure::Template(mut error) => std::mem::replace(&mut error.0.failure, empty()),
            };
        }
    }
}

impl std::error::Error for Error {}
