//! One operation of a path, rendered for either dialect.

use serde_json::{Map, Value, json};

use super::Dialect;
use super::definitions::meta_reference;

const JSON: &str = "application/json";
const YAML: &str = "application/yaml";
const JSON_WATCH: &str = "application/json;stream=watch";

/// A query parameter: name, type, description.
pub(super) type Parameter = (&'static str, &'static str, &'static str);

pub(super) const DRY_RUN: Parameter =
    ("dryRun", "string", "With the value All, everything is checked and answered, and nothing is changed.");
pub(super) const FIELD_MANAGER: Parameter =
    ("fieldManager", "string", "Name of whoever makes the change, recorded in metadata.managedFields.");
pub(super) const FIELD_VALIDATION: Parameter = (
    "fieldValidation",
    "string",
    "What happens with unknown and duplicate fields: Ignore drops them, Warn (the default) drops them with a warning, \
     Strict refuses the request.",
);
pub(super) const FORCE: Parameter =
    ("force", "boolean", "Apply only: take over fields that other managers own with other values.");
pub(super) const WRITE: &[Parameter] = &[DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];
pub(super) const PATCH: &[Parameter] = &[DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION, FORCE];
pub(super) const DELETE: &[Parameter] = &[
    DRY_RUN,
    ("gracePeriodSeconds", "integer", "Seconds before the object is deleted."),
    ("orphanDependents", "boolean", "Deprecated: use propagationPolicy."),
    ("propagationPolicy", "string", "What happens to dependents: Orphan, Background or Foreground."),
];
pub(super) const LIST: &[Parameter] = &[
    ("allowWatchBookmarks", "boolean", "Send bookmarks in a watch."),
    ("continue", "string", "The token of the previous page."),
    ("fieldSelector", "string", "Restricts the objects by their fields."),
    ("labelSelector", "string", "Restricts the objects by their labels."),
    ("limit", "integer", "The most objects to answer with."),
    ("resourceVersion", "string", "Which version of the data may be answered from."),
    ("resourceVersionMatch", "string", "How resourceVersion is applied: Exact or NotOlderThan."),
    ("sendInitialEvents", "boolean", "Begin a watch with the current state."),
    ("timeoutSeconds", "integer", "How long a watch lasts."),
    ("watch", "boolean", "Watch instead of list."),
];

/// What is sent with a request.
pub(super) struct RequestBody {
    pub schema: Value,
    pub media: &'static [&'static str],
    pub is_required: bool,
}

/// An operation, independent of the dialect.
pub(super) struct Operation {
    pub id: String,
    pub description: String,
    /// `list`, `get`, `post`, `patch`, …; none for actions of the server itself.
    pub action: &'static str,
    pub gvk: Value,
    pub tag: String,
    pub parameters: Vec<Parameter>,
    pub body: Option<RequestBody>,
    /// Codes and what comes with them.
    pub responses: Vec<(&'static str, Value)>,
    /// Whether the answer may be a stream of events.
    pub is_watchable: bool,
}

impl Operation {
    pub(super) fn render(self, dialect: Dialect) -> Value {
        let mut produces = vec![JSON, YAML];
        if self.is_watchable {
            produces.push(JSON_WATCH);
        }
        let mut out = Map::new();
        let mut add = |key: &str, value: Value| out.insert(key.to_owned(), value);
        add("operationId", self.id.into());
        add("description", self.description.into());
        add("tags", json!([self.tag]));
        add("x-kubernetes-action", self.action.into());
        add("x-kubernetes-group-version-kind", self.gvk);
        let mut parameters: Vec<Value> = self.parameters.iter().map(|p| parameter(p, dialect)).collect();
        match (dialect, self.body) {
            (_, None) => {}
            (Dialect::V2, Some(body)) => {
                add("consumes", json!(body.media));
                let schema = body.schema;
                parameters.push(json!({"name": "body", "in": "body", "required": body.is_required, "schema": schema}));
            }
            (Dialect::V3, Some(body)) => {
                let content: Map<String, Value> = content(body.media, &body.schema);
                add("requestBody", json!({"content": content, "required": body.is_required}));
            }
        }
        if dialect == Dialect::V2 {
            add("produces", json!(produces));
            add("schemes", json!(["https"]));
        }
        if !parameters.is_empty() {
            add("parameters", parameters.into());
        }
        add("responses", responses(&self.responses, &produces, dialect));
        Value::Object(out)
    }
}

pub(super) fn delete_options(dialect: Dialect) -> RequestBody {
    RequestBody { schema: meta_reference("DeleteOptions", dialect), media: &[JSON, YAML], is_required: false }
}

fn parameter((name, kind, description): &Parameter, dialect: Dialect) -> Value {
    let mut parameter = json!({"name": name, "in": "query", "description": description, "uniqueItems": true});
    match dialect {
        Dialect::V2 => parameter["type"] = (*kind).into(),
        Dialect::V3 => {
            parameter = json!({
                "name": name, "in": "query", "description": description,
                "schema": {"type": kind, "uniqueItems": true},
            });
        }
    }
    parameter
}

fn content(media: &[&str], schema: &Value) -> Map<String, Value> {
    media.iter().map(|media| ((*media).to_owned(), json!({"schema": schema}))).collect()
}

fn responses(responses: &[(&'static str, Value)], produces: &[&str], dialect: Dialect) -> Value {
    let mut out = Map::new();
    for (code, schema) in responses {
        let description = match *code {
            "201" => "Created",
            "202" => "Accepted",
            _ => "OK",
        };
        let response = match dialect {
            Dialect::V2 => json!({"description": description, "schema": schema}),
            Dialect::V3 => json!({"description": description, "content": content(produces, schema)}),
        };
        out.insert((*code).to_owned(), response);
    }
    out.insert("401".to_owned(), json!({"description": "Unauthorized"}));
    Value::Object(out)
}
