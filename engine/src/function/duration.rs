//! Helm's durations (since 4.3): text, seconds or a duration in; numbers or a duration out.

use helmx_template::{Failure, Type, Value, format};

use super::argument::Arguments;
use super::convert::{object, parse_float};
use super::{Answer, Entry, plain};
use crate::go::{Duration, duration, parse_duration, seconds};

const A: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];

/// Errors read as zero, except with `mustToDuration`.
pub(super) const TABLE: &[Entry] = &[
    plain("mustToDuration", A, |args| Ok(duration(nanoseconds(args.any(0))?))),
    plain("durationSeconds", A, |args| float(args, Unit::Second)),
    plain("durationMinutes", A, |args| float(args, Unit::Minute)),
    plain("durationHours", A, |args| float(args, Unit::Hour)),
    plain("durationDays", A, |args| float(args, Unit::Day)),
    plain("durationWeeks", A, |args| float(args, Unit::Week)),
    plain("durationMilliseconds", A, |args| Ok(Value::int64(or_zero(args.any(0)) / 1_000_000))),
    plain("durationMicroseconds", A, |args| Ok(Value::int64(or_zero(args.any(0)) / 1_000))),
    plain("durationNanoseconds", A, |args| Ok(Value::int64(or_zero(args.any(0))))),
    plain("durationRoundTo", TWO, |args| to_multiple(args, round)),
    plain("durationTruncateTo", TWO, |args| to_multiple(args, |value, multiple| value - value % multiple)),
];

/// The largest whole number of seconds that fits a duration.
const LARGEST: i64 = 9_223_372_036;

fn or_zero(value: &Value) -> i64 {
    nanoseconds(value).unwrap_or(0)
}

#[derive(Clone, Copy)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
}

const HOUR: i64 = 3_600_000_000_000;

fn float(args: &[Value], unit: Unit) -> Answer {
    let nanoseconds = or_zero(args.any(0));
    // Go divides whole units and the rest apart, and days and weeks step by step out of hours.
    let split = |size: i64| (nanoseconds / size) as f64 + (nanoseconds % size) as f64 / size as f64;
    let value = match unit {
        Unit::Second => seconds(nanoseconds),
        Unit::Minute => split(60_000_000_000),
        Unit::Hour => split(HOUR),
        Unit::Day => split(HOUR) / 24.0,
        Unit::Week => split(HOUR) / 24.0 / 7.0,
    };
    Ok(Value::Float(value))
}

fn to_multiple(args: &[Value], operation: fn(i64, i64) -> i64) -> Answer {
    let value = or_zero(args.any(0));
    Ok(duration(match nanoseconds(args.any(1)) {
        Ok(multiple) if multiple > 0 => operation(value, multiple),
        _ => value,
    }))
}

/// Halves away from zero, as `Duration.Round`; what would not fit stays at the limit.
fn round(value: i64, multiple: i64) -> i64 {
    let rest = value % multiple;
    let down = value - rest;
    if i128::from(rest).abs() * 2 < i128::from(multiple) {
        return down;
    }
    down.saturating_add(multiple * value.signum())
}

/// A duration, a text (Go's syntax, or a number of seconds), or a number of seconds.
fn nanoseconds(value: &Value) -> Result<i64, Failure> {
    if let Some(duration) = object::<Duration>(value) {
        return Ok(duration.0);
    }
    match value {
        Value::Nil => Err(Failure::text("invalid duration")),
        Value::String(text) => parse_text(&String::from_utf8_lossy(text)),
        Value::Int(_, seconds) => whole(*seconds),
        Value::Uint(_, seconds) => match i64::try_from(*seconds) {
            Ok(seconds) => whole(seconds),
            Err(_) => Err(overflow(&seconds.to_string())),
        },
        Value::Float(seconds) => fraction(*seconds),
        Value::Float32(seconds) => fraction(f64::from(*seconds)),
        other => Err(Failure::text(format!("unsupported duration type {}", other.type_name()))),
    }
}

fn parse_text(text: &str) -> Result<i64, Failure> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Failure::text("empty duration"));
    }
    if let Ok(nanoseconds) = parse_duration(trimmed) {
        return Ok(nanoseconds);
    }
    match parse_float(trimmed) {
        Some(seconds) => fraction(seconds),
        None => Err(Failure::text(format!("could not parse duration {}", format::quoted(text.as_bytes())))),
    }
}

fn whole(seconds: i64) -> Result<i64, Failure> {
    if seconds.unsigned_abs() > LARGEST as u64 {
        return Err(overflow(&seconds.to_string()));
    }
    Ok(seconds * 1_000_000_000)
}

fn fraction(seconds: f64) -> Result<i64, Failure> {
    let shown = || format::float::format(seconds, 'g', None);
    if !seconds.is_finite() {
        return Err(Failure::text(format!("invalid duration seconds: {}", shown())));
    }
    if seconds.abs() > LARGEST as f64 {
        return Err(overflow(&shown()));
    }
    Ok((seconds * 1e9) as i64)
}

fn overflow(seconds: &str) -> Failure {
    Failure::text(format!("duration seconds overflow: {seconds}"))
}
