//! `--set` and its kin: text to values.
