//! Validation errors in Helm's layout: errors of one schema grouped, alternatives indented below what they belong to.
//!
//! The library gives a flat list with the path of keywords to each error; the layout comes from a tree of schemas.

use std::collections::BTreeMap;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::describe;

/// How deep alternatives within alternatives are shown.
const MAX_DEPTH: usize = 64;

/// One line, and the lines indented below it.
struct Node {
    /// Where in the values, as a JSON pointer.
    place: String,
    text: String,
    children: Vec<Node>,
    kind: NodeKind,
}

#[derive(Clone, Copy, PartialEq)]
enum NodeKind {
    Plain,
    /// Several errors of one schema; at the top its children stand for it.
    Group,
}

/// All errors, one per line and each with a line break.
pub(super) fn render(schema: &Value, errors: &[ValidationError<'_>]) -> String {
    let mut text = String::new();
    let schema = Schema { root: schema, place: String::new(), start: 0, depth: 0 };
    if let Some(node) = frame(&errors.iter().collect::<Vec<_>>(), &schema) {
        let top = if node.kind == NodeKind::Group { node.children } else { vec![node] };
        top.iter().for_each(|node| write(node, 0, &mut text));
    }
    text
}

fn write(node: &Node, indent: usize, out: &mut String) {
    out.push_str(&format!("{}- at {}: {}\n", "  ".repeat(indent), describe::quoted(&node.place), node.text));
    node.children.iter().for_each(|child| write(child, indent + 1, out));
}

/// The keywords that led to an error, from the root schema on.
fn path(error: &ValidationError<'_>) -> Vec<String> {
    error.evaluation_path().as_str().split('/').skip(1).map(str::to_owned).collect()
}

/// A schema on the way to errors.
struct Schema<'s> {
    /// The whole document.
    root: &'s Value,
    /// The value it looks at.
    place: String,
    /// How many path segments lead to it.
    start: usize,
    /// How many alternatives it stands in.
    depth: usize,
}

/// The errors of one schema.
fn frame(errors: &[&ValidationError<'_>], schema: &Schema<'_>) -> Option<Node> {
    let mut leaves = Vec::new();
    let mut inner: Inner<'_, '_> = BTreeMap::new();
    for &error in errors {
        let path = path(error);
        let rest = path.get(schema.start..).unwrap_or_default();
        let step = step(rest);
        if rest.len() > step {
            let key = rest.get(..step).unwrap_or_default().to_vec();
            inner.entry((rank(rest.first().map_or("", String::as_str)), key)).or_default().push(error);
        } else {
            leaves.push(error);
        }
    }
    let mut nodes: Vec<(usize, Node)> = Vec::new();
    add_leaves(&leaves, schema, &mut nodes);
    add_inner(inner, schema, &mut nodes);
    // A wrong type, constant or choice says it all.
    nodes.sort_by_key(|(rank, _)| *rank);
    if nodes.first().is_some_and(|(rank, _)| *rank == 0) {
        nodes.truncate(1);
    }
    let mut nodes: Vec<Node> = nodes.into_iter().map(|(_, node)| node).collect();
    if nodes.len() < 2 {
        return nodes.pop();
    }
    let text = "validation failed".to_owned();
    Some(Node { place: schema.place.clone(), text, children: nodes, kind: NodeKind::Group })
}

/// How many segments lead from a schema to the next one on the path; the whole rest if the keyword itself failed.
fn step(rest: &[String]) -> usize {
    match rest.first().map(String::as_str) {
        Some("properties" | "patternProperties" | "dependentSchemas" | "dependencies" | "$defs" | "definitions") => 2,
        Some("allOf" | "prefixItems") => 2,
        // `items` is one schema or, in old drafts, a list of them.
        Some("items") => 1 + usize::from(rest.get(1).is_some_and(|next| next.parse::<usize>().is_ok())),
        Some(
            "then"
            | "else"
            | "$ref"
            | "$dynamicRef"
            | "$recursiveRef"
            | "additionalProperties"
            | "additionalItems"
            | "unevaluatedProperties"
            | "unevaluatedItems",
        ) => 1,
        _ => rest.len(),
    }
}

/// The order in which the Go library looks at keywords.
fn rank(keyword: &str) -> usize {
    const ORDER: [&str; 33] = [
        "type",
        "const",
        "enum",
        "format",
        "$ref",
        "minProperties",
        "maxProperties",
        "required",
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "dependentSchemas",
        "dependentRequired",
        "dependencies",
        "minItems",
        "maxItems",
        "uniqueItems",
        "prefixItems",
        "items",
        "additionalItems",
        "contains",
        "minLength",
        "maxLength",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "not",
        "allOf",
        "anyOf",
    ];
    match ORDER.iter().position(|known| *known == keyword) {
        Some(0..=2) => 0,
        Some(place) => place,
        None => ORDER.len(),
    }
}

fn add_leaves(leaves: &[&ValidationError<'_>], schema: &Schema<'_>, nodes: &mut Vec<(usize, Node)>) {
    let plain =
        |text: String, children: Vec<Node>| Node { place: schema.place.clone(), text, children, kind: NodeKind::Plain };
    // One line for all missing properties; one for each property that needs others.
    let mut missing: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
    for error in leaves {
        if let ValidationErrorKind::Required { property } = error.kind() {
            let name = property.as_str().unwrap_or_default();
            missing.entry(condition(error, name, schema.root)).or_default().push(describe::quoted(name));
        } else {
            let node = Node {
                place: error.instance_path().as_str().to_owned(),
                ..plain(describe::text(error), children(error, schema))
            };
            nodes.push((rank(error.kind().keyword()), node));
        }
    }
    for (condition, names) in missing {
        let list = names.join(", ");
        let (keyword, text) = match condition {
            Some(name) => {
                ("dependentRequired", format!("properties {list} required, if {} exists", describe::quoted(&name)))
            }
            None if names.len() == 1 => ("required", format!("missing property {list}")),
            None => ("required", format!("missing properties {list}")),
        };
        nodes.push((rank(keyword), plain(text, Vec::new())));
    }
}

/// The property that asks for the missing one, if not the object itself does. The library does not say, so the
/// keyword's own list is looked at.
fn condition(error: &ValidationError<'_>, missing: &str, root: &Value) -> Option<String> {
    let asks = root.pointer(error.schema_path().as_str())?.as_object()?;
    let present = error.instance().as_object()?;
    let wanted = |list: &Value| list.as_array().is_some_and(|names| names.iter().any(|name| name == missing));
    asks.iter().find(|(name, list)| present.contains_key(*name) && wanted(list)).map(|(name, _)| name.clone())
}

/// What failed inside `anyOf`, `oneOf` and `propertyNames`.
fn children(error: &ValidationError<'_>, schema: &Schema<'_>) -> Vec<Node> {
    let alternatives = match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => context,
        ValidationErrorKind::PropertyNames { error } => {
            let text = describe::text(error);
            return vec![Node { place: String::new(), text, children: Vec::new(), kind: NodeKind::Plain }];
        }
        _ => return Vec::new(),
    };
    if schema.depth >= MAX_DEPTH {
        return Vec::new();
    }
    // The path of the keyword, and the number of the alternative.
    let start = path(error).len().max(schema.start) + 1;
    let inner = Schema { root: schema.root, place: schema.place.clone(), start, depth: schema.depth + 1 };
    alternatives.iter().filter_map(|errors| frame(&errors.iter().collect::<Vec<_>>(), &inner)).collect()
}

type Inner<'e, 'v> = BTreeMap<(usize, Vec<String>), Vec<&'e ValidationError<'v>>>;

fn add_inner(inner: Inner<'_, '_>, schema: &Schema<'_>, nodes: &mut Vec<(usize, Node)>) {
    let mut all_of = Vec::new();
    for ((rank, key), errors) in inner {
        // One schema applied to several items or properties fails once for each.
        let mut by_place: BTreeMap<String, Vec<&ValidationError<'_>>> = BTreeMap::new();
        for error in errors {
            by_place.entry(inner_place(error, &key, schema)).or_default().push(error);
        }
        let keyword = key.first().map_or("", String::as_str);
        for (place, errors) in by_place {
            let inner = Schema { root: schema.root, place, start: schema.start + key.len(), depth: schema.depth };
            let Some(mut node) = frame(&errors, &inner) else { continue };
            if keyword.starts_with('$') && node.kind == NodeKind::Group {
                // A reference takes the line of a group over, also of one further down, and keeps it even at the top.
                node.kind = NodeKind::Plain;
                node.place = inner.place;
            }
            match keyword {
                "allOf" => all_of.push(node),
                _ => nodes.push((rank, node)),
            }
        }
    }
    if !all_of.is_empty() {
        let text = "'allOf' failed".to_owned();
        let node = Node { place: schema.place.clone(), text, children: all_of, kind: NodeKind::Plain };
        nodes.push((rank("allOf"), node));
    }
}

/// The value that the next schema on the way to `error` looks at: a part of this one's, or the same.
fn inner_place(error: &ValidationError<'_>, key: &[String], schema: &Schema<'_>) -> String {
    let descends = matches!(
        key.first().map(String::as_str),
        Some(
            "properties"
                | "patternProperties"
                | "additionalProperties"
                | "unevaluatedProperties"
                | "items"
                | "prefixItems"
                | "additionalItems"
                | "unevaluatedItems"
        )
    );
    if !descends {
        return schema.place.clone();
    }
    let levels = schema.place.matches('/').count() + 1;
    error.instance_path().as_str().split('/').take(levels + 1).collect::<Vec<_>>().join("/")
}
