//! Versions and constraints; comparison is an order.
#![no_main]

use helmx_chart::semver::{Constraint, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &str)| {
    let (constraint, first, second) = input;
    let (Ok(first), Ok(second)) = (Version::parse(first), Version::parse(second)) else {
        let _ = Constraint::parse(constraint);
        return;
    };
    assert_eq!(first.compare(&second), second.compare(&first).reverse());
    if let Ok(constraint) = Constraint::parse(constraint) {
        let _ = constraint.check(&first);
        let _ = constraint.validate(&second);
    }
});
