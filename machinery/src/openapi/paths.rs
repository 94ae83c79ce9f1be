//! The paths of all resources and their operations.

use serde_json::{Map, Value, json};

use super::Dialect;
use super::definitions::{body_of, meta_reference, name, reference};
use super::operation::{DELETE, LIST, Operation, PATCH, Parameter, RequestBody, WRITE, delete_options};
use crate::decode;
use crate::request::Verb;
use crate::resource::{ResourceInfo, SubresourceInfo};
use crate::verb::patch;

/// All path items by path.
pub(super) fn all(infos: &[&ResourceInfo], dialect: Dialect) -> Map<String, Value> {
    let mut paths = Map::new();
    for info in infos {
        let root = format!("/apis/{}/{}/", info.group, info.version);
        paths.entry(root.clone()).or_insert_with(|| discovery(info, dialect));
        let writer = Writer { info, dialect };
        let collection = if info.namespaced {
            if info.supports(Verb::List) {
                let mut item = Map::new();
                item.insert("get".to_owned(), writer.list("ForAllNamespaces"));
                paths.insert(format!("{root}{}", info.plural), writer.item(item, &[]));
            }
            format!("{root}namespaces/{{namespace}}/{}", info.plural)
        } else {
            format!("{root}{}", info.plural)
        };
        let scope: &[&str] = if info.namespaced { &["namespace"] } else { &[] };
        let named: Vec<&str> = ["name"].iter().chain(scope).copied().collect();
        paths.insert(collection.clone(), writer.item(writer.collection(), scope));
        paths.insert(format!("{collection}/{{name}}"), writer.item(writer.object(&info.verbs, ""), &named));
        for sub in &info.subresources {
            let operations =
                if sub.name == "status" { writer.object(sub.verbs, "Status") } else { writer.subresource(sub) };
            paths.insert(format!("{collection}/{{name}}/{}", sub.name), writer.item(operations, &named));
        }
    }
    paths
}

/// `helmx.dev/v1alpha1` as part of an operation id: `HelmxDevV1alpha1`.
fn camel(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
    };
    words.map(capital).collect()
}

fn tag(info: &ResourceInfo) -> String {
    format!("{}_{}", info.group.split('.').next().unwrap_or_default(), info.version)
}

fn discovery(info: &ResourceInfo, dialect: Dialect) -> Value {
    let mut rendered = Operation {
        id: format!("get{}{}APIResources", camel(&info.group), camel(&info.version)),
        description: "get available resources".to_owned(),
        action: "",
        gvk: Value::Null,
        tag: tag(info),
        parameters: Vec::new(),
        body: None,
        responses: vec![("200", meta_reference("APIResourceList", dialect))],
        is_watchable: false,
    }
    .render(dialect);
    if let Value::Object(map) = &mut rendered {
        map.remove("x-kubernetes-action");
        map.remove("x-kubernetes-group-version-kind");
    }
    json!({"get": rendered})
}

struct Writer<'a> {
    info: &'a ResourceInfo,
    dialect: Dialect,
}

impl Writer<'_> {
    /// A path item with its path parameters.
    fn item(&self, mut operations: Map<String, Value>, parameters: &[&str]) -> Value {
        let listed: Vec<Value> = parameters.iter().map(|name| self.path_parameter(name)).collect();
        if !listed.is_empty() {
            operations.insert("parameters".to_owned(), listed.into());
        }
        Value::Object(operations)
    }

    fn path_parameter(&self, name: &str) -> Value {
        let description = format!("{name} of the {}", self.info.kind);
        match self.dialect {
            Dialect::V2 => json!({
                "name": name, "in": "path", "required": true, "uniqueItems": true, "type": "string",
                "description": description,
            }),
            Dialect::V3 => json!({
                "name": name, "in": "path", "required": true, "description": description,
                "schema": {"type": "string", "uniqueItems": true},
            }),
        }
    }

    fn operation(&self, verb: &str, action: &'static str, suffix: &str, parameters: &[Parameter]) -> Operation {
        let info = self.info;
        let scope = if info.namespaced && suffix != "ForAllNamespaces" { "Namespaced" } else { "" };
        let id = format!("{verb}{}{}{scope}{}{suffix}", camel(&info.group), camel(&info.version), info.kind);
        Operation {
            id,
            description: format!("{action} {} {}", info.kind, suffix).trim().to_owned(),
            action,
            gvk: json!({"group": info.group, "version": info.version, "kind": info.kind}),
            tag: tag(info),
            parameters: parameters.to_vec(),
            body: None,
            responses: vec![("200", self.object_reference())],
            is_watchable: false,
        }
    }

    fn object_reference(&self) -> Value {
        reference(&name(self.info, &self.info.kind), self.dialect)
    }

    fn object_body(&self) -> Option<RequestBody> {
        Some(RequestBody { schema: self.object_reference(), media: decode::ACCEPTED, is_required: true })
    }

    fn list(&self, suffix: &str) -> Value {
        let mut operation = self.operation("list", "list", suffix, LIST);
        operation.responses = vec![("200", reference(&name(self.info, &self.info.list_kind), self.dialect))];
        operation.is_watchable = self.info.supports(Verb::Watch);
        operation.render(self.dialect)
    }

    fn collection(&self) -> Map<String, Value> {
        let mut operations = Map::new();
        if self.info.supports(Verb::List) {
            operations.insert("get".to_owned(), self.list(""));
        }
        if self.info.supports(Verb::Create) {
            let mut operation = self.operation("create", "post", "", WRITE);
            operation.body = self.object_body();
            operation.responses.push(("201", self.object_reference()));
            operations.insert("post".to_owned(), operation.render(self.dialect));
        }
        if self.info.supports(Verb::DeleteCollection) {
            let parameters: Vec<Parameter> = DELETE.iter().chain(LIST).copied().collect();
            let mut operation = self.operation("deleteCollection", "deletecollection", "", &parameters);
            operation.body = Some(delete_options(self.dialect));
            operation.responses = vec![("200", reference(&name(self.info, &self.info.list_kind), self.dialect))];
            operations.insert("delete".to_owned(), operation.render(self.dialect));
        }
        operations
    }

    /// The operations on one object, or on its status.
    fn object(&self, verbs: &[Verb], suffix: &str) -> Map<String, Value> {
        let mut operations = Map::new();
        let mut add = |method: &str, operation: Operation| {
            operations.insert(method.to_owned(), operation.render(self.dialect));
        };
        if verbs.contains(&Verb::Get) {
            add("get", self.operation("read", "get", suffix, &[]));
        }
        if verbs.contains(&Verb::Update) {
            let mut operation = self.operation("replace", "put", suffix, WRITE);
            operation.body = self.object_body();
            add("put", operation);
        }
        if verbs.contains(&Verb::Patch) {
            let mut operation = self.operation("patch", "patch", suffix, PATCH);
            let schema = meta_reference("Patch", self.dialect);
            operation.body = Some(RequestBody { schema, media: patch::ACCEPTED, is_required: true });
            operation.responses.push(("201", self.object_reference()));
            add("patch", operation);
        }
        if verbs.contains(&Verb::Delete) && suffix.is_empty() {
            let mut operation = self.operation("delete", "delete", suffix, DELETE);
            operation.body = Some(delete_options(self.dialect));
            operation.responses = vec![("200", meta_reference("Status", self.dialect))];
            add("delete", operation);
        }
        operations
    }

    fn subresource(&self, sub: &SubresourceInfo) -> Map<String, Value> {
        let mut operations = Map::new();
        let body = body_of(self.info, sub);
        for verb in sub.verbs {
            let (method, word, action) = match verb {
                Verb::Get => ("get", "connectGet", "connect"),
                Verb::Create => ("post", "connectPost", "connect"),
                Verb::Update => ("put", "connectPut", "connect"),
                Verb::Patch => ("patch", "connectPatch", "connect"),
                Verb::Delete => ("delete", "connectDelete", "connect"),
                Verb::List | Verb::Watch | Verb::DeleteCollection => continue,
            };
            let mut operation = self.operation(word, action, &camel(sub.name), &[]);
            sub.description.clone_into(&mut operation.description);
            let (group, version) = if sub.group.is_empty() {
                (self.info.group.as_str(), self.info.version.as_str())
            } else {
                (sub.group, sub.version)
            };
            operation.gvk = json!({"group": group, "version": version, "kind": sub.kind});
            operation.responses = vec![("200", json!({"type": "object"}))];
            if let (Some(definition), true) = (&body, *verb != Verb::Get) {
                let schema = reference(definition, self.dialect);
                operation.body = Some(RequestBody { schema, media: decode::ACCEPTED, is_required: false });
            }
            operations.insert(method.to_owned(), operation.render(self.dialect));
        }
        operations
    }
}
