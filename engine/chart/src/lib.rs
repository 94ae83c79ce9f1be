//! Charts, values, manifests and release records, without templates.

// Go structs out of YAML and JSON, with Go's messages.
mod fields;
pub mod rfc3339;
pub mod url;

// Work that a second processor may do.
pub mod beside;

// What a chart is, and how bytes become one.
pub mod archive;
pub mod chart;
pub mod content;
pub mod directory;
pub mod early;
pub mod ignore;
pub mod language;
pub mod load;
pub mod metadata;

// From user input to the values templates see.
pub mod dependency;
pub mod schema;
pub mod strvals;
pub mod values;
pub mod warning;

// What rendering needs to know about the cluster and about versions.
pub mod capabilities;
pub mod glob;
pub mod semver;

// From rendered files to objects, hooks and the record of a release.
pub mod manifest;
pub mod name;
pub mod release;

// Chart repositories, and what authors do with charts.
pub mod index;
pub mod lint;
pub mod lock;
pub mod package;
pub mod show;

pub use capabilities::Capabilities;
pub use chart::{Chart, File};
pub use content::Content;
pub use metadata::Metadata;
pub use warning::Warning;
