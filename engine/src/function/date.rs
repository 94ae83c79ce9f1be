//! Dates and times by Go's layouts. "Local" is UTC: a server has no place.

use helmx_template::{Failure, Flow, IntKind, Run, Type, Value};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};

use super::argument::Arguments;
use super::convert::object;
use super::text::text;
use super::{Answer, Entry, Library, engine, plain};
use crate::go::{Time, format, parse, parse_duration};

const A: Type = Type::Any;
const S: Type = Type::String;
const TIME: Type = Type::Named("time.Time");

pub(super) const TABLE: &[Entry] = &[
    engine("now", &[], |library, _, _| Ok(Value::object(Time(now(library))).into())),
    engine("ago", &[A], ago),
    engine("date", &[S, A], |library, _, args| in_zone(library, &args.str(0), args.any(1), "Local")),
    engine("dateInZone", &[S, A, S], |library, _, args| in_zone(library, &args.str(0), args.any(1), &args.str(2))),
    engine("date_in_zone", &[S, A, S], |library, _, args| in_zone(library, &args.str(0), args.any(1), &args.str(2))),
    engine("htmlDate", &[A], |library, _, args| in_zone(library, HTML, args.any(0), "Local")),
    engine("htmlDateInZone", &[A, S], |library, _, args| in_zone(library, HTML, args.any(0), &args.str(1))),
    plain("dateModify", &[S, TIME], |args| Ok(modify(args).unwrap_or_else(|_| args.any(1).clone()))),
    plain("date_modify", &[S, TIME], |args| Ok(modify(args).unwrap_or_else(|_| args.any(1).clone()))),
    plain("mustDateModify", &[S, TIME], modify),
    plain("must_date_modify", &[S, TIME], modify),
    plain("toDate", &[S, S], |args| {
        Ok(parse(&args.str(0), &args.str(1)).map_or_else(|_| zero(), |time| Value::object(Time(time))))
    }),
    plain("mustToDate", &[S, S], |args| Ok(Value::object(Time(parse(&args.str(0), &args.str(1))?)))),
    plain("unixEpoch", &[TIME], |args| text(time(args.any(0))?.timestamp().as_second().to_string())),
    plain("duration", &[A], duration),
    engine("durationRound", &[A], duration_round),
];

const HTML: &str = "2006-01-02";

fn now(library: &Library<'_>) -> Zoned {
    library.host.now().to_zoned(TimeZone::UTC)
}

fn time(value: &Value) -> Result<&Zoned, Failure> {
    object::<Time>(value).map(|time| &time.0).ok_or_else(|| Failure::text("not a time"))
}

fn zero() -> Value {
    crate::go::time("0001-01-01T00:00:00Z").unwrap_or_default()
}

/// The moment that a value names: a time, or seconds since 1970. Anything else is now.
fn moment(library: &Library<'_>, value: &Value) -> Zoned {
    if let Some(time) = object::<Time>(value) {
        return time.0.clone();
    }
    match value {
        Value::Int(IntKind::Int | IntKind::Int64 | IntKind::Int32, seconds) => Timestamp::from_second(*seconds)
            .map_or_else(|_| now(library), |timestamp| timestamp.to_zoned(TimeZone::UTC)),
        _ => now(library),
    }
}

fn in_zone(library: &Library<'_>, layout: &str, value: &Value, zone: &str) -> Result<Flow, Failure> {
    let zone = match zone {
        "" | "UTC" | "Local" => TimeZone::UTC,
        name => TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC),
    };
    Ok(Value::from(format(&moment(library, value).with_time_zone(zone), layout)).into())
}

/// Time since then, to the second.
fn ago(library: &Library<'_>, _: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let then = match args.any(0) {
        Value::Int(IntKind::Int32, _) => now(library),
        value => moment(library, value),
    };
    let elapsed = library.host.now().as_nanosecond() - then.timestamp().as_nanosecond();
    let half = if elapsed < 0 { -500_000_000 } else { 500_000_000 };
    let seconds = (elapsed + half) / 1_000_000_000;
    let nanoseconds = i64::try_from(seconds * 1_000_000_000).unwrap_or(i64::MAX);
    Ok(Value::from(helmx_template::format::verb_v(&crate::go::duration(nanoseconds))).into())
}

fn modify(args: &[Value]) -> Answer {
    let nanoseconds = parse_duration(&args.str(0))?;
    Ok(Value::object(Time(crate::go::add(time(args.any(1))?, nanoseconds)?)))
}

/// Seconds as a duration's text; only texts and int64 count.
fn duration(args: &[Value]) -> Answer {
    let seconds = match args.any(0) {
        Value::String(_) => args.str(0).parse().unwrap_or(0),
        Value::Int(IntKind::Int64, seconds) => *seconds,
        _ => 0,
    };
    text(helmx_template::format::verb_v(&crate::go::duration(seconds.wrapping_mul(1_000_000_000))))
}

/// One unit only: `2h`, `3d`, `5mo`.
fn duration_round(library: &Library<'_>, _: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    const SECOND: u64 = 1_000_000_000;
    const DAY: u64 = 24 * 3600 * SECOND;
    const UNITS: &[(u64, &str)] =
        &[(365 * DAY, "y"), (30 * DAY, "mo"), (DAY, "d"), (3600 * SECOND, "h"), (60 * SECOND, "m"), (SECOND, "s")];
    let value = args.any(0);
    let nanoseconds = match (value, object::<Time>(value)) {
        (_, Some(time)) => {
            let elapsed = library.host.now().as_nanosecond() - time.0.timestamp().as_nanosecond();
            i64::try_from(elapsed).unwrap_or(i64::MAX)
        }
        (Value::String(_), None) => parse_duration(&args.str(0)).unwrap_or(0),
        (Value::Int(IntKind::Int64, nanoseconds), None) => *nanoseconds,
        (_, None) => 0,
    };
    let magnitude = nanoseconds.unsigned_abs();
    let unit = UNITS.iter().find(|(size, _)| magnitude > *size);
    Ok(Value::from(unit.map_or("0s".to_owned(), |(size, name)| format!("{}{name}", magnitude / size))).into())
}
