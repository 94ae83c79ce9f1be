//! Go structs with plain fields, such as `.Capabilities`.

use std::any::Any;

use helmx_template::{Kind, Method, Object, Value};

/// A struct of some Go type.
#[derive(Clone)]
pub(super) struct Record {
    pub(super) type_name: &'static str,
    pub(super) kind: Kind,
    /// Also those that Go does not export, by their small letters.
    pub(super) fields: Vec<(&'static str, Value)>,
    /// Names of all fields in JSON, where struct tags give them; empty texts are left out then.
    pub(super) json: Option<&'static [&'static str]>,
    /// What its `String` method returns, if a pointer to it has one.
    pub(super) text_in_place: Option<String>,
    pub(super) methods: &'static [Method],
}

impl Record {
    fn exported(&self) -> impl Iterator<Item = &(&'static str, Value)> {
        self.fields.iter().filter(|(name, _)| name.starts_with(|first: char| first.is_ascii_uppercase()))
    }
}

impl Object for Record {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.exported().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.fields.clone()
    }

    fn json_fields(&self) -> Vec<(&'static str, Value)> {
        let Some(names) = self.json else { return self.exported().cloned().collect() };
        let named = names.iter().zip(&self.fields).filter(|(_, (_, value))| value.truth());
        named.map(|(name, (_, value))| (*name, value.clone())).collect()
    }

    fn methods(&self) -> &'static [Method] {
        self.methods
    }

    fn text_in_place(&self) -> Option<String> {
        self.text_in_place.clone()
    }

    fn copied(&self) -> Option<Value> {
        self.text_in_place.as_ref()?;
        Some(Value::object(Self { text_in_place: None, ..self.clone() }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
