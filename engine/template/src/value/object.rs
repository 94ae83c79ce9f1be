//! Objects: Go structs and named types that an embedder brings along.

use std::any::Any;

use super::{Kind, Value};
use crate::call::{Failure, Signature, Type};

/// A value with fields and methods of its own, such as a time, a version or a certificate.
pub trait Object {
    /// The Go type as `%T` prints it.
    fn type_name(&self) -> &'static str;

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    /// The exported field of that name.
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    /// All fields in order, as `%v` prints them, also those that Go does not export.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// The fields as `encoding/json` names them: struct tags may name them otherwise, and leave empty ones out.
    fn json_fields(&self) -> Vec<(&'static str, Value)> {
        self.fields()
    }

    fn methods(&self) -> &'static [Method] {
        &[]
    }

    /// What its `String` or `Error` method returns, if it has one: that is how it prints.
    fn text(&self) -> Option<String> {
        None
    }

    /// What the `String` method of a pointer to it returns, if only that has one: so it prints where a template finds it
    /// in its place. Functions get a copy.
    fn text_in_place(&self) -> Option<String> {
        None
    }

    /// What functions get, if that is another value.
    fn copied(&self) -> Option<Value> {
        None
    }

    /// The plain value behind a named type, such as the nanoseconds of a duration.
    fn plain(&self) -> Option<Value> {
        None
    }

    /// Go's truth: a struct or a pointer that is not nil is true.
    fn truth(&self) -> bool {
        self.plain().is_none_or(|plain| plain.truth())
    }

    fn as_any(&self) -> &dyn Any;
}

/// A method of a value.
pub struct Method {
    pub signature: Signature,
    /// Gets the receiver and the checked arguments.
    pub run: fn(&Value, &[Value]) -> Result<Value, Failure>,
}

impl Method {
    /// A method with a fixed number of arguments.
    pub const fn new(
        name: &'static str,
        params: &'static [Type],
        run: fn(&Value, &[Value]) -> Result<Value, Failure>,
    ) -> Self {
        Self { signature: Signature { name, params, variadic: false }, run }
    }
}
