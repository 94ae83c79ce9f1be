//! Points in time as records hold them: RFC 3339 with nanoseconds and the writer's own offset.

use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// Go's zero time, which stands for none.
pub(super) const ZERO: &str = "0001-01-01T00:00:00Z";

/// A time that keeps the offset it was written with, so that a record reads and writes back unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time {
    text: String,
    timestamp: Timestamp,
}

impl Time {
    /// `None` for the empty text, Go's zero time, and what is no time.
    pub fn parse(text: &str) -> Option<Time> {
        if text.is_empty() || text == ZERO {
            return None;
        }
        Some(Time { text: text.to_owned(), timestamp: text.parse().ok()? })
    }

    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }
}

/// In UTC, as few digits of the second as needed.
impl From<Timestamp> for Time {
    fn from(timestamp: Timestamp) -> Time {
        Time { text: timestamp.to_string(), timestamp }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
