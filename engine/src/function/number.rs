//! Numbers: casts, integer and decimal arithmetic, rounding, sequences.

mod decimal;

use helmx_template::{Failure, List, ListType, Type, Value, format};

use super::argument::Arguments;
use super::convert::{to_float64, to_int64};
use super::text::text;
use super::{Answer, Entry, plain, variadic};
use decimal::Decimal;

const A: Type = Type::Any;
const I: Type = Type::Int;

pub(super) const TABLE: &[Entry] = &[
    plain("int", &[A], |args| Ok(Value::int(to_int64(args.any(0))))),
    plain("int64", &[A], |args| int64(to_int64(args.any(0)))),
    plain("float64", &[A], |args| Ok(Value::Float(to_float64(args.any(0))))),
    plain("toDecimal", &[A], to_decimal),
    plain("atoi", &[Type::String], |args| Ok(Value::int(atoi(&args.str(0))))),
    variadic("add", &[A], |args| int64(args.iter().map(to_int64).fold(0, i64::wrapping_add))),
    plain("add1", &[A], |args| int64(to_int64(args.any(0)).wrapping_add(1))),
    plain("sub", &[A, A], |args| int64(to_int64(args.any(0)).wrapping_sub(to_int64(args.any(1))))),
    plain("div", &[A, A], |args| divide(args, i64::wrapping_div)),
    plain("mod", &[A, A], |args| divide(args, i64::wrapping_rem)),
    variadic("mul", &[A, A], |args| int64(args.iter().map(to_int64).fold(1, i64::wrapping_mul))),
    variadic("addf", &[A], |args| decimals(Decimal::ZERO, args, Decimal::add)),
    plain("add1f", &[A], |args| decimals(Decimal::ONE, args, Decimal::add)),
    variadic("subf", &[A, A], |args| {
        decimals(Decimal::from_float(to_float64(args.any(0)))?, args.rest(1), Decimal::sub)
    }),
    variadic("divf", &[A, A], |args| {
        decimals(Decimal::from_float(to_float64(args.any(0)))?, args.rest(1), Decimal::div)
    }),
    variadic("mulf", &[A, A], |args| {
        decimals(Decimal::from_float(to_float64(args.any(0)))?, args.rest(1), Decimal::mul)
    }),
    variadic("max", &[A, A], |args| int64(args.iter().map(to_int64).max().unwrap_or(0))),
    variadic("biggest", &[A, A], |args| int64(args.iter().map(to_int64).max().unwrap_or(0))),
    variadic("min", &[A, A], |args| int64(args.iter().map(to_int64).min().unwrap_or(0))),
    variadic("maxf", &[A, A], |args| floats(args, maximum)),
    variadic("minf", &[A, A], |args| floats(args, minimum)),
    plain("floor", &[A], |args| Ok(Value::Float(to_float64(args.any(0)).floor()))),
    plain("ceil", &[A], |args| Ok(Value::Float(to_float64(args.any(0)).ceil()))),
    variadic("round", &[A, I, Type::Float64], round),
    plain("until", &[I], |args| ints(sequence(0, args.int(0), if args.int(0) < 0 { -1 } else { 1 })?)),
    plain("untilStep", &[I, I, I], |args| ints(sequence(args.int(0), args.int(1), args.int(2))?)),
    variadic("seq", &[I], seq),
];

fn int64(value: i64) -> Answer {
    Ok(Value::int64(value))
}

/// The digits of the printed value, read as octal.
fn to_decimal(args: &[Value]) -> Answer {
    int64(i64::from_str_radix(&format::verb_v(args.any(0)), 8).unwrap_or(0))
}

/// What is too large stops at the limit, as Go returns it beside the error.
fn atoi(text: &str) -> i64 {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })
}

fn divide(args: &[Value], operation: fn(i64, i64) -> i64) -> Answer {
    match to_int64(args.any(1)) {
        0 => Err(Failure::text("runtime error: integer divide by zero")),
        divisor => int64(operation(to_int64(args.any(0)), divisor)),
    }
}

/// Folds the arguments in decimal arithmetic, so that 1.1 + 2.2 is 3.3.
fn decimals(start: Decimal, args: &[Value], operation: fn(Decimal, Decimal) -> Result<Decimal, String>) -> Answer {
    let mut result = start;
    for arg in args {
        result = operation(result, Decimal::from_float(to_float64(arg))?)?;
    }
    Ok(Value::Float(result.to_float()))
}

fn floats(args: &[Value], choose: fn(f64, f64) -> f64) -> Answer {
    Ok(Value::Float(args.iter().map(to_float64).reduce(choose).unwrap_or(0.0)))
}

/// `math.Max`: NaN wins.
fn maximum(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() { f64::NAN } else { left.max(right) }
}

fn minimum(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() { f64::NAN } else { left.min(right) }
}

/// `round value places [on]`: up if the fraction is at least `on`, also for negative numbers.
fn round(args: &[Value]) -> Answer {
    let on = args.get(2).map_or(0.5, to_float64);
    let power = 10f64.powi(i32::try_from(args.int(1)).unwrap_or(i32::MAX));
    let digit = power * to_float64(args.any(0));
    let rounded = if digit.fract() >= on { digit.ceil() } else { digit.floor() };
    Ok(Value::Float(rounded / power))
}

/// Numbers that one sequence may have.
const LONGEST: i128 = 1_000_000;

/// From `start` up to but without `stop`.
fn sequence(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Failure> {
    let toward = if stop < start { step < 0 } else { step > 0 };
    if !toward {
        return Ok(Vec::new());
    }
    let distance = (i128::from(stop) - i128::from(start)).abs();
    let count = (distance + i128::from(step).abs() - 1) / i128::from(step).abs();
    if count > LONGEST {
        return Err(Failure::text(format!(
            "a sequence of {count} numbers is too long; at most {LONGEST} are possible"
        )));
    }
    Ok((0..count).filter_map(|index| i64::try_from(i128::from(start) + index * i128::from(step)).ok()).collect())
}

fn ints(numbers: Vec<i64>) -> Answer {
    Ok(Value::List(List::new(&ListType::INT, numbers.into_iter().map(Value::int).collect()).into()))
}

/// The shell's `seq`: last; first, last; or first, step, last. Includes the last number.
fn seq(args: &[Value]) -> Answer {
    let toward = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, end, step) = match args {
        [_] => (1, args.int(0), toward(1, args.int(0))),
        [_, _] => (args.int(0), args.int(1), toward(args.int(0), args.int(1))),
        [_, _, _] if args.int(2) < args.int(0) && args.int(1) > 0 => return text(b""),
        [_, _, _] => (args.int(0), args.int(2), args.int(1)),
        _ => return text(b""),
    };
    let numbers = sequence(start, end.saturating_add(toward(start, end)), step)?;
    text(numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" "))
}
