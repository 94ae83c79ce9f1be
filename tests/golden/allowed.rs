//! Known differences from Helm, each with its reason. A listed case that passes fails the test.

/// Cases of `cases.json` with a golden.
pub const GOLDENS: &[(&str, &str)] = &[];

/// Cases of `cases.json` with an exit status only.
pub const PLAIN: &[(&str, &str)] = &[];

/// Command lines of `lines.txt`.
pub const LINES: &[(&str, &str)] = &[];
