//! Maps with string keys: shared, mutable, and read in the order of their keys.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Method, Str, Value, cycle, release};
use crate::call::Type;

/// A map and its Go type. No method calls foreign code while the entries are borrowed, so no borrow can clash.
pub struct Map {
    ty: &'static MapType,
    /// Shared by maps of several types: see [`Map::retyped`].
    shared: Rc<Shared>,
}

/// What maps of several types have in common.
pub(super) struct Shared {
    pub(super) entries: RefCell<BTreeMap<Str, Value>>,
    /// See [`cycle`].
    pub(super) is_noted: Cell<bool>,
}

/// A Go map type with string keys. Types are the same if their names are.
pub struct MapType {
    pub name: &'static str,
    /// Values of any other type than `Any` are all of that type.
    pub elem: Type,
    pub methods: &'static [Method],
    /// Maps of this type are nil in Go: they read as empty, and are null in JSON.
    pub is_nil: bool,
}

impl MapType {
    pub const ANY: Self = Self { name: "map[string]interface {}", elem: Type::Any, methods: &[], is_nil: false };
    pub const STRING: Self = Self { name: "map[string]string", elem: Type::String, methods: &[], is_nil: false };
    pub const NIL_ANY: Self = Self { is_nil: true, ..Self::ANY };
    pub const NIL_STRING: Self = Self { is_nil: true, ..Self::STRING };

    /// What a missing key yields.
    pub(crate) fn zero(&self) -> Value {
        if self.elem == Type::String { Value::string("") } else { self.elem.nil() }
    }
}

impl Map {
    pub fn new(ty: &'static MapType, entries: impl IntoIterator<Item = (Str, Value)>) -> Self {
        let entries = RefCell::new(entries.into_iter().collect());
        Self { ty, shared: Rc::new(Shared { entries, is_noted: Cell::new(false) }) }
    }

    /// The same entries under another type: what one changes, the other sees.
    #[must_use]
    pub fn retyped(&self, ty: &'static MapType) -> Self {
        Self { ty, shared: self.shared.clone() }
    }

    /// Whether both have the same entries in memory.
    pub fn same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.shared, &other.shared)
    }

    /// An empty `map[string]interface {}`.
    pub fn any() -> Self {
        Self::new(&MapType::ANY, [])
    }

    /// As [`Map::any`], ready to be shared.
    pub fn any_ref() -> Rc<Self> {
        Rc::new(Self::any())
    }

    pub fn ty(&self) -> &'static MapType {
        self.ty
    }

    pub fn len(&self) -> usize {
        self.shared.entries.borrow().len()
    }

    pub fn is_empty(&self) -> bool {
        self.shared.entries.borrow().is_empty()
    }

    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.shared.entries.borrow().get(key).cloned()
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        self.shared.entries.borrow().contains_key(key)
    }

    pub fn set(&self, key: Str, value: Value) {
        if value.is_container() {
            cycle::note(&self.shared);
        }
        self.set_fresh(key, value);
    }

    /// As [`Map::set`], for a value that cannot lead back to this map.
    pub fn set_fresh(&self, key: Str, value: Value) {
        // The old value is dropped after the borrow ends.
        let _old = self.shared.entries.borrow_mut().insert(key, value);
    }

    pub fn remove(&self, key: &[u8]) {
        let _old = self.shared.entries.borrow_mut().remove(key);
    }

    /// The keys in bytewise order.
    pub fn keys(&self) -> Vec<Str> {
        self.shared.entries.borrow().keys().cloned().collect()
    }

    /// A snapshot of the entries in bytewise order of the keys.
    pub fn entries(&self) -> Vec<(Str, Value)> {
        self.shared.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    pub(super) fn shared(&self) -> &Rc<Shared> {
        &self.shared
    }

    /// The containers in this map, if nobody else has its entries.
    pub(super) fn take_containers(&mut self) -> impl Iterator<Item = Value> + use<> {
        let entries = Rc::get_mut(&mut self.shared).map(|shared| std::mem::take(shared.entries.get_mut()));
        entries.unwrap_or_default().into_values().filter(Value::is_container)
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        let Some(shared) = Rc::get_mut(&mut self.shared) else { return };
        if shared.entries.get_mut().values().any(Value::is_container) {
            release(self.take_containers().collect());
        }
    }
}
