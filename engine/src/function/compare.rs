//! `reflect.DeepEqual`, and the order of any two values.

use std::cmp::Ordering;
use std::rc::Rc;

use helmx_template::{Failure, Run, Value};

use super::Library;
use super::argument::{NESTING, Walk};

/// Equality for one call of a function, with what it costs.
pub(super) struct Equality<'l, 'h, 'r, 'm> {
    library: &'l Library<'h>,
    run: &'r mut Run<'m>,
    unpaid: u64,
}

/// Values that are looked at before they are paid for, so that paying costs little.
const UNPAID: u64 = 10_000;

impl<'l, 'h, 'r, 'm> Equality<'l, 'h, 'r, 'm> {
    pub(super) fn new(library: &'l Library<'h>, run: &'r mut Run<'m>) -> Self {
        Self { library, run, unpaid: 0 }
    }

    /// Equal in type and content: `1` and `1.0` are not, nor are `[]string` and `[]interface {}`.
    pub(super) fn holds(&mut self, left: &Value, right: &Value) -> Result<bool, Failure> {
        let mut walk = Walk::new();
        let same = equal(left, right, &mut walk);
        self.unpaid += walk.visited();
        if self.unpaid > UNPAID {
            self.library.charge(self.run, self.unpaid)?;
            self.unpaid = 0;
        }
        Ok(same)
    }

    /// Whether one of the values equals `wanted`.
    pub(super) fn any(&mut self, values: &[Value], wanted: &Value) -> Result<bool, Failure> {
        for value in values {
            if self.holds(value, wanted)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
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
    if left.is_nil_inside() != right.is_nil_inside() {
        return false;
    }
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

/// The order of two values by their content, and the values that were looked at, at most `budget`. Numbers compare by
/// size, whatever their types. What is too deep or too much to compare counts as equal.
pub(crate) fn compare_deep(left: &Value, right: &Value, budget: u64) -> (Ordering, u64) {
    let mut comparison = Comparison { left: budget, depth: 0 };
    let order = comparison.values(left, right);
    (order, budget - comparison.left)
}

struct Comparison {
    left: u64,
    depth: usize,
}

impl Comparison {
    fn values(&mut self, left: &Value, right: &Value) -> Ordering {
        if self.left == 0 || self.depth > NESTING {
            return Ordering::Equal;
        }
        self.left -= 1;
        self.depth += 1;
        let order = self.node(left, right);
        self.depth -= 1;
        order
    }

    fn node(&mut self, left: &Value, right: &Value) -> Ordering {
        match (left, right) {
            (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
            (Value::String(left), Value::String(right)) | (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
            (Value::List(left), Value::List(right)) if Rc::ptr_eq(left, right) => Ordering::Equal,
            (Value::List(left), Value::List(right)) => {
                let order = left.items().iter().zip(right.items()).map(|(left, right)| self.values(left, right));
                first_difference(order, left.items().len(), right.items().len())
            }
            (Value::Map(left), Value::Map(right)) if left.same(right) => Ordering::Equal,
            (Value::Map(left), Value::Map(right)) => {
                // Both are copied, whatever the first difference is.
                self.left = self.left.saturating_sub((left.len() + right.len()) as u64);
                let (entries, others) = (left.entries(), right.entries());
                let order = entries
                    .iter()
                    .zip(&others)
                    .map(|((key, left), (other, right))| key.cmp(other).then_with(|| self.values(left, right)));
                first_difference(order, entries.len(), others.len())
            }
            (Value::Object(left), Value::Object(right)) if Rc::ptr_eq(left, right) => Ordering::Equal,
            (Value::Object(_), Value::Object(_)) => {
                helmx_template::format::verb_v(left).cmp(&helmx_template::format::verb_v(right))
            }
            _ => match (whole(left), whole(right)) {
                (Some(left), Some(right)) => left.cmp(&right),
                _ => match (size(left), size(right)) {
                    (Some(left), Some(right)) => left.total_cmp(&right),
                    _ => left.kind().name().cmp(right.kind().name()),
                },
            },
        }
    }
}

fn first_difference(orders: impl Iterator<Item = Ordering>, left: usize, right: usize) -> Ordering {
    orders.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| left.cmp(&right))
}

fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::Int(_, int) => Some(i128::from(*int)),
        Value::Uint(_, uint) => Some(i128::from(*uint)),
        _ => None,
    }
}

fn size(value: &Value) -> Option<f64> {
    match value {
        Value::Int(_, int) => Some(*int as f64),
        Value::Uint(_, uint) => Some(*uint as f64),
        Value::Float(float) => Some(*float),
        Value::Float32(float) => Some(f64::from(*float)),
        _ => None,
    }
}
