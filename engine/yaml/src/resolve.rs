//! Scalars to types: the implicit tags of YAML 1.1 as go-yaml v2 knows them.

use crate::Error;

pub(crate) const STRING: &str = "tag:yaml.org,2002:str";
pub(crate) const BINARY: &str = "tag:yaml.org,2002:binary";
const BOOL: &str = "tag:yaml.org,2002:bool";
const INT: &str = "tag:yaml.org,2002:int";
const FLOAT: &str = "tag:yaml.org,2002:float";
const NULL: &str = "tag:yaml.org,2002:null";
const TIMESTAMP: &str = "tag:yaml.org,2002:timestamp";

/// What a scalar means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer that only fits without a sign.
    Unsigned(u64),
    Float(f64),
    /// A date. Its value stays the text, but it must be quoted when written as a string.
    Timestamp,
    Text,
}

impl Resolved {
    fn tag(self) -> &'static str {
        match self {
            Resolved::Null => NULL,
            Resolved::Bool(_) => BOOL,
            Resolved::Int(_) | Resolved::Unsigned(_) => INT,
            Resolved::Float(_) => FLOAT,
            Resolved::Timestamp => TIMESTAMP,
            Resolved::Text => STRING,
        }
    }
}

/// The meaning of `text` under `tag` (empty: by its look).
///
/// # Errors
/// A text that is not of the type its tag claims.
pub(crate) fn resolve(tag: &str, text: &str) -> Result<Resolved, Error> {
    if !matches!(tag, "" | BOOL | INT | FLOAT | NULL | TIMESTAMP) {
        return Ok(Resolved::Text);
    }
    let found = by_look(tag, text);
    match found {
        _ if tag.is_empty() || tag == found.tag() => Ok(found),
        Resolved::Int(value) if tag == FLOAT => Ok(Resolved::Float(value as f64)),
        _ => Err(Error::yaml(format!("yaml: cannot decode {} `{text}` as a {}", short(found.tag()), short(tag)))),
    }
}

fn short(tag: &str) -> String {
    tag.strip_prefix("tag:yaml.org,2002:").map_or_else(|| tag.to_owned(), |name| format!("!!{name}"))
}

fn by_look(tag: &str, text: &str) -> Resolved {
    match text.as_bytes().first() {
        None => Resolved::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => word(text),
        Some(b'.') => match word(text) {
            Resolved::Text => float(text).map_or(Resolved::Text, Resolved::Float),
            special => special,
        },
        Some(b'+' | b'-' | b'0'..=b'9') => match word(text) {
            Resolved::Text => number(tag, text),
            special => special,
        },
        Some(_) => Resolved::Text,
    }
}

fn word(text: &str) -> Resolved {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Resolved::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Resolved::Bool(false),
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => Resolved::Text,
    }
}

fn number(tag: &str, text: &str) -> Resolved {
    if (tag.is_empty() || tag == TIMESTAMP) && is_timestamp(text) {
        return Resolved::Timestamp;
    }
    let plain = text.replace('_', "");
    if let Some(value) = integer(&plain) {
        return value;
    }
    float(&plain).map_or(Resolved::Text, Resolved::Float)
}

/// Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`: `0x`, `0o`, `0b` and a leading 0 set the base.
fn integer(text: &str) -> Option<Resolved> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("+", &text[1..]),
        _ => ("", text),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let signed = if sign == "-" { format!("-{digits}") } else { digits.to_owned() };
    if let Ok(value) = i64::from_str_radix(&signed, base) {
        return Some(Resolved::Int(value));
    }
    if !sign.is_empty() {
        return None;
    }
    u64::from_str_radix(digits, base).ok().map(Resolved::Unsigned)
}

/// `[-+]? ( \.[0-9]+ | [0-9]+ (\.[0-9]*)? ) ( [eE] [-+]? [0-9]+ )?`, if it fits a float.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    if !mantissa_fits || !exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)))
    {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// `2001-12-14`, `2001-12-14T21:59:43.1Z`, `2001-12-14 21:59:43`: the four layouts go-yaml tries.
fn is_timestamp(text: &str) -> bool {
    if !text.is_ascii() || text.as_bytes().get(4) != Some(&b'-') {
        return false;
    }
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let zoned = !text.contains(' ');
    year.len() == 4
        && year.bytes().all(|byte| byte.is_ascii_digit())
        && is_date(year, month, day)
        && time.is_none_or(|time| is_time(time, zoned))
}

fn within(text: &str, low: u32, high: u32) -> bool {
    matches!(text.len(), 1 | 2)
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse().is_ok_and(|number| (low..=high).contains(&number))
}

fn is_date(year: &str, month: &str, day: &str) -> bool {
    let year: u32 = year.parse().unwrap_or(0);
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month.trim_start_matches('0') {
        "2" if leap => 29,
        "2" => 28,
        "4" | "6" | "9" | "11" => 30,
        _ => 31,
    };
    within(month, 1, 12) && within(day, 1, days)
}

/// `15:4:5.999`, with `Z` or an offset such as `+01:00` if `zoned`.
fn is_time(time: &str, zoned: bool) -> bool {
    let clock = if !zoned {
        time
    } else if let Some(clock) = time.strip_suffix('Z') {
        clock
    } else {
        let Some(sign) = time.rfind(['+', '-']) else { return false };
        let (clock, offset) = time.split_at(sign);
        let Some((hours, minutes)) = offset[1..].split_once(':') else { return false };
        if hours.len() != 2 || minutes.len() != 2 || !within(hours, 0, 24) || !within(minutes, 0, 60) {
            return false;
        }
        clock
    };
    let mut parts = clock.split(':');
    let (Some(hour), Some(minute), Some(second), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (second, fraction) = second.split_once(['.', ',']).map_or((second, None), |(s, f)| (s, Some(f)));
    within(hour, 0, 23)
        && within(minute, 0, 59)
        && within(second, 0, 59)
        && fraction.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}
