//! Helm's log lines on standard error: `level=WARN msg="this chart is deprecated"` (`log/slog`, text without time).

use std::sync::atomic::{AtomicBool, Ordering};

use helmx_chart::warning::{Level, Warning};
use helmx_template::format::quoted;

use crate::output;

/// Set once from the command line, before anything is logged.
static DEBUG: AtomicBool = AtomicBool::new(false);

/// Whether `--debug` is given.
pub fn is_debug() -> bool {
    DEBUG.load(Ordering::Relaxed)
}

/// Takes `--debug` into account from here on.
pub fn set_debug(debug: bool) {
    DEBUG.store(debug, Ordering::Relaxed);
}

/// Something that deserves attention.
pub fn warn(message: &str, attributes: &[(&str, &str)]) {
    output::error(&line("WARN", message, attributes));
}

/// Something that Helm says on the way.
pub fn info(message: &str) {
    output::error(&line("INFO", message, &[]));
}

/// What the engine has to say.
pub fn relay(warning: &Warning) {
    let level = match warning.level {
        Level::Info => "INFO",
        Level::Warn => "WARN",
    };
    let attributes: Vec<_> = warning.attributes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    output::error(&line(level, &warning.message, &attributes));
}

/// Something that failed; the command says so once more when it ends.
pub fn error(message: &str, attributes: &[(&str, &str)]) {
    output::error(&line("ERROR", message, attributes));
}

/// Something for `--debug`.
pub fn debug(message: &str, attributes: &[(&str, &str)]) {
    if is_debug() {
        output::error(&line("DEBUG", message, attributes));
    }
}

fn line(level: &str, message: &str, attributes: &[(&str, &str)]) -> String {
    let mut line = format!("level={level} msg={}", value(message));
    for (key, text) in attributes {
        line.push_str(&format!(" {key}={}", value(text)));
    }
    line
}

/// Quoted where Go's text handler quotes.
fn value(text: &str) -> String {
    let plain =
        |character: char| !character.is_whitespace() && !character.is_control() && !"\"=\u{fffd}".contains(character);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { quoted(text.as_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn quotes_as_slog_does() {
        let cases = [
            ("plain", "level=WARN msg=plain"),
            ("two words", "level=WARN msg=\"two words\""),
            ("", "level=WARN msg=\"\""),
            ("a=b", "level=WARN msg=\"a=b\""),
            ("a\"\n", "level=WARN msg=\"a\\\"\\n\""),
        ];
        for (message, wanted) in cases {
            assert_eq!(line("WARN", message, &[]), wanted);
        }
        assert_eq!(line("DEBUG", "Chart path", &[("path", "/a b")]), "level=DEBUG msg=\"Chart path\" path=\"/a b\"");
    }
}
