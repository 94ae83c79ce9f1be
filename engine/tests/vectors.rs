//! Sprig's and Helm's functions and objects against what the reference made of the same templates.

#[path = "vector/helm.rs"]
mod helm;
#[path = "vector/host.rs"]
mod host;
#[path = "vector/row.rs"]
mod row;
#[path = "vector/sprig.rs"]
mod sprig;
