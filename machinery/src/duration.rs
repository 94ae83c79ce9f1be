//! Durations as Go writes them, without a sign: Kubernetes uses them in parameters and specs.

use std::time::Duration;

/// Reads `7m33s`, `1.5s`, `300ms`, `0`; `None` for anything else, a sign included.
pub fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n7_durations_are_read_as_go_reads_them() {
        let cases = [
            ("32s", Some(32_000)),
            ("7m33s", Some(453_000)),
            ("1.5s", Some(1500)),
            ("300ms", Some(300)),
            ("0", Some(0)),
            ("1h30m", Some(5_400_000)),
            ("250us", Some(0)),
            ("5 m", None),
            ("", None),
            ("5", None),
            ("s", None),
            ("-1s", None),
            ("1x", None),
            ("1s2", None),
            ("1e999h", None),
            ("99999999999999999999h", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_duration(text).map(|duration| duration.as_millis()), expected, "{text}");
        }
    }
}
