//! Tables, JSON and YAML; escape characters from charts never reach the terminal.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Result;
use serde_json::Value;

use crate::args::Format;

/// Writes data to standard output. A reader that has gone is no failure.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Writes a line of data.
pub fn line(text: &str) {
    print(&format!("{text}\n"));
}

/// Writes a message to standard error.
pub fn error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", safe(text, true));
}

/// Prints text from a chart: on a terminal without control characters (CVE-2021-21303 and its kin).
pub fn foreign(text: &str) {
    print(&safe(text, std::io::stdout().is_terminal()));
}

/// Whether messages reach a person.
pub fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

fn safe(text: &str, terminal: bool) -> String {
    if !terminal {
        return text.to_owned();
    }
    let harmful = |character: char| character.is_control() && character != '\n' && character != '\t';
    text.chars().map(|character| if harmful(character) { '\u{fffd}' } else { character }).collect()
}

/// A table as Helm and kubectl print it: columns three spaces apart.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(ToString::to_string).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| safe(&cell.replace('\n', " "), true)).collect());
    }

    /// Prints it.
    pub fn print(&self) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width - cell.chars().count() + 3));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        print(&text);
    }
}

/// Prints a document as JSON or YAML; false for a table, which the caller prints.
///
/// # Errors
/// A document that cannot be written.
pub fn document(format: Format, value: &Value) -> Result<bool> {
    match format {
        Format::Table => return Ok(false),
        Format::Json => line(&serde_json::to_string(value)?),
        Format::Yaml => print(&yaml(value)?),
    }
    Ok(true)
}

/// A JSON value as YAML.
///
/// # Errors
/// A value that cannot be written.
pub fn yaml(value: &Value) -> Result<String> {
    let text = helmx_yaml::encode(&helmx_yaml::Data::from(value.clone()))?;
    Ok(if text.ends_with('\n') { text } else { format!("{text}\n") })
}

/// A text field of a JSON object, by pointer.
pub fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A time as Helm shows it (Go's `ANSIC`); what is no time stays as it is.
pub fn time(text: &str) -> String {
    text.parse::<jiff::Timestamp>()
        .map_or_else(|_| text.to_owned(), |time| time.strftime("%a %b %e %H:%M:%S %Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::{safe, time};

    #[test]
    fn times_look_as_in_helm() {
        assert_eq!(time("2026-11-04T15:59:33.295175636Z"), "Wed Nov  4 15:59:33 2026");
        assert_eq!(time("never"), "never");
    }

    #[test]
    fn a_chart_cannot_steer_the_terminal() {
        assert_eq!(safe("a\u{1b}[31mb\r\n\tc", true), "a\u{fffd}[31mb\u{fffd}\n\tc");
        assert_eq!(safe("a\u{1b}b", false), "a\u{1b}b");
    }
}
