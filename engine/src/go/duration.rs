//! `time.Duration`: nanoseconds that print like `1h30m0s`.

use std::any::Any;

use helmx_template::{IntKind, Kind, Method, Object, Value};

/// Nanoseconds.
pub(crate) struct Duration(pub(crate) i64);

const UNITS: &[(&str, i128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

impl Object for Duration {
    fn type_name(&self) -> &'static str {
        "time.Duration"
    }

    fn kind(&self) -> Kind {
        Kind::Int(IntKind::Int64)
    }

    fn methods(&self) -> &'static [Method] {
        METHODS
    }

    fn text(&self) -> Option<String> {
        Some(text(self.0))
    }

    fn plain(&self) -> Option<Value> {
        Some(Value::int64(self.0))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

const METHODS: &[Method] = &[
    Method::new("String", &[], |this, _| Ok(Value::from(text(nanoseconds(this))))),
    Method::new("Hours", &[], |this, _| Ok(Value::Float(nanoseconds(this) as f64 / 3.6e12))),
    Method::new("Minutes", &[], |this, _| Ok(Value::Float(nanoseconds(this) as f64 / 6e10))),
    Method::new("Seconds", &[], |this, _| Ok(Value::Float(seconds(nanoseconds(this))))),
    Method::new("Milliseconds", &[], |this, _| Ok(Value::int64(nanoseconds(this) / 1_000_000))),
    Method::new("Microseconds", &[], |this, _| Ok(Value::int64(nanoseconds(this) / 1_000))),
    Method::new("Nanoseconds", &[], |this, _| Ok(Value::int64(nanoseconds(this)))),
    Method::new("Abs", &[], |this, _| Ok(super::duration(nanoseconds(this).saturating_abs()))),
];

/// Whole seconds and the rest apart, as Go adds them up.
pub(crate) fn seconds(nanoseconds: i64) -> f64 {
    (nanoseconds / 1_000_000_000) as f64 + (nanoseconds % 1_000_000_000) as f64 / 1e9
}

fn nanoseconds(value: &Value) -> i64 {
    match value.plain() {
        Value::Int(_, nanoseconds) => nanoseconds,
        _ => 0,
    }
}

/// `Duration.String`: the largest units first, a fraction without zeros at its end.
pub(crate) fn text(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let magnitude = nanoseconds.unsigned_abs();
    if magnitude < 1_000_000_000 {
        let (unit, places) = match magnitude {
            0 => return "0s".to_owned(),
            1..1_000 => ("ns", 0),
            1_000..1_000_000 => ("µs", 3),
            _ => ("ms", 6),
        };
        return format!("{sign}{}{unit}", decimal(magnitude, places));
    }
    let minutes = magnitude / 60_000_000_000;
    let seconds = decimal(magnitude % 60_000_000_000, 9);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// The number with the point that many places from its end.
fn decimal(number: u64, places: u32) -> String {
    let scale = 10u64.pow(places);
    let fraction = format!("{:0width$}", number % scale, width = places as usize);
    let fraction = fraction.trim_end_matches('0');
    if places == 0 || fraction.is_empty() {
        (number / scale).to_string()
    } else {
        format!("{}.{fraction}", number / scale)
    }
}

/// `time.ParseDuration`: the nanoseconds of `1h15m30.918s`, `-1.5h`, `0`.
///
/// # Errors
/// Go's messages: `time: invalid duration "x"` and its kin.
pub fn parse_duration(source: &str) -> Result<i64, String> {
    let quoted = helmx_template::format::quoted(source.as_bytes());
    let invalid = || format!("time: invalid duration {quoted}");
    let (negative, mut rest) = match source.as_bytes().first() {
        Some(b'-') => (true, &source[1..]),
        Some(b'+') => (false, &source[1..]),
        _ => (false, source),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let whole = digits(rest);
        let mut fraction = "";
        let mut after = &rest[whole.len()..];
        if let Some(behind) = after.strip_prefix('.') {
            fraction = digits(behind);
            after = &behind[fraction.len()..];
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit = &after[..after.find(|rune: char| rune == '.' || rune.is_ascii_digit()).unwrap_or(after.len())];
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {quoted}"));
        }
        let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            let unit = helmx_template::format::quoted(unit.as_bytes());
            return Err(format!("time: unknown unit {unit} in duration {quoted}"));
        };
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let part = format!("0.{fraction}0").parse::<f64>().unwrap_or(0.0) * *scale as f64;
        total =
            whole.checked_mul(*scale).and_then(|value| value.checked_add(total)).ok_or_else(invalid)? + part as i128;
        if total > i128::from(i64::MAX) + i128::from(negative) {
            return Err(invalid());
        }
        rest = &after[unit.len()..];
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}

fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}
