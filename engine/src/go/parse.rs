//! Reading times by a layout (`time.ParseInLocation`).

use helmx_chart::rfc3339::quoted;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};

use super::layout::{Element, MONTHS, OffsetForm, WEEKDAYS, next_element};

/// What has been read so far.
#[derive(Default)]
struct Fields {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
    year_day: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

/// Why a value does not fit its layout.
enum Problem {
    /// The value cannot be read as the element.
    Mismatch,
    /// The number is none of that element, such as month 13.
    OutOfRange(&'static str),
}

/// The time that `value` names in the layout; UTC where it names no zone.
///
/// # Errors
/// Go's messages, such as `parsing time "x" as "2006": cannot parse "x" as "2006"`.
pub(crate) fn parse(layout: &str, value: &str) -> Result<Zoned, String> {
    let mut fields = Fields::default();
    let (mut layout_rest, mut rest) = (layout, value);
    let mismatch = |rest: &str, element: &str| {
        let (value, layout) = (quoted(value), quoted(layout));
        format!("parsing time {value} as {layout}: cannot parse {} as {}", quoted(rest), quoted(element))
    };
    loop {
        let (before, element, text) = next_element(layout_rest)
            .map_or((layout_rest, None, ""), |(before, element, text)| (before, Some(element), text));
        let Some(after) = rest.strip_prefix(before) else { return Err(mismatch(rest, before)) };
        rest = after;
        let Some(element) = element else { break };
        layout_rest = &layout_rest[before.len() + text.len()..];
        let hold = rest;
        rest = match fields.read(element, rest, layout_rest) {
            Ok(after) => after,
            Err(Problem::Mismatch) => return Err(mismatch(hold, text)),
            Err(Problem::OutOfRange(what)) => {
                return Err(format!("parsing time {}: {what} out of range", quoted(value)));
            }
        };
    }
    if !rest.is_empty() {
        return Err(format!("parsing time {}: extra text: {}", quoted(value), quoted(rest)));
    }
    fields.build().map_err(|what| format!("parsing time {}: {what} out of range", quoted(value)))
}

impl Fields {
    /// Reads one element and returns what follows.
    fn read<'v>(&mut self, element: Element, rest: &'v str, layout: &str) -> Result<&'v str, Problem> {
        Ok(match element {
            Element::LongYear => {
                let digits = rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
                self.year = digits.and_then(|digits| digits.parse().ok()).ok_or(Problem::Mismatch)?;
                &rest[4..]
            }
            Element::Year => {
                let (year, after) = number(rest, Width::Two)?;
                self.year = (year + if year >= 69 { 1900 } else { 2000 }) as i16;
                after
            }
            Element::LongMonth | Element::ShortMonth => {
                let (index, after) = lookup(rest, MONTHS, element == Element::ShortMonth)?;
                self.month = Some(index as i8 + 1);
                after
            }
            Element::LongWeekday | Element::ShortWeekday => lookup(rest, WEEKDAYS, element == Element::ShortWeekday)?.1,
            Element::Month | Element::ZeroMonth => {
                let (month, after) = number(rest, Width::of(element == Element::ZeroMonth))?;
                self.month = Some(range(month, 1, 12, "month")?);
                after
            }
            Element::Day | Element::SpaceDay | Element::ZeroDay => {
                let rest = if element == Element::SpaceDay { rest.strip_prefix(' ').unwrap_or(rest) } else { rest };
                let (day, after) = number(rest, Width::of(element == Element::ZeroDay))?;
                self.day = Some(day as i8);
                after
            }
            Element::SpaceYearDay | Element::ZeroYearDay => {
                let digits = rest.get(..3).map(str::trim_start).ok_or(Problem::Mismatch)?;
                self.year_day = Some(digits.parse().map_err(|_| Problem::Mismatch)?);
                &rest[3..]
            }
            Element::Hour
            | Element::Hour12
            | Element::ZeroHour12
            | Element::Minute
            | Element::ZeroMinute
            | Element::Second
            | Element::ZeroSecond
            | Element::UpperPm
            | Element::LowerPm
            | Element::Fraction { .. } => return self.read_clock(element, rest, layout),
            Element::ZoneName => self.zone_name(rest)?,
            Element::Offset(form) => self.offset(rest, form)?,
        })
    }

    /// Elements of the time of day.
    fn read_clock<'v>(&mut self, element: Element, rest: &'v str, layout: &str) -> Result<&'v str, Problem> {
        Ok(match element {
            Element::Hour => {
                let (hour, after) = number(rest, Width::One)?;
                self.hour = range(hour, 0, 23, "hour")?;
                after
            }
            Element::Hour12 | Element::ZeroHour12 => {
                let (hour, after) = number(rest, Width::of(element == Element::ZeroHour12))?;
                self.hour = range(hour, 0, 12, "hour")?;
                after
            }
            Element::Minute | Element::ZeroMinute => {
                let (minute, after) = number(rest, Width::of(element == Element::ZeroMinute))?;
                self.minute = range(minute, 0, 59, "minute")?;
                after
            }
            Element::Second | Element::ZeroSecond => {
                let (second, after) = number(rest, Width::of(element == Element::ZeroSecond))?;
                self.second = range(second, 0, 59, "second")?;
                // A fraction may follow even where the layout has none.
                let fraction = matches!(next_element(layout), Some(("", Element::Fraction { .. }, _)));
                if fraction { after } else { self.optional_fraction(after) }
            }
            Element::UpperPm | Element::LowerPm => {
                let (am, pm) = if element == Element::UpperPm { ("AM", "PM") } else { ("am", "pm") };
                self.afternoon = Some(rest.starts_with(pm));
                rest.strip_prefix(am).or(rest.strip_prefix(pm)).ok_or(Problem::Mismatch)?
            }
            Element::Fraction { nines: true, .. } => self.optional_fraction(rest),
            Element::Fraction { digits, .. } => {
                let text = rest.get(1..=digits).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
                self.set_fraction(text.ok_or(Problem::Mismatch)?);
                &rest[1 + digits..]
            }
            // The caller reads the other elements.
            _ => rest,
        })
    }

    fn optional_fraction<'v>(&mut self, rest: &'v str) -> &'v str {
        let Some(digits) = rest.strip_prefix(['.', ',']) else { return rest };
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return rest;
        }
        self.set_fraction(&digits[..count]);
        &digits[count..]
    }

    fn set_fraction(&mut self, digits: &str) {
        self.nanosecond = format!("{digits:0<9}")[..9].parse().unwrap_or(0);
    }

    /// An abbreviation. Only UTC is known; any other counts as UTC under that name.
    fn zone_name<'v>(&mut self, rest: &'v str) -> Result<&'v str, Problem> {
        if let Some(after) = rest.strip_prefix("UTC") {
            return Ok(after);
        }
        let length = rest.bytes().take_while(u8::is_ascii_uppercase).count();
        if (3..=5).contains(&length) { Ok(&rest[length..]) } else { Err(Problem::Mismatch) }
    }

    fn offset<'v>(&mut self, rest: &'v str, form: OffsetForm) -> Result<&'v str, Problem> {
        let OffsetForm { z, colons, parts } = form;
        if let Some(after) = rest.strip_prefix('Z').filter(|_| z) {
            return Ok(after);
        }
        let sign = match rest.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(Problem::Mismatch),
        };
        let mut after = &rest[1..];
        let mut seconds = 0;
        for part in 0..parts {
            if part > 0 && colons {
                after = after.strip_prefix(':').ok_or(Problem::Mismatch)?;
            }
            let (value, next) = number(after, Width::Two)?;
            seconds += value * [3600, 60, 1][part.min(2)];
            after = next;
        }
        self.offset = Some(sign * seconds);
        Ok(after)
    }

    fn build(self) -> Result<Zoned, &'static str> {
        let hour = match (self.afternoon, self.hour) {
            (Some(true), hour) if hour < 12 => hour + 12,
            (Some(false), 12) => 0,
            (_, hour) => hour,
        };
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        let mut date =
            DateTime::new(self.year, month, day, hour, self.minute, self.second, self.nanosecond).map_err(|_| "day")?;
        if let Some(year_day) = self.year_day {
            let first = date.with().month(1).day(1).build().map_err(|_| "day")?;
            date = first.checked_add(i64::from(year_day - 1).days()).map_err(|_| "day-of-year")?;
        }
        let zone = match self.offset {
            Some(0) | None => TimeZone::UTC,
            Some(seconds) => TimeZone::fixed(jiff::tz::Offset::from_seconds(seconds).map_err(|_| "time zone offset")?),
        };
        date.to_zoned(zone).map_err(|_| "time")
    }
}

/// The number, if the element can have it.
fn range(number: i32, low: i32, high: i32, what: &'static str) -> Result<i8, Problem> {
    if (low..=high).contains(&number) { Ok(number as i8) } else { Err(Problem::OutOfRange(what)) }
}

/// Digits that a number takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    /// One or two.
    One,
    /// Exactly two.
    Two,
}

impl Width {
    fn of(zero_padded: bool) -> Self {
        if zero_padded { Self::Two } else { Self::One }
    }
}

fn number(rest: &str, width: Width) -> Result<(i32, &str), Problem> {
    let count = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
    if count == 0 || width == Width::Two && count < 2 {
        return Err(Problem::Mismatch);
    }
    Ok((rest[..count].parse().map_err(|_| Problem::Mismatch)?, &rest[count..]))
}

/// A name from the list, in any case, possibly cut to three letters.
fn lookup<'v>(rest: &'v str, names: &[&str], short: bool) -> Result<(usize, &'v str), Problem> {
    for (index, name) in names.iter().enumerate() {
        let name = if short { &name[..3] } else { name };
        if rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            return Ok((index, &rest[name.len()..]));
        }
    }
    Err(Problem::Mismatch)
}
