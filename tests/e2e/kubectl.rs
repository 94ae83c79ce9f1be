pub const CASES: &[crate::runner::Case] = &[];
