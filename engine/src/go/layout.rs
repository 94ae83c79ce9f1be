//! Go's time layouts: `2006-01-02T15:04:05Z07:00`.

use jiff::Zoned;

pub(super) const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const WEEKDAYS: &[&str] = &["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// One element of a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    LongMonth,
    ShortMonth,
    Month,
    ZeroMonth,
    LongWeekday,
    ShortWeekday,
    Day,
    SpaceDay,
    ZeroDay,
    SpaceYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    Offset(OffsetForm),
    /// Digits behind the second; nines drop zeros at the end.
    Fraction {
        separator: char,
        digits: usize,
        nines: bool,
    },
}

/// Distance from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OffsetForm {
    /// No distance is written as `Z`.
    pub(super) z: bool,
    pub(super) colons: bool,
    /// Hours, minutes, seconds.
    pub(super) parts: usize,
}

/// Elements that are plain words. Longer ones come first.
const WORDS: &[(&str, Element)] = &[
    ("January", Element::LongMonth),
    ("Monday", Element::LongWeekday),
    ("MST", Element::ZoneName),
    ("2006", Element::LongYear),
    ("002", Element::ZeroYearDay),
    ("__2", Element::SpaceYearDay),
    ("01", Element::ZeroMonth),
    ("02", Element::ZeroDay),
    ("03", Element::ZeroHour12),
    ("04", Element::ZeroMinute),
    ("05", Element::ZeroSecond),
    ("06", Element::Year),
    ("15", Element::Hour),
    ("_2", Element::SpaceDay),
    ("PM", Element::UpperPm),
    ("pm", Element::LowerPm),
    ("1", Element::Month),
    ("2", Element::Day),
    ("3", Element::Hour12),
    ("4", Element::Minute),
    ("5", Element::Second),
];

/// The first element of the layout: the text before it, the element and its text.
pub(super) fn next_element(layout: &str) -> Option<(&str, Element, &str)> {
    layout.char_indices().find_map(|(at, _)| {
        let rest = &layout[at..];
        element_at(rest).map(|(element, length)| (&layout[..at], element, &rest[..length]))
    })
}

fn element_at(rest: &str) -> Option<(Element, usize)> {
    // `_2006` is an underscore and a year.
    if rest.starts_with("_2006") {
        return None;
    }
    for (short, element) in [("Jan", Element::ShortMonth), ("Mon", Element::ShortWeekday)] {
        let lower = rest.as_bytes().get(3).is_some_and(u8::is_ascii_lowercase);
        if rest.starts_with(short) && !lower {
            return Some((element, 3));
        }
    }
    if let Some((word, element)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
        return Some((*element, word.len()));
    }
    offset_at(rest).or_else(|| fraction_at(rest))
}

fn offset_at(rest: &str) -> Option<(Element, usize)> {
    let z = rest.starts_with('Z');
    if !z && !rest.starts_with('-') {
        return None;
    }
    let forms = [("070000", false, 3), ("07:00:00", true, 3), ("0700", false, 2), ("07:00", true, 2), ("07", false, 1)];
    let (form, colons, parts) = forms.into_iter().find(|(form, ..)| rest[1..].starts_with(form))?;
    Some((Element::Offset(OffsetForm { z, colons, parts }), 1 + form.len()))
}

fn fraction_at(rest: &str) -> Option<(Element, usize)> {
    let separator = rest.chars().next().filter(|rune| matches!(rune, '.' | ','))?;
    let digit = *rest.as_bytes().get(1)?;
    if !matches!(digit, b'0' | b'9') {
        return None;
    }
    let digits = rest.bytes().skip(1).take_while(|&byte| byte == digit).count();
    let follows = rest.as_bytes().get(1 + digits).is_some_and(u8::is_ascii_digit);
    (!follows).then_some((Element::Fraction { separator, digits, nines: digit == b'9' }, 1 + digits))
}

/// The time in the layout (`Time.Format`).
pub(crate) fn format(time: &Zoned, layout: &str) -> String {
    let mut out = String::with_capacity(layout.len() + 8);
    let mut rest = layout;
    while let Some((before, element, text)) = next_element(rest) {
        out.push_str(before);
        push(&mut out, time, element);
        rest = &rest[before.len() + text.len()..];
    }
    out + rest
}

fn push(out: &mut String, time: &Zoned, element: Element) {
    let name = |names: &[&'static str], index: i8| *names.get(usize::try_from(index).unwrap_or(0)).unwrap_or(&"");
    let hour12 = if time.hour() % 12 == 0 { 12 } else { time.hour() % 12 };
    out.push_str(&match element {
        Element::LongMonth => name(MONTHS, time.month() - 1).to_owned(),
        Element::ShortMonth => name(MONTHS, time.month() - 1)[..3].to_owned(),
        Element::Month => time.month().to_string(),
        Element::ZeroMonth => format!("{:02}", time.month()),
        Element::LongWeekday => name(WEEKDAYS, time.weekday().to_sunday_zero_offset()).to_owned(),
        Element::ShortWeekday => name(WEEKDAYS, time.weekday().to_sunday_zero_offset())[..3].to_owned(),
        Element::Day => time.day().to_string(),
        Element::SpaceDay => format!("{:2}", time.day()),
        Element::ZeroDay => format!("{:02}", time.day()),
        Element::SpaceYearDay => format!("{:3}", time.day_of_year()),
        Element::ZeroYearDay => format!("{:03}", time.day_of_year()),
        Element::Hour => format!("{:02}", time.hour()),
        Element::Hour12 => hour12.to_string(),
        Element::ZeroHour12 => format!("{hour12:02}"),
        Element::Minute => time.minute().to_string(),
        Element::ZeroMinute => format!("{:02}", time.minute()),
        Element::Second => time.second().to_string(),
        Element::ZeroSecond => format!("{:02}", time.second()),
        Element::LongYear => format!("{:04}", time.year()),
        Element::Year => format!("{:02}", time.year().rem_euclid(100)),
        Element::UpperPm => if time.hour() >= 12 { "PM" } else { "AM" }.to_owned(),
        Element::LowerPm => if time.hour() >= 12 { "pm" } else { "am" }.to_owned(),
        Element::ZoneName => zone_name(time),
        Element::Offset(form) => offset(time, form),
        Element::Fraction { separator, digits, nines } => fraction(time, separator, digits, nines),
    });
}

/// The zone's abbreviation, or its distance from UTC if it has none.
fn zone_name(time: &Zoned) -> String {
    let info = time.time_zone().to_offset_info(time.timestamp());
    let name = info.abbreviation();
    if name.starts_with(|rune: char| rune.is_ascii_alphabetic()) {
        return name.to_owned();
    }
    let seconds = time.offset().seconds();
    let parts = if seconds % 3600 == 0 { 1 } else { 2 };
    // Names without letters print as numbers, such as -03.
    let parts = if time.time_zone().iana_name().is_some() { parts } else { 2 };
    offset(time, OffsetForm { z: false, colons: false, parts })
}

fn offset(time: &Zoned, OffsetForm { z, colons, parts }: OffsetForm) -> String {
    let seconds = time.offset().seconds();
    if z && seconds == 0 {
        return "Z".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let magnitude = seconds.abs();
    let all = [magnitude / 3600, magnitude / 60 % 60, magnitude % 60].map(|part| format!("{part:02}"));
    format!("{sign}{}", all[..parts].join(if colons { ":" } else { "" }))
}

fn fraction(time: &Zoned, separator: char, digits: usize, nines: bool) -> String {
    let all = format!("{:09}", time.subsec_nanosecond());
    let mut shown = all.get(..digits).unwrap_or(&all);
    if nines {
        shown = shown.trim_end_matches('0');
        if shown.is_empty() {
            return String::new();
        }
    }
    format!("{separator}{shown}")
}
