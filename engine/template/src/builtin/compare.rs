//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`.

use std::cmp::Ordering;

use super::Slot;
use crate::call::Failure;
use crate::format::with_verb;
use crate::value::{Kind, Value};

/// Go's "basic kinds": values of one class can be compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Bool,
    Complex,
    Float,
    Int,
    String,
    Uint,
    Other,
}

fn class(value: &Value) -> Class {
    match value.kind() {
        Kind::Bool => Class::Bool,
        Kind::Complex128 => Class::Complex,
        Kind::Float32 | Kind::Float64 => Class::Float,
        Kind::Int(_) => Class::Int,
        Kind::String => Class::String,
        Kind::Uint(_) => Class::Uint,
        Kind::Invalid | Kind::Slice | Kind::Map | Kind::Struct | Kind::Pointer => Class::Other,
    }
}

/// Whether the first argument equals any of the others.
pub(super) fn eq(arguments: &[Slot]) -> Result<bool, Failure> {
    let Some((first, rest)) = arguments.split_first() else { return Ok(false) };
    if rest.is_empty() {
        return Err(Failure::text("missing argument for comparison"));
    }
    for other in rest {
        if equal(&first.value, &other.value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(left: &Value, right: &Value) -> Result<bool, Failure> {
    let classes = (class(left), class(right));
    if let (Class::Other, Class::Other) = classes {
        return equal_other(left, right);
    }
    match order(left, right) {
        Some(order) => Ok(order == Some(Ordering::Equal)),
        None if left.is_nil() || right.is_nil() => Ok(false),
        None => Err(incompatible(left, right)),
    }
}

/// Two values of no basic kind: nils, maps, lists, structs.
fn equal_other(left: &Value, right: &Value) -> Result<bool, Failure> {
    let nils = (left.is_nil_inside(), right.is_nil_inside());
    if nils.0 || nils.1 {
        return Ok(nils.0 && nils.1);
    }
    if let (Value::Object(one), Value::Object(other)) = (left, right) {
        return Ok(one.type_name() == other.type_name() && with_verb(left, 'v') == with_verb(right, 'v'));
    }
    let (first, second) = (left.type_name(), right.type_name());
    // Types of one kind are told apart only once they are compared.
    if left.kind() != right.kind() {
        let (left, right) = (with_verb(left, 's'), with_verb(right, 'v'));
        return Err(Failure::text(format!("non-comparable types {left}: {first}, {second}: {right}")));
    }
    Err(Failure::text(format!("non-comparable type {}: {second}", with_verb(right, 's'))))
}

/// How two basic values compare: `None` if their kinds cannot be compared, `Some(None)` for NaN.
fn order(left: &Value, right: &Value) -> Option<Option<Ordering>> {
    Some(match (&left.plain(), &right.plain()) {
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Int(_, left), Value::Int(_, right)) => Some(left.cmp(right)),
        (Value::Uint(_, left), Value::Uint(_, right)) => Some(left.cmp(right)),
        (Value::Int(_, left), Value::Uint(_, right)) => Some(i128::from(*left).cmp(&i128::from(*right))),
        (Value::Uint(_, left), Value::Int(_, right)) => Some(i128::from(*left).cmp(&i128::from(*right))),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Complex(a, b), Value::Complex(c, d)) => (a == c && b == d).then_some(Ordering::Equal),
        (left, right) => float(left)?.partial_cmp(&float(right)?),
    })
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Float(float) => Some(*float),
        Value::Float32(float) => Some(f64::from(*float)),
        _ => None,
    }
}

pub(super) fn lt(arguments: &[Slot]) -> Result<bool, Failure> {
    let (left, right) = pair(arguments)?;
    Ok(ordered(left, right)? == Some(Ordering::Less))
}

pub(super) fn le(arguments: &[Slot]) -> Result<bool, Failure> {
    let (left, right) = pair(arguments)?;
    Ok(matches!(ordered(left, right)?, Some(Ordering::Less | Ordering::Equal)))
}

fn pair(arguments: &[Slot]) -> Result<(&Value, &Value), Failure> {
    match arguments {
        [left, right] => Ok((&left.value, &right.value)),
        _ => Err(Failure::text("missing argument for comparison")),
    }
}

fn ordered(left: &Value, right: &Value) -> Result<Option<Ordering>, Failure> {
    let (first, second) = (class(left), class(right));
    let unordered = first == second && matches!(first, Class::Bool | Class::Complex);
    if unordered || first == Class::Other || second == Class::Other {
        return Err(Failure::text("invalid type for comparison"));
    }
    order(left, right).ok_or_else(|| incompatible(left, right))
}

fn incompatible(left: &Value, right: &Value) -> Failure {
    let (left, right) = (left.type_name(), right.type_name());
    Failure::text(format!("incompatible types for comparison: {left} and {right}"))
}
