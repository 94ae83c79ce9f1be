//! Map keys: as text, and nodes in Go's own notation for messages about keys.

use std::cmp::Ordering;

use super::{Decoder, Scalar, scalar};
use crate::format_float;
use crate::tree::{NodeId, NodeKind};
use crate::{number, quote};

impl Scalar {
    /// The JSON name of a key; `None` for null and for what only fits without a sign, which have none.
    pub(super) fn name(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bool(value) => Some(value.to_string()),
            Self::Int(value) => Some(value.to_string()),
            Self::Float(value) => Some(number::in_yaml(number::format_single(value))),
            Self::Null | Self::Unsigned(_) => None,
        }
    }

    /// As Go's `%#v` shows it where an interface holds it.
    pub(super) fn go_syntax(&self) -> String {
        match self {
            Self::Null => "interface {}(nil)".to_owned(),
            Self::Text(text) => quote::text(text),
            Self::Unsigned(value) => format!("{value:#x}"),
            Self::Int(value) => value.to_string(),
            Self::Float(value) => format_float(*value),
            Self::Bool(value) => value.to_string(),
        }
    }

    /// Go's place among the keys of a printed map: by type first, in the order in which Helm's binary has the types.
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (Self::Unsigned(left), Self::Unsigned(right)) => left.cmp(right),
            (Self::Int(left), Self::Int(right)) => left.cmp(right),
            (Self::Float(left), Self::Float(right)) => {
                left.partial_cmp(right).unwrap_or_else(|| right.is_nan().cmp(&left.is_nan()))
            }
            (Self::Bool(left), Self::Bool(right)) => left.cmp(right),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn is_nan(&self) -> bool {
        matches!(self, Self::Float(value) if value.is_nan())
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Text(_) => 1,
            Self::Unsigned(_) => 2,
            Self::Int(_) => 3,
            Self::Float(_) => 4,
            Self::Bool(_) => 5,
        }
    }
}

/// Nodes that were decoded without a fault.
impl Decoder<'_, '_> {
    /// A node as Go's `%#v` shows what go-yaml made of it.
    pub(super) fn go_syntax(&self, id: NodeId) -> String {
        match self.scalar_at(id) {
            Some(Scalar::Null) => "<nil>".to_owned(),
            _ => self.go_syntax_inside(id),
        }
    }

    /// The same where an interface holds it.
    fn go_syntax_inside(&self, id: NodeId) -> String {
        match self.kind(self.target(id)) {
            Some(NodeKind::Sequence(items)) => {
                let items = items.iter().map(|item| self.go_syntax_inside(*item));
                format!("[]interface {{}}{{{}}}", join(items))
            }
            Some(NodeKind::Mapping(pairs)) => {
                let mut entries = Vec::new();
                self.entries(&mut entries, pairs);
                entries.sort_by(|(left, _), (right, _)| left.order(right));
                // Of equal keys, the last one counts.
                entries.reverse();
                entries.dedup_by(|(key, _), (kept, _)| key.order(kept).is_eq() && !key.is_nan());
                let entries = entries.iter().rev();
                let entries =
                    entries.map(|(key, value)| format!("{}:{}", key.go_syntax(), self.go_syntax_inside(*value)));
                format!("map[interface {{}}]interface {{}}{{{}}}", join(entries))
            }
            _ => self.scalar_at(id).unwrap_or(Scalar::Null).go_syntax(),
        }
    }

    /// The entries of a mapping, those that are merged into it at their place.
    fn entries(&self, entries: &mut Vec<(Scalar, NodeId)>, pairs: &[(NodeId, NodeId)]) {
        for (key, value) in pairs {
            if !self.is_merge(*key) {
                entries.extend(self.scalar_at(*key).map(|key| (key, *value)));
                continue;
            }
            for source in self.sources(value).iter().rev() {
                if let Some(NodeKind::Mapping(pairs)) = self.kind(self.target(*source)) {
                    self.entries(entries, pairs);
                }
            }
        }
    }

    /// What stands at the node or behind its alias, if it is a scalar.
    pub(super) fn scalar_at(&self, id: NodeId) -> Option<Scalar> {
        match self.kind(self.target(id)) {
            Some(NodeKind::Scalar { value, tag, implicit }) => scalar(value, tag, *implicit).ok(),
            Some(_) => None,
            None => Some(Scalar::Null),
        }
    }
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
