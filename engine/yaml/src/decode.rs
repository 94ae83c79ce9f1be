//! YAML text to data, by the rules of `sigs.k8s.io/yaml` over go-yaml v2.

mod key;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::data::Data;
use crate::error::Error;
use crate::map::Map;
use crate::resolve::{self, Resolved};
use crate::scanner::MAX_DEPTH;
use crate::tree::{NodeId, NodeKind, Tree};
use crate::{reader, tree};

/// The first document of `text`, as `yaml.Unmarshal` into `interface{}` reads it: every number is a float,
/// duplicate keys are allowed and the last one wins, keys become strings.
///
/// # Errors
/// `yaml: line N: …` for bad grammar, unknown anchors, excessive aliasing, unrepresentable numbers or keys.
pub fn decode(text: &[u8]) -> Result<Data, Error> {
    decode_exact(text).map(Data::with_float_numbers)
}

/// Like [`decode`], but integers of at most 64 bits stay integers: for typed readers, where `5` means the text `5`.
pub fn decode_exact(text: &[u8]) -> Result<Data, Error> {
    decode_tree(text, Duplicates::LastWins)
}

/// Like [`decode`], but a key given twice in one map is an error.
pub fn decode_strict(text: &[u8]) -> Result<Data, Error> {
    decode_exact_strict(text).map(Data::with_float_numbers)
}

/// Like [`decode_exact`], but a key given twice in one map is an error.
pub fn decode_exact_strict(text: &[u8]) -> Result<Data, Error> {
    decode_tree(text, Duplicates::Refused)
}

#[derive(Clone, Copy, PartialEq)]
enum Duplicates {
    LastWins,
    Refused,
}

fn decode_tree(text: &[u8], duplicates: Duplicates) -> Result<Data, Error> {
    let text = reader::read(text)?;
    let tree = tree::parse(&text)?;
    let Some(root) = tree.root else { return Ok(Data::Null) };
    let budget = Budget::default();
    let mut decoder =
        Decoder { tree: &tree, duplicates, budget, open: Vec::new(), aliases: 0, repeated: Vec::new(), nameless: None };
    let data = decoder.value(root)?;
    if !decoder.repeated.is_empty() {
        return Err(Error::yaml(format!("yaml: unmarshal errors:\n  {}", decoder.repeated.join("\n  "))));
    }
    if let Some((_, message)) = decoder.nameless {
        return Err(Error::yaml(message));
    }
    decoder.refuse_unwritable(&data)?;
    Ok(data)
}

struct Decoder<'t, 'a> {
    tree: &'t Tree<'a>,
    duplicates: Duplicates,
    budget: Budget,
    /// Collections being decoded, outermost first.
    open: Vec<NodeId>,
    /// How many of them were entered through an alias.
    aliases: usize,
    /// Complaints about keys given twice.
    repeated: Vec<String>,
    /// The complaint about the outermost key that JSON has no name for, by how deep it lies: go-yaml reads on.
    nameless: Option<(usize, String)>,
}

/// A scalar, as Go's types tell them apart.
enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Float(f64),
    Text(String),
}

impl From<Scalar> for Data {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(value) => Self::Bool(value),
            Scalar::Int(value) => Self::Int(value),
            Scalar::Unsigned(value) => Self::Float(value as f64),
            Scalar::Float(value) => Self::Float(value),
            Scalar::Text(text) => Self::String(text),
        }
    }
}

/// Guards against documents that are mostly aliases of aliases, by go-yaml's ratio.
#[derive(Default)]
struct Budget {
    decoded: usize,
    by_alias: usize,
}

impl Budget {
    fn spend(&mut self, in_alias: bool) -> Result<(), Error> {
        self.decoded += 1;
        self.by_alias += usize::from(in_alias);
        let excessive = self.by_alias > 100
            && self.decoded > 1000
            && self.by_alias as f64 / self.decoded as f64 > allowed_alias_ratio(self.decoded);
        if excessive { Err(Error::yaml("yaml: document contains excessive aliasing")) } else { Ok(()) }
    }
}

/// 99 % of a small document may come from aliases, 10 % of a large one.
fn allowed_alias_ratio(decoded: usize) -> f64 {
    const SMALL: f64 = 400_000.0;
    const LARGE: f64 = 4_000_000.0;
    let share = ((decoded as f64 - SMALL) / (LARGE - SMALL)).clamp(0.0, 1.0);
    0.99 - 0.89 * share
}

impl<'t, 'a> Decoder<'t, 'a> {
    fn value(&mut self, id: NodeId) -> Result<Data, Error> {
        let tree = self.tree;
        let Some(node) = tree.nodes.get(id) else { return Ok(Data::Null) };
        self.budget.spend(self.aliases > 0)?;
        match &node.kind {
            NodeKind::Scalar { value, tag, implicit } => scalar(value, tag, *implicit).map(Data::from),
            NodeKind::Sequence(items) => self.within(id, |decoder| {
                items.iter().map(|item| decoder.value(*item)).collect::<Result<_, _>>().map(Data::List)
            }),
            NodeKind::Mapping(entries) => self.within(id, |decoder| {
                let mut map = Map::new();
                decoder.fill(&mut map, entries)?;
                Ok(Data::Map(map))
            }),
            NodeKind::Alias { target, name } => {
                if self.open.contains(target) {
                    return Err(Error::yaml(format!("yaml: anchor '{name}' value contains itself")));
                }
                self.aliases += 1;
                let data = self.value(*target);
                self.aliases -= 1;
                data
            }
        }
    }

    fn within<T>(&mut self, id: NodeId, decode: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.open.push(id);
        if self.open.len() > MAX_DEPTH {
            return Err(Error::limit(format!("yaml: exceeded max depth of {MAX_DEPTH}")));
        }
        let decoded = decode(self);
        self.open.pop();
        decoded
    }

    fn fill(&mut self, map: &mut Map, entries: &[(NodeId, NodeId)]) -> Result<(), Error> {
        for (id, value) in entries {
            if self.is_merge(*id) {
                self.merge(map, *value)?;
                continue;
            }
            let key = self.key(*id)?;
            let data = self.value(*value)?;
            let Some(name) = key.name() else {
                self.note_nameless(*id, *value);
                continue;
            };
            if self.duplicates == Duplicates::Refused && map.contains_key(&name) {
                let shown = self.go_syntax(*id);
                let line = self.tree.nodes.get(*value).map_or(0, |node| node.line + 1);
                self.repeated.push(format!("line {line}: key {shown} already set in map"));
                continue;
            }
            map.insert(name, data);
        }
        Ok(())
    }

    fn key(&mut self, id: NodeId) -> Result<Scalar, Error> {
        if let Some(NodeKind::Scalar { value, tag, implicit }) = self.kind(id) {
            self.budget.spend(self.aliases > 0)?;
            return scalar(value, tag, *implicit);
        }
        self.value(id)?;
        let scalar = self.scalar_at(id);
        scalar.ok_or_else(|| Error::yaml(format!("yaml: invalid map key: {}", self.go_syntax(id))))
    }

    fn note_nameless(&mut self, key: NodeId, value: NodeId) {
        let depth = self.open.len();
        if self.nameless.as_ref().is_none_or(|(known, _)| depth <= *known) {
            let ty = match self.scalar_at(key) {
                Some(Scalar::Unsigned(_)) => "uint64",
                _ => "%!s(<nil>)",
            };
            let (key, value) = (self.go_syntax(key), self.go_syntax(value));
            self.nameless = Some((depth, format!("unsupported map key of type: {ty}, key: {key}, value: {value}")));
        }
    }

    /// What an alias stands for; any other node itself.
    fn target(&self, id: NodeId) -> NodeId {
        match self.kind(id) {
            Some(NodeKind::Alias { target, .. }) => *target,
            _ => id,
        }
    }

    fn kind(&self, id: NodeId) -> Option<&'t NodeKind<'a>> {
        self.tree.nodes.get(id).map(|node| &node.kind)
    }

    fn is_merge(&self, key: NodeId) -> bool {
        match self.kind(key) {
            Some(NodeKind::Scalar { value, tag, implicit }) => {
                value == "<<" && (*implicit || tag == "tag:yaml.org,2002:merge")
            }
            _ => false,
        }
    }

    /// The mappings that are merged, the first one last.
    fn sources<'s>(&self, source: &'s NodeId) -> &'s [NodeId]
    where
        't: 's,
    {
        match self.kind(*source) {
            Some(NodeKind::Sequence(items)) => items.as_slice(),
            _ => std::slice::from_ref(source),
        }
    }

    /// `<<: *a` or `<<: [*a, *b]`: entries of `a` before those of `b`, and all over what the map already holds.
    fn merge(&mut self, map: &mut Map, source: NodeId) -> Result<(), Error> {
        for id in self.sources(&source).iter().rev() {
            let target = self.target(*id);
            let Some(NodeKind::Mapping(entries)) = self.kind(target) else {
                return Err(Error::yaml("yaml: map merge requires map or sequence of maps as the value"));
            };
            if let (true, Some(NodeKind::Alias { name, .. })) = (self.open.contains(&target), self.kind(*id)) {
                return Err(Error::yaml(format!("yaml: anchor '{name}' value contains itself")));
            }
            self.budget.spend(target != *id)?;
            self.aliases += usize::from(target != *id);
            let filled = self.within(target, |decoder| decoder.fill(map, entries));
            self.aliases -= usize::from(target != *id);
            filled?;
        }
        Ok(())
    }

    fn refuse_unwritable(&self, data: &Data) -> Result<(), Error> {
        match data {
            Data::Float(value) if !value.is_finite() => {
                Err(Error::yaml(format!("json: unsupported value: {}", crate::format_float(*value))))
            }
            Data::List(items) => items.iter().try_for_each(|item| self.refuse_unwritable(item)),
            Data::Map(map) => map.values().try_for_each(|value| self.refuse_unwritable(value)),
            Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_) | Data::String(_) => Ok(()),
        }
    }
}

fn scalar(value: &str, tag: &str, implicit: bool) -> Result<Scalar, Error> {
    if tag.is_empty() && !implicit {
        return Ok(Scalar::Text(value.to_owned()));
    }
    if tag == resolve::BINARY {
        let compact: String = value.chars().filter(|character| !matches!(character, '\n' | '\r')).collect();
        let bytes =
            STANDARD.decode(compact).map_err(|_| Error::yaml("yaml: !!binary value contains invalid base64 data"))?;
        return Ok(Scalar::Text(String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(match resolve::resolve(tag, value)? {
        Resolved::Null => Scalar::Null,
        Resolved::Bool(value) => Scalar::Bool(value),
        Resolved::Int(value) => Scalar::Int(value),
        Resolved::Unsigned(value) => Scalar::Unsigned(value),
        Resolved::Float(value) => Scalar::Float(value),
        Resolved::Timestamp | Resolved::Text => Scalar::Text(value.to_owned()),
    })
}
