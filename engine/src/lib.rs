//! Chart and values to manifests, hooks and notes, as Helm renders them.
//!
//! The crate is pure: no files, network, environment or clock. Whatever is impure comes through [`Host`].

// What the caller supplies.
mod host;

// Chart and values to the objects that templates see.
mod scope;

// Templates to text.
mod jinja;
mod parsed;
mod render;

// Chart and user values to the parts of a release: everything in order.
mod template;

// What templates call.
mod function;

// Go's times and durations, which templates handle as values.
pub mod go;

// What can go wrong.
mod error;

pub use error::Error;
pub use function::{Mode, names as function_names};
pub use helmx_template::{Limits, MissingKey};
pub use host::Host;
pub use parsed::ParsedTemplates;
pub use render::{
    Input, Operation, ReleaseInfo, Rendered, execute, render, render_parsed, render_with, root_with_values,
};
pub use template::{Job, JobError, SchemaCheck, assemble, assemble_parsed};
