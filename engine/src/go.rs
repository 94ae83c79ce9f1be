//! Go's `time.Time` and `time.Duration` as template values.

mod duration;
mod layout;
mod parse;
mod time;

use helmx_template::Value;
use jiff::{Timestamp, Zoned};

pub use duration::parse_duration;
pub(crate) use duration::{Duration, seconds};
pub(crate) use layout::format;
pub(crate) use parse::parse;
pub(crate) use time::{Time, add};

/// A `time.Duration` of that many nanoseconds.
pub fn duration(nanoseconds: i64) -> Value {
    Value::object(Duration(nanoseconds))
}

/// A `time.Time` from RFC 3339 text, in the zone that the text names.
pub fn time(text: &str) -> Option<Value> {
    let timestamp: Timestamp = text.parse().ok()?;
    let offset = match text.len().checked_sub(6).map(|at| text.split_at(at)) {
        Some((_, offset)) if offset.starts_with(['+', '-']) => offset,
        _ => "+00:00",
    };
    let hours: i32 = offset.get(1..3)?.parse().ok()?;
    let minutes: i32 = offset.get(4..6)?.parse().ok()?;
    let seconds = (hours * 3600 + minutes * 60) * if offset.starts_with('-') { -1 } else { 1 };
    Some(Value::object(Time(at_offset(timestamp, seconds)?)))
}

/// The moment in a zone with that distance from UTC.
fn at_offset(timestamp: Timestamp, seconds: i32) -> Option<Zoned> {
    if seconds == 0 {
        return Some(timestamp.to_zoned(jiff::tz::TimeZone::UTC));
    }
    let offset = jiff::tz::Offset::from_seconds(seconds).ok()?;
    Some(timestamp.to_zoned(jiff::tz::TimeZone::fixed(offset)))
}
