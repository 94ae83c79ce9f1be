//! Sprig's and Helm's functions and objects against what the reference made of the same templates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "vector/helm.rs"]
mod helm;
#[path = "vector/host.rs"]
mod host;
#[path = "vector/row.rs"]
mod row;
#[path = "vector/sprig.rs"]
mod sprig;
#[path = "vector/template.rs"]
mod template;
