//! Values with Go's kinds: what templates see, and what functions take and give.
//!
//! One run is single-threaded, so sharing is by `Rc`; texts alone are shared with
//! programs, which other threads use too. Maps are shared and mutable, as `set` and `merge` need;
//! lists never change once they are built.

use std::rc::Rc;
use std::sync::Arc;

pub use list::{List, ListType};
pub use map::{Map, MapType};
pub use object::{Method, Object};

use crate::call::Type;

pub(crate) mod cycle;
mod list;
mod map;
mod object;

/// A Go string: any bytes, mostly UTF-8.
pub type Str = Arc<[u8]>;

/// Any value. `Nil` is Go's untyped nil, or a nil inside an interface.
#[derive(Clone, Default)]
pub enum Value {
    #[default]
    Nil,
    Bool(bool),
    Int(IntKind, i64),
    Uint(UintKind, u64),
    Float(f64),
    Float32(f32),
    /// `complex128`, which only literals such as `1i` make.
    Complex(f64, f64),
    String(Str),
    /// `[]uint8`
    Bytes(Arc<[u8]>),
    List(Rc<List>),
    Map(Rc<Map>),
    Object(Rc<dyn Object>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntKind {
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UintKind {
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
}

/// Go's `reflect.Kind`, as far as template values have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Invalid,
    Bool,
    Int(IntKind),
    Uint(UintKind),
    Float32,
    Float64,
    Complex128,
    String,
    Slice,
    Map,
    Struct,
    Pointer,
}

impl IntKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }
}

impl UintKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
        }
    }
}

impl Kind {
    /// The kind as `kindOf` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Bool => "bool",
            Self::Int(kind) => kind.name(),
            Self::Uint(kind) => kind.name(),
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Complex128 => "complex128",
            Self::String => "string",
            Self::Slice => "slice",
            Self::Map => "map",
            Self::Struct => "struct",
            Self::Pointer => "ptr",
        }
    }
}

impl Value {
    /// A Go `int`.
    pub fn int(value: i64) -> Self {
        Self::Int(IntKind::Int, value)
    }

    /// A Go `int64`.
    pub fn int64(value: i64) -> Self {
        Self::Int(IntKind::Int64, value)
    }

    pub fn string(text: impl AsRef<[u8]>) -> Self {
        Self::String(Str::from(text.as_ref()))
    }

    pub fn bytes(bytes: impl AsRef<[u8]>) -> Self {
        Self::Bytes(Str::from(bytes.as_ref()))
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(List::new(&ListType::ANY, items)))
    }

    /// A `[]string`; every item must be a string.
    pub fn strings(items: Vec<Self>) -> Self {
        Self::List(Rc::new(List::new(&ListType::STRING, items)))
    }

    /// A `map[string]interface {}` with these entries.
    pub fn map(entries: impl IntoIterator<Item = (Str, Self)>) -> Self {
        Self::Map(Rc::new(Map::new(&MapType::ANY, entries)))
    }

    pub fn object(object: impl Object + 'static) -> Self {
        Self::Object(Rc::new(object))
    }

    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// Whether Go calls it nil: also a slice or a map without memory.
    pub fn is_nil_inside(&self) -> bool {
        match self {
            Self::Nil => true,
            Self::List(list) => list.ty().is_nil,
            Self::Map(map) => map.ty().is_nil && map.is_empty(),
            _ => false,
        }
    }

    pub fn as_str(&self) -> Option<&Str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&Rc<Map>> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&Rc<List>> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Nil => Kind::Invalid,
            Self::Bool(_) => Kind::Bool,
            Self::Int(kind, _) => Kind::Int(*kind),
            Self::Uint(kind, _) => Kind::Uint(*kind),
            Self::Float(_) => Kind::Float64,
            Self::Float32(_) => Kind::Float32,
            Self::Complex(..) => Kind::Complex128,
            Self::String(_) => Kind::String,
            Self::Bytes(_) | Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Object(object) => object.kind(),
        }
    }

    /// The dynamic type as `%T` prints it; `<nil>` for nil.
    pub fn type_name(&self) -> &str {
        match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(kind, _) => kind.name(),
            Self::Uint(kind, _) => kind.name(),
            Self::Float(_) => "float64",
            Self::Float32(_) => "float32",
            Self::Complex(..) => "complex128",
            Self::String(_) => "string",
            Self::Bytes(_) => "[]uint8",
            Self::List(list) => list.ty().name,
            Self::Map(map) => map.ty().name,
            Self::Object(object) => object.type_name(),
        }
    }

    /// Truth as `if`, `and` and `not` see it: not zero, not empty (`IsTrue` in text/template/exec.go).
    pub fn truth(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(_, value) => *value != 0,
            Self::Uint(_, value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Float32(value) => *value != 0.0,
            Self::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Self::String(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::List(list) => !list.items().is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => object.truth(),
        }
    }

    /// Whether the value may be passed where `ty` is expected.
    pub(crate) fn assignable_to(&self, ty: Type) -> bool {
        match ty {
            Type::Any => true,
            Type::Bool => matches!(self, Self::Bool(_)),
            Type::Int => matches!(self, Self::Int(IntKind::Int, _)),
            Type::Int64 => matches!(self, Self::Int(IntKind::Int64, _)),
            Type::Uint32 => matches!(self, Self::Uint(UintKind::Uint32, _)),
            Type::Float64 => matches!(self, Self::Float(_)),
            Type::String => matches!(self, Self::String(_)),
            Type::Map => matches!(self, Self::Map(map) if map.ty().elem == Type::Any),
            Type::List => matches!(self, Self::List(list) if list.ty().elem == Type::Any),
            Type::Strings => matches!(self, Self::List(list) if list.ty().elem == Type::String),
            Type::Named(name) => self.type_name() == name,
        }
    }

    /// The plain value of a named type: the int64 of a duration, the map of chart files. Anything else is itself.
    #[must_use]
    pub fn plain(&self) -> Self {
        match self {
            Self::Object(object) => object.plain().unwrap_or_else(|| self.clone()),
            other => other.clone(),
        }
    }

    pub fn has_method(&self, name: &str) -> bool {
        self.methods().iter().any(|method| method.signature.name == name)
    }

    /// Whether there is such a method without parameters, which `.name` calls.
    pub fn has_plain_method(&self, name: &str) -> bool {
        self.methods().iter().any(|method| method.signature.name == name && method.signature.params.is_empty())
    }

    pub(crate) fn methods(&self) -> &'static [Method] {
        match self {
            Self::List(list) => list.ty().methods,
            Self::Map(map) => map.ty().methods,
            Self::Object(object) => object.methods(),
            Self::Nil
            | Self::Bool(_)
            | Self::Int(..)
            | Self::Uint(..)
            | Self::Float(_)
            | Self::Float32(_)
            | Self::Complex(..)
            | Self::String(_)
            | Self::Bytes(_) => &[],
        }
    }

    fn is_container(&self) -> bool {
        matches!(self, Self::List(_) | Self::Map(_))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(text: Vec<u8>) -> Self {
        Self::String(text.into())
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be secret: show the type only.
        write!(f, "Value({})", self.type_name())
    }
}

/// Frees nested values without recursion: templates can nest values deeper than the native stack is.
fn release(mut pending: Vec<Value>) {
    while let Some(value) = pending.pop() {
        match value {
            Value::List(list) => {
                if let Ok(mut list) = Rc::try_unwrap(list) {
                    pending.extend(list.take_containers());
                }
            }
            Value::Map(map) => {
                if let Ok(mut map) = Rc::try_unwrap(map) {
                    pending.extend(map.take_containers());
                }
            }
            Value::Nil
            | Value::Bool(_)
            | Value::Int(..)
            | Value::Uint(..)
            | Value::Float(_)
            | Value::Float32(_)
            | Value::Complex(..)
            | Value::String(_)
            | Value::Bytes(_)
            | Value::Object(_) => {}
        }
    }
}
