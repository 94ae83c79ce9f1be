//! Floats as text, as Go's `strconv.FormatFloat` writes them.

/// A float64 in the form `e`, `E`, `f`, `g`, `G`, `b`, `x` or `X`. No precision means the fewest digits that
/// read back as the same number.
pub fn format(value: f64, form: char, precision: Option<usize>) -> String {
    format_bits(value, form, precision, 64)
}

pub(super) fn format_bits(value: f64, form: char, precision: Option<usize>, bits: u32) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let magnitude = value.abs();
    let text = match form {
        'e' | 'E' => exponential(&Decimal::of(magnitude, precision.map(|digits| digits + 1), bits), precision, form),
        'g' | 'G' => general(magnitude, form, precision, bits),
        'b' => binary(magnitude, bits),
        'x' | 'X' => hexadecimal(magnitude, form, precision),
        _ => match (precision, bits) {
            (Some(precision), _) => {
                let exact = precision.min(EXACT);
                format!("{magnitude:.exact$}") + &"0".repeat(precision - exact)
            }
            (None, 32) => format!("{}", magnitude as f32),
            (None, _) => format!("{magnitude}"),
        },
    };
    format!("{sign}{text}")
}

/// More digits than a float has after its point; all others are zeros. Rust's own precision ends at 65,535 with a panic.
const EXACT: usize = 1100;

/// Digits without trailing zeros, and the place of the point: 0.DIGITS × 10^point.
struct Decimal {
    digits: String,
    point: i32,
}

impl Decimal {
    /// The shortest digits, or that many rounded ones.
    fn of(magnitude: f64, digits: Option<usize>, bits: u32) -> Self {
        if magnitude == 0.0 {
            return Self { digits: String::new(), point: 0 };
        }
        let text = match (digits, bits) {
            (Some(digits), _) => format!("{magnitude:.*e}", digits.clamp(1, EXACT) - 1),
            (None, 32) => format!("{:e}", magnitude as f32),
            (None, _) => format!("{magnitude:e}"),
        };
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = mantissa.replace('.', "").trim_end_matches('0').to_owned();
        Self { digits, point: exponent.parse::<i32>().unwrap_or(0) + 1 }
    }

    fn digit(&self, index: usize) -> char {
        self.digits.as_bytes().get(index).map_or('0', |&byte| char::from(byte))
    }
}

/// `d.ddde±dd`
fn exponential(decimal: &Decimal, precision: Option<usize>, form: char) -> String {
    let places = precision.unwrap_or(decimal.digits.len().max(1) - 1);
    let mut out = String::from(decimal.digit(0));
    if places > 0 {
        out.push('.');
        out.extend((1..=places).map(|index| decimal.digit(index)));
    }
    let exponent = if decimal.digits.is_empty() { 0 } else { decimal.point - 1 };
    let sign = if exponent < 0 { '-' } else { '+' };
    out + &format!("{form}{sign}{:02}", exponent.abs())
}

/// `%e` for small and large exponents, `%f` otherwise.
fn general(magnitude: f64, form: char, precision: Option<usize>, bits: u32) -> String {
    let precision = precision.map(|precision| precision.max(1));
    let decimal = Decimal::of(magnitude, precision, bits);
    let count = decimal.digits.len();
    let mut threshold = precision.unwrap_or(6) as i32;
    if precision.is_some() && threshold > count as i32 && count as i32 >= decimal.point {
        threshold = count as i32;
    }
    let exponent = decimal.point - 1;
    if !decimal.digits.is_empty() && (exponent < -4 || exponent >= threshold) {
        let exponent_form = if form == 'G' { 'E' } else { 'e' };
        return exponential(&decimal, Some(count - 1), exponent_form);
    }
    fixed(&decimal)
}

/// All digits of the decimal around its point.
fn fixed(decimal: &Decimal) -> String {
    let mut out = String::new();
    if decimal.point > 0 {
        out.extend((0..decimal.point as usize).map(|index| decimal.digit(index)));
    } else {
        out.push('0');
    }
    let places = (decimal.digits.len() as i32 - decimal.point).max(0);
    if places > 0 && !decimal.digits.is_empty() {
        out.push('.');
        for place in 0..places {
            let index = usize::try_from(decimal.point + place).ok();
            out.push(index.map_or('0', |index| decimal.digit(index)));
        }
    }
    out
}

/// Integer mantissa and exponent of a positive number.
fn parts(magnitude: f64, bits: u32) -> (u64, i32) {
    if bits == 32 {
        let raw = u64::from((magnitude as f32).to_bits());
        let (exponent, fraction) = ((raw >> 23) as i32, raw & ((1 << 23) - 1));
        return if exponent == 0 { (fraction, -149) } else { (fraction | 1 << 23, exponent - 150) };
    }
    let raw = magnitude.to_bits();
    let (exponent, fraction) = ((raw >> 52) as i32, raw & ((1 << 52) - 1));
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}

/// `mantissap±exponent`
fn binary(magnitude: f64, bits: u32) -> String {
    let (mantissa, exponent) = parts(magnitude, bits);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}p{sign}{}", exponent.abs())
}

/// `0x1.fp±dd`
fn hexadecimal(magnitude: f64, form: char, precision: Option<usize>) -> String {
    let (mut mantissa, mut exponent) = parts(magnitude, 64);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // The leading 1 stands at bit 60, so that there are 15 hexadecimal places behind it.
        let shift = mantissa.leading_zeros() as i32 - 3;
        mantissa <<= shift;
        exponent += 60 - shift;
    }
    if let Some(places) = precision.filter(|&places| places < 15) {
        let dropped = 60 - 4 * places as u32;
        let extra = mantissa & ((1 << dropped) - 1);
        mantissa >>= dropped;
        let half = 1u64 << (dropped - 1);
        if extra > half || extra == half && mantissa & 1 == 1 {
            mantissa += 1;
        }
        mantissa <<= dropped;
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let all = format!("{:015x}", mantissa & ((1 << 60) - 1));
    let places = match precision {
        Some(places) => {
            let known = all.get(..places).unwrap_or(&all);
            known.to_owned() + &"0".repeat(places - known.len())
        }
        None => all.trim_end_matches('0').to_owned(),
    };
    let point = if places.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    let text = format!("0x{}{point}{places}p{sign}{:02}", mantissa >> 60, exponent.abs());
    if form == 'X' { text.to_uppercase() } else { text }
}
