//! Errors on their way through minijinja, and as errors of the render.

use std::error::Error as _;
use std::fmt;

use helmx_template::{Error as TemplateError, Failure, Phase};
use minijinja::{Error, ErrorKind};

use super::file::Files;

/// A failure of the engine inside an error of minijinja.
#[derive(Debug)]
struct Carried(Failure);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Carried {}

pub(super) fn carry(failure: Failure) -> Error {
    Error::new(ErrorKind::InvalidOperation, failure.to_string()).with_source(Carried(failure))
}

/// What happened, without the position.
pub(super) fn message(error: &Error) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::SyntaxError | ErrorKind::InvalidOperation, Some(detail)) => detail.to_owned(),
        (ErrorKind::UndefinedError, Some(detail)) => detail.to_owned(),
        (kind, Some(detail)) => format!("{kind}, {detail}"),
        (kind, None) => kind.to_string(),
    }
}

/// The expression that is shown with an error, in characters.
const SHOWN: usize = 60;

/// Errors that are followed down their causes; includes and macros nest less.
const CAUSES: usize = 1000;

/// The error as one of the render: positions from the outermost file to the failure.
pub(super) fn located(error: &Error, files: &Files, fuel: u64) -> TemplateError {
    let chain: Vec<&Error> = std::iter::successors(Some(error), cause).take(CAUSES).collect();
    let mut outer: Option<TemplateError> = None;
    for error in chain.into_iter().rev() {
        let failure = match outer.take() {
            Some(inner) => Failure::Template(inner).wrap(format!("{}: ", message(error))),
            None => innermost(error, fuel),
        };
        outer = Some(place(error, files, failure));
    }
    outer.unwrap_or_else(|| place(error, files, Failure::text(message(error))))
}

fn cause<'e>(error: &&'e Error) -> Option<&'e Error> {
    // The reference is an error too, whose source lives no longer than the borrow.
    let error: &'e Error = error;
    error.source().and_then(|source| source.downcast_ref())
}

fn innermost(error: &Error, fuel: u64) -> Failure {
    if let Some(Carried(failure)) = error.source().and_then(|source| source.downcast_ref()) {
        return failure.clone();
    }
    match error.kind() {
        ErrorKind::OutOfFuel => {
            Failure::text(format!("the file took more than {fuel} steps; simplify the template or raise the limit"))
        }
        _ => Failure::text(message(error)),
    }
}

fn place(error: &Error, files: &Files, failure: Failure) -> TemplateError {
    let phase = match error.kind() {
        ErrorKind::SyntaxError => Phase::Parse,
        _ => Phase::Execute,
    };
    let Some(file) = error.name().and_then(|name| files.find(name)) else {
        return TemplateError::foreign(phase, None, String::new(), failure);
    };
    let range = error.range().map(|range| file.source.original(range.start)..file.source.original(range.end));
    let (line, column) = match &range {
        Some(range) => position(file.text, range.start),
        None => (error.line().unwrap_or(1), 0),
    };
    let mut node = shown(range.and_then(|range| file.text.get(range)).unwrap_or_default());
    if node.is_empty() {
        node = shown(file.text.lines().nth(line.saturating_sub(1)).unwrap_or_default());
    }
    TemplateError::foreign(phase, Some((file.name, line, column)), node, failure)
}

/// Line from 1 and column from 0, in bytes, as in Go's messages.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let line = 1 + memchr::memchr_iter(b'\n', before).count();
    let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    (line, column)
}

/// One line of an expression.
fn shown(expression: &str) -> String {
    let line = expression.lines().next().unwrap_or_default().trim();
    if line.chars().count() <= SHOWN && line.len() == expression.trim().len() {
        return line.to_owned();
    }
    let short: String = line.chars().take(SHOWN).collect();
    format!("{short}...")
}
