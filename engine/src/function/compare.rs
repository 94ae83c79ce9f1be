//! `reflect.DeepEqual`.

use std::rc::Rc;

use helmx_template::Value;

use super::argument::Walk;

/// Equal in type and content: `1` and `1.0` are not, nor are `[]string` and `[]interface {}`.
pub(super) fn deep_equal(left: &Value, right: &Value) -> bool {
    equal(left, right, &mut Walk::new())
}

/// Values that are too deep or too many to compare count as different.
fn equal(left: &Value, right: &Value, walk: &mut Walk) -> bool {
    if walk.down().is_none() {
        return false;
    }
    let same = equal_node(left, right, walk);
    walk.up();
    same
}

fn equal_node(left: &Value, right: &Value, walk: &mut Walk) -> bool {
    match (left, right) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(kind, left), Value::Int(other, right)) => kind == other && left == right,
        (Value::Uint(kind, left), Value::Uint(other, right)) => kind == other && left == right,
        (Value::Float(left), Value::Float(right)) => left == right,
        (Value::Float32(left), Value::Float32(right)) => left == right,
        (Value::Complex(a, b), Value::Complex(c, d)) => a == c && b == d,
        (Value::String(left), Value::String(right)) | (Value::Bytes(left), Value::Bytes(right)) => left == right,
        (Value::List(left), Value::List(right)) => {
            let (items, others) = (left.items(), right.items());
            Rc::ptr_eq(left, right)
                || left.ty().name == right.ty().name
                    && items.len() == others.len()
                    && items.iter().zip(others).all(|(left, right)| equal(left, right, walk))
        }
        (Value::Map(left), Value::Map(right)) => {
            type Entry = (helmx_template::Str, Value);
            let mut pair =
                |((key, value), (other, against)): &(Entry, Entry)| key == other && equal(value, against, walk);
            Rc::ptr_eq(left, right)
                || left.ty().name == right.ty().name
                    && left.len() == right.len()
                    && left.entries().into_iter().zip(right.entries()).all(|both| pair(&both))
        }
        (Value::Object(one), Value::Object(other)) => {
            let text = helmx_template::format::verb_v;
            one.type_name() == other.type_name() && text(left) == text(right)
        }
        _ => false,
    }
}
