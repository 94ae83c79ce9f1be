//! Go structs with plain fields, such as `.Capabilities`.

use std::any::Any;

use helmx_template::{Kind, Method, Object, Value};

/// A struct of some Go type.
pub(super) struct Record {
    pub(super) type_name: &'static str,
    pub(super) kind: Kind,
    pub(super) fields: Vec<(&'static str, Value)>,
    /// Names of all fields in JSON, where struct tags give them; empty texts are left out then.
    pub(super) json: Option<&'static [&'static str]>,
    /// What its `String` method returns, if it has one.
    pub(super) text: Option<String>,
    pub(super) methods: &'static [Method],
}

impl Object for Record {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.fields.clone()
    }

    fn json_fields(&self) -> Vec<(&'static str, Value)> {
        let Some(names) = self.json else { return self.fields() };
        let named = names.iter().zip(&self.fields).filter(|(_, (_, value))| value.truth());
        named.map(|(name, (_, value))| (*name, value.clone())).collect()
    }

    fn methods(&self) -> &'static [Method] {
        self.methods
    }

    fn text(&self) -> Option<String> {
        self.text.clone()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
