//! What Helm logs about a chart on the way to its manifest.

use std::fmt::Display;

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub level: Level,
    pub message: String,
    /// Names and values, as Go's `slog` has them.
    pub attributes: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Also all that Helm gives to Go's older package `log`.
    Info,
    Warn,
}

impl Warning {
    pub fn info(message: impl Into<String>, attributes: &[(&'static str, &str)]) -> Self {
        Self::new(Level::Info, message.into(), attributes)
    }

    pub fn warn(message: &str, attributes: &[(&'static str, &str)]) -> Self {
        Self::new(Level::Warn, message.to_owned(), attributes)
    }

    /// A table is the default of something else.
    pub(crate) fn cannot_overwrite(path: &dyn Display, default: &str) -> Self {
        Self::info(format!("warning: cannot overwrite table with non table for {path} ({default})"), &[])
    }

    /// Something else is the default of a table.
    pub(crate) fn ignored(path: &dyn Display, default: &str) -> Self {
        Self::info(format!("warning: destination for {path} is a table. Ignoring non-table value ({default})"), &[])
    }

    fn new(level: Level, message: String, attributes: &[(&'static str, &str)]) -> Self {
        let attributes = attributes.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { level, message, attributes }
    }
}
