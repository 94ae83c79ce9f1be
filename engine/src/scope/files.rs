//! `.Files`: the chart's files that are no templates.

use std::any::Any;

use helmx_chart::glob::Glob;
use helmx_chart::{Content, File};
use helmx_template::{Failure, Kind, Map, MapType, Method, Object, Str, Type, Value};

use crate::function::{base, to_yaml};

/// Helm's `engine.files`, a `map[string][]byte`. Contents are copied only when a template asks for them.
struct Files(Vec<(Str, Content)>);

/// What iterating and indexing sees.
static MAP: MapType = MapType { name: "engine.files", elem: Type::Named("[]uint8"), methods: &[], is_nil: false };

pub(super) fn object(files: &[File]) -> Value {
    let mut files: Vec<_> = files.iter().map(|file| (Str::from(file.name.as_bytes()), file.data.clone())).collect();
    files.sort_by(|(left, _), (right, _)| left.cmp(right));
    Value::object(Files(files))
}

impl Object for Files {
    fn type_name(&self) -> &'static str {
        MAP.name
    }

    fn kind(&self) -> Kind {
        Kind::Map
    }

    fn plain(&self) -> Option<Value> {
        let entries = self.0.iter().map(|(name, data)| (name.clone(), Value::bytes(&**data)));
        Some(Value::Map(Map::new(&MAP, entries).into()))
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(self.get(name.as_bytes()).map_or_else(|| Value::bytes([]), Value::bytes))
    }

    fn truth(&self) -> bool {
        !self.0.is_empty()
    }

    fn methods(&self) -> &'static [Method] {
        METHODS
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Files {
    fn get(&self, name: &[u8]) -> Option<&[u8]> {
        let at = self.0.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        self.0.get(at).map(|(_, data)| &**data)
    }
}

const TEXT: &[Type] = &[Type::String];

const METHODS: &[Method] = &[
    Method::new("Get", TEXT, |this, args| Ok(Value::string(files(this)?.get(&name(args)).unwrap_or_default()))),
    Method::new("GetBytes", TEXT, |this, args| Ok(Value::bytes(files(this)?.get(&name(args)).unwrap_or_default()))),
    Method::new("Glob", TEXT, glob),
    Method::new("AsConfig", &[], |this, _| by_base_name(this, |data| Value::string(data))),
    Method::new("AsSecrets", &[], |this, _| by_base_name(this, |data| Value::from(data_encoding::BASE64.encode(data)))),
    Method::new("Lines", TEXT, lines),
];

fn files(value: &Value) -> Result<&Files, Failure> {
    let Value::Object(object) = value else { return Err(Failure::text("not the chart's files")) };
    object.as_any().downcast_ref().ok_or_else(|| Failure::text("not the chart's files"))
}

fn name(args: &[Value]) -> Str {
    args.first().and_then(Value::as_str).cloned().unwrap_or_else(|| Str::from(b"".as_slice()))
}

/// Files whose path matches; a bad pattern matches everything, as in Helm.
fn glob(this: &Value, args: &[Value]) -> Result<Value, Failure> {
    let pattern = name(args);
    let pattern = String::from_utf8_lossy(&pattern);
    let glob = Glob::new(&pattern, &['/']).ok();
    let matches = |name: &[u8]| glob.as_ref().is_none_or(|glob| glob.is_match(&String::from_utf8_lossy(name)));
    Ok(Value::object(Files(files(this)?.0.iter().filter(|(name, _)| matches(name)).cloned().collect())))
}

/// A YAML map from base name to content.
fn by_base_name(this: &Value, show: fn(&[u8]) -> Value) -> Result<Value, Failure> {
    let entries = files(this)?.0.iter().map(|(name, data)| (Str::from(base(name)), show(data)));
    Ok(Value::from(to_yaml(&Value::map(entries)).unwrap_or_default()))
}

/// The lines of a file, one newline at its end aside; no lines for a missing or empty file.
fn lines(this: &Value, args: &[Value]) -> Result<Value, Failure> {
    let content = files(this)?.get(&name(args)).unwrap_or_default();
    if content.is_empty() {
        return Ok(Value::strings(Vec::new()));
    }
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    Ok(Value::strings(content.split(|&byte| byte == b'\n').map(Value::string).collect()))
}
