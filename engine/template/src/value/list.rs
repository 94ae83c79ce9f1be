//! Lists: a Go slice of one type, never changed once built.

use super::{Method, Value, release};
use crate::call::Type;

/// A list and its Go type.
pub struct List {
    ty: &'static ListType,
    items: Vec<Value>,
}

/// A Go slice type. Types are the same if their names are.
pub struct ListType {
    pub name: &'static str,
    /// Items of any other type than `Any` are all of that type.
    pub elem: Type,
    pub methods: &'static [Method],
    /// Lists of this type are nil in Go: they read as empty, and are null in JSON.
    pub is_nil: bool,
}

impl ListType {
    pub const ANY: Self = Self { name: "[]interface {}", elem: Type::Any, methods: &[], is_nil: false };
    pub const STRING: Self = Self { name: "[]string", elem: Type::String, methods: &[], is_nil: false };
    pub const NIL_ANY: Self = Self { is_nil: true, ..Self::ANY };
    pub const NIL_STRING: Self = Self { is_nil: true, ..Self::STRING };
    pub const INT: Self = Self { name: "[]int", elem: Type::Int, methods: &[], is_nil: false };
    pub const MAP: Self = Self { name: "[]map[string]interface {}", elem: Type::Map, methods: &[], is_nil: false };
}

impl List {
    pub fn new(ty: &'static ListType, items: Vec<Value>) -> Self {
        Self { ty, items }
    }

    pub fn ty(&self) -> &'static ListType {
        self.ty
    }

    pub fn items(&self) -> &[Value] {
        &self.items
    }

    pub(super) fn take_containers(&mut self) -> impl Iterator<Item = Value> + use<> {
        std::mem::take(&mut self.items).into_iter().filter(Value::is_container)
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if self.items.iter().any(Value::is_container) {
            release(self.take_containers().collect());
        }
    }
}
