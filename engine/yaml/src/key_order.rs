//! The order of map keys in YAML output: natural, so that `a2` comes before `a10`.

use std::cmp::Ordering;

use crate::emitter::Dialect;

/// `entries` in the order of their keys in which go-yaml writes them.
///
/// The comparison is not transitive (`v10` < `v1beta1` < `v2` < `v10`), which library sorts may answer with a
/// panic; a merge sort of our own gives some fixed order then, as Go does not.
pub(crate) fn sorted<T>(mut entries: Vec<T>, key: impl Fn(&T) -> &str, dialect: Dialect) -> Vec<T> {
    // Mostly they are in order.
    if entries.is_sorted_by(|first, second| order(key(first), key(second), dialect).is_le()) {
        return entries;
    }
    let mut width = 1;
    while width < entries.len() {
        let mut merged = Vec::with_capacity(entries.len());
        let mut rest = entries.into_iter().peekable();
        while rest.peek().is_some() {
            let left: Vec<T> = rest.by_ref().take(width).collect();
            let right: Vec<T> = rest.by_ref().take(width).collect();
            merge(&mut merged, left, right, |first, second| order(key(first), key(second), dialect));
        }
        entries = merged;
        width *= 2;
    }
    entries
}

fn merge<T>(merged: &mut Vec<T>, left: Vec<T>, right: Vec<T>, order: impl Fn(&T, &T) -> Ordering) {
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let smaller = if order(second, first) == Ordering::Less { right.next() } else { left.next() };
        merged.extend(smaller);
    }
    merged.extend(left);
    merged.extend(right);
}

/// go-yaml's order: symbols and digits before letters, runs of digits by their number. v3 corrects v2 in one
/// point: after a digit, the end of the number decides first.
fn order(left: &str, right: &str, dialect: Dialect) -> Ordering {
    if left.is_ascii() && right.is_ascii() {
        return order_characters(left.as_bytes(), right.as_bytes(), dialect);
    }
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    order_characters(&left, &right, dialect)
}

fn order_characters<C: Copy + Into<u32> + PartialEq>(left: &[C], right: &[C], dialect: Dialect) -> Ordering {
    let character = |code: C| char::from_u32(code.into()).unwrap_or_default();
    let Some(at) = left.iter().zip(right).position(|(left, right)| left != right) else {
        return left.len().cmp(&right.len());
    };
    let (first, second) = (character(left[at]), character(right[at]));
    let after_digit = at > 0 && character(left[at - 1]).is_numeric();
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => return first.cmp(&second),
        (true, false) if after_digit && dialect == Dialect::V3 => return Ordering::Less,
        (false, true) if after_digit && dialect == Dialect::V3 => return Ordering::Greater,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // Zeros inside a number that has already begun are not leading zeros.
    let digits_before = left[..at].iter().rev().map(|code| character(*code)).take_while(char::is_ascii_digit);
    let begun = (first == '0' || second == '0') && digits_before.into_iter().any(|digit| digit != '0');
    let (left_number, left_end) = number(&left[at..], begun, character);
    let (right_number, right_end) = number(&right[at..], begun, character);
    left_number.cmp(&right_number).then(left_end.cmp(&right_end)).then(first.cmp(&second))
}

/// The number that starts `text`, and its length.
fn number<C: Copy>(text: &[C], begun: bool, character: impl Fn(C) -> char) -> (i64, usize) {
    let digits = text.iter().map_while(|code| character(*code).to_digit(10));
    digits.fold((i64::from(begun), 0), |(number, length), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit)), length + 1)
    })
}
