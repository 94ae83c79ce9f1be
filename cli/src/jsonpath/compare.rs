//! `==`, `<` and their kin in filters, as Go's templates compare: numbers of a file are fractions, those of a template
//! are whole unless they have a point, and the two kinds do not compare.

use std::cmp::Ordering;

use helmx_yaml::Data;

use super::evaluate::Item;

/// A value that can be compared.
enum Basic<'d> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'d str),
}

/// Whether `left TEST right`; `None` if the two do not compare, or there is no such test.
pub fn holds(test: &str, left: Item<'_>, right: Item<'_>) -> Option<bool> {
    let (left, right) = (basic(left)?, basic(right)?);
    let is_bool = matches!(left, Basic::Bool(_));
    let order = match (left, right) {
        (Basic::Bool(left), Basic::Bool(right)) => Some(left.cmp(&right)),
        (Basic::Int(left), Basic::Int(right)) => Some(left.cmp(&right)),
        (Basic::Float(left), Basic::Float(right)) => left.partial_cmp(&right),
        (Basic::Text(left), Basic::Text(right)) => Some(left.cmp(right)),
        _ => return None,
    };
    match test {
        "==" => return Some(order == Some(Ordering::Equal)),
        "!=" => return Some(order != Some(Ordering::Equal)),
        // There is no order between true and false.
        _ if is_bool => return None,
        _ => {}
    }
    match test {
        "<" => Some(order == Some(Ordering::Less)),
        "<=" => Some(matches!(order, Some(Ordering::Less | Ordering::Equal))),
        ">" => Some(order == Some(Ordering::Greater)),
        ">=" => Some(matches!(order, Some(Ordering::Greater | Ordering::Equal))),
        _ => None,
    }
}

fn basic(item: Item<'_>) -> Option<Basic<'_>> {
    match item {
        Item::Data(Data::Bool(value)) => Some(Basic::Bool(*value)),
        Item::Data(Data::Int(number)) => Some(Basic::Int(*number)),
        Item::Data(Data::Float(number)) => Some(Basic::Float(*number)),
        Item::Data(Data::String(text)) => Some(Basic::Text(text)),
        Item::Text(text) => Some(Basic::Text(text)),
        Item::Int(number) => Some(Basic::Int(number)),
        Item::Float(number) => Some(Basic::Float(number)),
        Item::Bool(value) => Some(Basic::Bool(value)),
        Item::Byte(_) | Item::Nothing | Item::Root(_) | Item::Data(Data::Null | Data::List(_) | Data::Map(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, holds};

    #[test]
    fn what_compares() {
        let (one, two, half, text) = (Item::Int(1), Item::Int(2), Item::Float(0.5), Item::Text("a"));
        for (left, test, right, wanted) in [
            (one, "<", two, Some(true)),
            (one, ">=", two, Some(false)),
            (half, "<=", half, Some(true)),
            (text, "!=", Item::Text("b"), Some(true)),
            (Item::Bool(true), "==", Item::Bool(true), Some(true)),
            (Item::Bool(true), "<", Item::Bool(true), None),
            (half, "<", one, None),
            (half, "==", text, None),
            (one, "=", one, None),
            (one, "=!", one, None),
            (Item::Nothing, "==", Item::Nothing, None),
            (Item::Byte(1), "==", one, None),
        ] {
            assert_eq!(holds(test, left, right), wanted, "{left:?} {test} {right:?}");
        }
    }
}
