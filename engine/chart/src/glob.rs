//! Path patterns: gobwas/glob for `.Files.Glob`, and Go's `filepath.Match` for `.helmignore` and `--show-only`.

mod path;
mod pattern;

pub use path::{BadPattern, path_match};
pub use pattern::{Glob, GlobError};
