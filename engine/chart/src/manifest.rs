//! Rendered files to documents, hooks, notes, and the text `helm template` prints.

mod assemble;
mod hook;
mod order;
mod output;
mod read;
mod split;
mod text;

pub use assemble::{Assembled, Assembly, Piece, PieceKind, assemble};
pub use hook::{Hook, HookEvent, HookRun};
pub use order::KindOrder;
pub use output::{TemplateNotFound, TemplateOutput, template_output};
pub use read::Readings;
pub use split::{Document, SortError, Sorted, sort, split};
pub use text::Text;
