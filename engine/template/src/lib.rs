//! Go's text/template: source to instructions to bytes.
//!
//! The modules stand in the order in which a template passes them.

// Source to tree.
pub mod ast;
mod lexer;
mod literal;
mod parser;

// Tree to instructions.
mod compile;
mod program;
mod set;
mod unit;

// Instructions and values to bytes.
pub mod builtin;
mod call;
pub mod format;
pub mod value;
mod vm;

// What can go wrong, and how far a run may go.
mod error;
mod limits;

pub use call::{Failure, Flow, Functions, NoFunctions, Render, Signature, TOO_LATE, Then, Type};
pub use error::{Error, Phase};
pub use limits::Limits;
pub use set::{Later, MissingKey, Set};
pub use unit::Unit;
pub use value::{IntKind, Kind, List, ListType, Map, MapType, Method, Object, Str, UintKind, Value};
pub use vm::{Left, Run, Vm};
