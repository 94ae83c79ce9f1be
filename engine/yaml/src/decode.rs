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
    let mut decoder = Decoder { tree: &tree, duplicates, budget, open: Vec::new(), aliases: 0, repeated: Vec::new() };
    let data = decoder.value(root)?;
    if !decoder.repeated.is_empty() {
        return Err(Error::yaml(format!("yaml: unmarshal errors:\n  {}", decoder.repeated.join("\n  "))));
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
            NodeKind::Scalar { value, tag, implicit } => scalar(value, tag, *implicit),
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
        for (key, value) in entries {
            if self.is_merge(*key) {
                self.merge(map, *value)?;
                continue;
            }
            let key_data = self.value(*key)?;
            if matches!(key_data, Data::List(_) | Data::Map(_)) {
                return Err(Error::yaml(format!("yaml: invalid map key: {}", key::go_syntax(&key_data))));
            }
            let data = self.value(*value)?;
            let Some(name) = key::text(&key_data) else {
                let value = key::go_syntax(&data);
                return Err(Error::yaml(format!(
                    "unsupported map key of type: %!s(<nil>), key: <nil>, value: {value}"
                )));
            };
            if self.duplicates == Duplicates::Refused && map.contains_key(&name) {
                let line = self.tree.nodes.get(*value).map_or(0, |node| node.line + 1);
                self.repeated.push(format!("line {line}: key {} already set in map", key::go_syntax(&key_data)));
                continue;
            }
            map.insert(name, data);
        }
        Ok(())
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

    /// `<<: *a` or `<<: [*a, *b]`: entries of `a` before those of `b`, and all over what the map already holds.
    fn merge(&mut self, map: &mut Map, source: NodeId) -> Result<(), Error> {
        let sources = match self.kind(source) {
            Some(NodeKind::Sequence(items)) => items.as_slice(),
            _ => &[source],
        };
        for id in sources.iter().rev() {
            let target = match self.kind(*id) {
                Some(NodeKind::Alias { target, .. }) => *target,
                _ => *id,
            };
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

fn scalar(value: &str, tag: &str, implicit: bool) -> Result<Data, Error> {
    if tag.is_empty() && !implicit {
        return Ok(Data::String(value.to_owned()));
    }
    if tag == resolve::BINARY {
        let compact: String = value.chars().filter(|character| !matches!(character, '\n' | '\r')).collect();
        let bytes =
            STANDARD.decode(compact).map_err(|_| Error::yaml("yaml: !!binary value contains invalid base64 data"))?;
        return Ok(Data::String(String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(match resolve::resolve(tag, value)? {
        Resolved::Null => Data::Null,
        Resolved::Bool(value) => Data::Bool(value),
        Resolved::Int(value) => Data::Int(value),
        Resolved::Unsigned(value) => Data::Float(value as f64),
        Resolved::Float(value) => Data::Float(value),
        Resolved::Timestamp | Resolved::Text => Data::String(value.to_owned()),
    })
}
