//! The seam to the embedder: signatures, calls, and what a function may answer.

use crate::error::Error;
use crate::value::{Map, MapType, Str, Value};
use crate::vm::Run;

/// Static type of a parameter. Literals convert to it and other values are checked against it, as Go does by
/// reflection (`validateType` and `evalArg` in text/template/exec.go).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`
    Any,
    Bool,
    Int,
    Int64,
    Uint32,
    Float64,
    String,
    /// `map[string]interface {}`, and named types of that shape
    Map,
    /// `[]interface {}`
    List,
    /// `[]string`
    Strings,
    /// An embedder's type, by its Go name.
    Named(&'static str),
}

impl Type {
    /// The type as Go's `%T` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Uint32 => "uint32",
            Self::Float64 => "float64",
            Self::String => "string",
            Self::Map => "map[string]interface {}",
            Self::List => "[]interface {}",
            Self::Strings => "[]string",
            Self::Named(name) => name,
        }
    }

    /// Go's message for a literal that cannot have the type.
    pub(crate) fn refuse(self, literal: &str) -> String {
        let expected = match self {
            Self::Bool => "bool",
            Self::String => "string",
            Self::Int | Self::Int64 => "integer",
            Self::Uint32 => "unsigned integer",
            Self::Float64 => "float",
            Self::Any | Self::Map | Self::List | Self::Strings | Self::Named(_) => {
                return format!("can't handle {literal} for arg of type {}", self.name());
            }
        };
        format!("expected {expected}; found {literal}")
    }

    /// Whether `nil` is a value of the type.
    pub(crate) fn can_be_nil(self) -> bool {
        match self {
            Self::Any | Self::Map | Self::List | Self::Strings => true,
            Self::Named(name) => name.starts_with('*'),
            Self::Bool | Self::Int | Self::Int64 | Self::Uint32 | Self::Float64 | Self::String => false,
        }
    }

    /// The nil of the type: what a function gets for an untyped nil argument.
    pub(crate) fn nil(self) -> Value {
        match self {
            Self::Map => Value::Map(Map::new(&MapType::NIL_ANY, []).into()),
            Self::List => Value::list(Vec::new()),
            Self::Strings => Value::strings(Vec::new()),
            Self::Any
            | Self::Named(_)
            | Self::Bool
            | Self::Int
            | Self::Int64
            | Self::Uint32
            | Self::Float64
            | Self::String => Value::Nil,
        }
    }
}

/// Name and parameters of a function or method.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    pub name: &'static str,
    /// Types of the fixed parameters, then of the variadic one if there is one.
    pub params: &'static [Type],
    /// The last parameter takes any number of arguments.
    pub variadic: bool,
}

impl Signature {
    pub(crate) fn fixed(&self) -> usize {
        self.params.len() - usize::from(self.variadic && !self.params.is_empty())
    }

    /// Type of the argument at `index`; arguments past the fixed ones have the variadic type.
    pub(crate) fn param(&self, index: usize) -> Type {
        self.params.get(index).or(self.params.last()).copied().unwrap_or(Type::Any)
    }

    /// Go's message for a wrong number of arguments, if it is one. `piped`: one of them comes from the pipe.
    pub(crate) fn arity_error(&self, written: usize, piped: bool) -> Option<String> {
        let count = written + usize::from(piped);
        let name = self.name;
        if self.variadic {
            let want = self.fixed();
            // Go leaves the piped argument out of the reported number here, and only here.
            (count < want).then(|| format!("wrong number of args for {name}: want at least {want} got {written}"))
        } else {
            let want = self.params.len();
            (count != want).then(|| format!("wrong number of args for {name}: want {want} got {count}"))
        }
    }
}

/// The functions that templates may call besides Go's built-in ones. A name here hides the built-in one.
pub trait Functions {
    /// Number of the function with that name.
    fn find(&self, name: &str) -> Option<u16>;
    fn signature(&self, function: u16) -> &Signature;
    /// Calls the function. `args` are checked against the signature. `run` is the run that calls.
    ///
    /// # Errors
    /// Whatever the function reports; the caller's position is put around it.
    fn call(&self, function: u16, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure>;

    /// Whether the run has to end now, whatever it is doing ([`TOO_LATE`] says so). It is asked every few hundred instructions and before each
    /// call.
    fn is_over(&self) -> bool {
        false
    }
}

/// What is said of a run that has to end.
pub const TOO_LATE: &str = "the render took too long; simplify the template";

/// No functions besides the built-in ones.
#[derive(Debug)]
pub struct NoFunctions;

impl Functions for NoFunctions {
    fn find(&self, _: &str) -> Option<u16> {
        None
    }

    fn signature(&self, _: u16) -> &Signature {
        &Signature { name: "", params: &[], variadic: false }
    }

    fn call(&self, _: u16, _: &mut Run<'_>, _: &[Value]) -> Result<Flow, Failure> {
        Err(Failure::text("no such function"))
    }
}

/// What a function answers.
pub enum Flow {
    /// A value: the call is over.
    Value(Value),
    /// Run a template first, on the machine's own frames, and hand its output to `then`.
    Render(Render),
}

impl From<Value> for Flow {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

/// Makes a function's result of a template's output or error.
pub type Then = Box<dyn FnOnce(Result<&[u8], Error>) -> Result<Value, Failure>>;

/// A template run that a function asks for.
pub struct Render {
    /// Set in which names are looked up while it runs.
    pub set: crate::set::Set,
    pub template: Str,
    pub dot: Value,
    /// Gets the output or the error, and makes the function's result of it. Called exactly once.
    pub then: Then,
}

/// What a function reports when it fails.
#[derive(Debug, Clone)]
pub enum Failure {
    /// A message.
    Text(String),
    /// A message around another failure, which Go reaches by unwrapping.
    Wrapped { before: String, cause: Box<Failure> },
    /// The error of a template that the function ran.
    Template(Error),
    /// The template gave up on purpose: this message is meant for the user as it is, without positions.
    Abort(String),
}

impl Failure {
    pub fn text(message: impl Into<String>) -> Self {
        Self::Text(message.into())
    }

    /// `before` followed by the failure, as Go's `fmt.Errorf("…%w", err)`.
    #[must_use]
    pub fn wrap(self, before: impl Into<String>) -> Self {
        Self::Wrapped { before: before.into(), cause: Box::new(self) }
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Text(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::Text(message.to_owned())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Template(error)
    }
}
