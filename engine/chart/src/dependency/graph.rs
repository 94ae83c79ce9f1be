//! Tables that several places hold at once, as Go's maps are: what is added in one place is there in the others.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use helmx_yaml::{Data, Map};

use crate::values::GLOBAL;
use crate::warning::Warning;

/// Values that the imports of a chart may touch, and that may be there once everything is spelled out: the same table in
/// many places can be long.
const MAX_VALUES: usize = 1_000_000;

/// Long texts count as several values.
const BYTES_PER_VALUE: usize = 64;

/// Tables in tables. Those of a values file are at most 200 deep.
const MAX_DEPTH: usize = 500;

/// A table.
#[derive(Clone, Default)]
pub(super) struct Table(Rc<RefCell<BTreeMap<String, Node>>>);

#[derive(Clone)]
enum Node {
    Table(Table),
    /// Whatever is replaced as a whole.
    Leaf(Data),
}

/// Tables hold themselves, or are too deep or too many to be spelled out.
pub(super) struct Endless;

/// What is imported into a table, one after another.
pub(super) struct Imports<'l> {
    into: Table,
    touched: usize,
    log: &'l mut Vec<Warning>,
}

impl<'l> Imports<'l> {
    pub(super) fn new(into: Table, log: &'l mut Vec<Warning>) -> Self {
        Self { into, touched: 0, log }
    }

    /// Puts `defaults` under what there is (Helm's `MergeTables`, which leaves traces in `defaults` too).
    pub(super) fn add(&mut self, defaults: &Table) -> Result<(), Endless> {
        self.into.clone().merge(defaults, "", 0, self)
    }

    pub(super) fn warn(&mut self, warning: Warning) {
        self.log.push(warning);
    }
}

impl Table {
    /// The merged values of a chart. Below `global`, the sub-charts have the very tables of their parent, which are in
    /// `values` as copies that nobody changed; everything else is apart.
    pub(super) fn of_chart(values: &Map) -> Self {
        Self::with_globals(values, None)
    }

    fn with_globals(values: &Map, parent: Option<&Globals<'_>>) -> Self {
        let globals =
            values.get(GLOBAL).and_then(Data::as_map).map(|map| Globals { map, table: Self::lent(map, parent) });
        let nodes = values.iter().map(|(key, value)| {
            let node = match (value, &globals) {
                (Data::Map(_), Some(globals)) if key == GLOBAL => Node::Table(globals.table.clone()),
                (Data::Map(inner), _) => Node::Table(Self::with_globals(inner, globals.as_ref())),
                (leaf, _) => Node::Leaf(leaf.clone()),
            };
            (key.clone(), node)
        });
        Self(Rc::new(RefCell::new(nodes.collect())))
    }

    /// What is `global` in a chart: tables two levels below are those of `parent` where it has them, too.
    fn lent(globals: &Map, parent: Option<&Globals<'_>>) -> Self {
        let outer = globals.iter().map(|(outer, value)| {
            let Data::Map(table) = value else { return (outer.clone(), Node::Leaf(value.clone())) };
            let inner = table.iter().map(|(inner, value)| {
                let shared = parent.and_then(|parent| parent.shared([outer, inner], value));
                (inner.clone(), shared.unwrap_or_else(|| Node::from(value.clone())))
            });
            (outer.clone(), Node::Table(Self(Rc::new(RefCell::new(inner.collect())))))
        });
        Self(Rc::new(RefCell::new(outer.collect())))
    }

    /// The table at a path, or the first key on the way that leads to none. Of an empty one Helm makes another.
    pub(super) fn at<'p>(&self, path: &'p str) -> Result<Self, &'p str> {
        let found = path.split('.').try_fold(self.clone(), |table, key| match table.0.borrow().get(key) {
            Some(Node::Table(inner)) => Ok(inner.clone()),
            _ => Err(key),
        })?;
        let is_empty = found.0.borrow().is_empty();
        Ok(if is_empty { Self::default() } else { found })
    }

    /// A table that holds this one at the path.
    pub(super) fn below(self, path: &str) -> Result<Self, Endless> {
        if path.split('.').count() > MAX_DEPTH {
            return Err(Endless);
        }
        Ok(path.split('.').rev().fold(self, |inner, key| {
            Self(Rc::new(RefCell::new(BTreeMap::from([(key.to_owned(), Node::Table(inner))]))))
        }))
    }

    fn merge(&self, defaults: &Self, path: &str, depth: usize, imports: &mut Imports<'_>) -> Result<(), Endless> {
        if Rc::ptr_eq(&self.0, &defaults.0) {
            return Ok(());
        }
        imports.touched += defaults.0.borrow().len();
        if depth > MAX_DEPTH || imports.touched > MAX_VALUES {
            return Err(Endless);
        }
        let is_null = |node: &Node| matches!(node, Node::Leaf(Data::Null));
        let nulls: Vec<String> =
            self.0.borrow().iter().filter(|(_, node)| is_null(node)).map(|(key, _)| key.clone()).collect();
        defaults.0.borrow_mut().extend(nulls.into_iter().map(|key| (key, Node::Leaf(Data::Null))));
        let entries: Vec<(String, Node)> =
            defaults.0.borrow().iter().map(|(key, node)| (key.clone(), node.clone())).collect();
        for (key, default) in entries {
            let own = self.0.borrow().get(&key).cloned();
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match (own, default) {
                (None, default) => {
                    self.0.borrow_mut().insert(key, default);
                }
                (Some(Node::Table(own)), Node::Table(inner)) => own.merge(&inner, &path, depth + 1, imports)?,
                (Some(Node::Leaf(_)), Node::Table(inner)) => {
                    let shown = crate::values::shown(&Data::Map(inner.copy(depth, &mut imports.touched)?));
                    imports.touched += shown.len() / BYTES_PER_VALUE;
                    imports.log.push(Warning::cannot_overwrite(&path, &shown));
                }
                (Some(Node::Table(_)), Node::Leaf(default)) if !default.is_null() => {
                    imports.log.push(Warning::ignored(&path, &crate::values::shown(&default)));
                }
                (Some(_), Node::Leaf(_)) => {}
            }
        }
        Ok(())
    }

    /// The table with a copy of everything in it.
    pub(super) fn spell_out(&self) -> Result<Map, Endless> {
        self.copy(0, &mut 0)
    }

    /// Empties it and all that it holds: tables that hold themselves would stay for good.
    pub(super) fn dissolve(self) {
        let mut tables = vec![self];
        while let Some(table) = tables.pop() {
            let inner = table.0.take().into_values();
            tables.extend(inner.filter_map(|node| match node {
                Node::Table(table) => Some(table),
                Node::Leaf(_) => None,
            }));
        }
    }

    fn copy(&self, depth: usize, count: &mut usize) -> Result<Map, Endless> {
        let table = self.0.borrow();
        *count += table.len();
        if depth > MAX_DEPTH || *count > MAX_VALUES {
            return Err(Endless);
        }
        let copied = table.iter().map(|(key, node)| {
            let value = match node {
                Node::Table(inner) => Data::Map(inner.copy(depth + 1, count)?),
                Node::Leaf(data) => {
                    *count += weight(data);
                    data.clone()
                }
            };
            Ok((key.clone(), value))
        });
        copied.collect()
    }
}

/// What a chart has as `global`, as data and as tables.
struct Globals<'v> {
    map: &'v Map,
    table: Table,
}

impl Globals<'_> {
    /// The table at the place, if `value` is a copy of it.
    fn shared(&self, [outer, inner]: [&str; 2], value: &Data) -> Option<Node> {
        let own = self.map.get(outer)?.as_map()?.get(inner)?.as_map()?;
        if !own.shares_entries_with(value.as_map()?) {
            return None;
        }
        match self.table.0.borrow().get(outer)? {
            Node::Table(table) => table.0.borrow().get(inner).cloned(),
            Node::Leaf(_) => None,
        }
    }
}

/// Values in a value, for the bound.
fn weight(data: &Data) -> usize {
    match data {
        Data::String(text) => text.len() / BYTES_PER_VALUE,
        Data::List(items) => items.iter().map(|item| 1 + weight(item)).sum(),
        Data::Map(map) => map.values().map(|value| 1 + weight(value)).sum(),
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_) => 0,
    }
}

impl From<Map> for Table {
    fn from(map: Map) -> Self {
        let nodes = map.into_iter().map(|(key, value)| (key, value.into()));
        Self(Rc::new(RefCell::new(nodes.collect())))
    }
}

impl From<Data> for Node {
    fn from(data: Data) -> Self {
        match data {
            Data::Map(inner) => Self::Table(inner.into()),
            leaf => Self::Leaf(leaf),
        }
    }
}

#[cfg(test)]
mod tests {
    use helmx_yaml::{Data, Map, decode};

    use super::{Imports, Table};

    fn map(text: &str) -> Map {
        decode(text.as_bytes()).unwrap().into_map()
    }

    /// Imports in order, as `child > parent`; what becomes of the values and what is imported.
    fn import(values: &str, imports: &[&str]) -> Option<(Map, Map)> {
        let (values, imported, mut log) = (Table::from(map(values)), Table::default(), Vec::new());
        let mut adding = Imports::new(imported.clone(), &mut log);
        let result = imports.iter().try_for_each(|import| {
            let (child, parent) = import.split_once(" > ").unwrap();
            let table = values.at(child).unwrap();
            let table = if parent == "." { table } else { table.below(parent)? };
            adding.add(&table)
        });
        let copies = result.and_then(|()| Ok((values.spell_out()?, imported.spell_out()?)));
        values.dissolve();
        imported.dissolve();
        copies.ok()
    }

    #[test]
    fn imports_are_the_tables_that_they_come_from() {
        let cases = [
            ("{a: {b: {c: 1}}}", "a > .", "a > .", "{a: {b: {c: 1}}}", "{b: {c: 1}}"),
            ("{a: {b: {c: 1}}, d: {e: 2}}", "a > .", "d > b", "{a: {b: {c: 1, e: 2}}, d: {e: 2}}", "{b: {c: 1, e: 2}}"),
            ("{a: {b: {c: null}}, d: {c: 2}}", "a > .", "d > b", "{a: {b: {c: null}}, d: {c: null}}", "{b: {c: null}}"),
            ("{a: {b: 1}, d: {c: 2}}", "a > .", "d > b", "{a: {b: 1}, d: {c: 2}}", "{b: 1}"),
            ("{a: {}, d: {c: 2}}", "a > b", "d > b", "{a: {}, d: {c: 2}}", "{b: {c: 2}}"),
        ];
        for (values, first, second, wanted, imported) in cases {
            let found = import(values, &[first, second]);
            assert_eq!(found, Some((map(wanted), map(imported))), "{values}");
        }
    }

    /// Tables two levels below `global` are the parent's and all its sub-charts', if nobody changed their copy.
    #[test]
    fn globals_are_shared() {
        let shared = Data::Map(map("{deep: {x: 1}}"));
        let globals =
            |inner: Data| Data::Map(Map::from([("k".to_owned(), Data::Map(Map::from([("t".to_owned(), inner)])))]));
        let chart = |inner: Data| Data::Map(Map::from([("global".to_owned(), globals(inner))]));
        let other = Data::Map(map("{deep: {x: 1}}"));
        let values = Map::from([
            ("global".to_owned(), globals(shared.clone())),
            ("a".to_owned(), chart(shared.clone())),
            ("b".to_owned(), chart(shared)),
            ("c".to_owned(), chart(other)),
        ]);
        let (values, mut log) = (Table::of_chart(&values), Vec::new());
        let place = "global.k.t";
        let into = values.at(&format!("a.{place}")).unwrap();
        assert!(Imports::new(into, &mut log).add(&Table::from(map("{y: 2}"))).is_ok());
        for (chart, wanted) in [("", 2), ("a.", 2), ("b.", 2), ("c.", 1)] {
            let found = values.at(&format!("{chart}{place}")).unwrap().spell_out().map(|table| table.len()).ok();
            assert_eq!(found, Some(wanted), "{chart}");
        }
    }

    #[test]
    fn what_never_ends_is_refused() {
        // A table that holds itself.
        assert_eq!(import("{a: {b: {c: 1}}}", &["a > .", "a > b.d"]), None);
        // Two of a table in the next one, forty times over.
        let tables: Map = (0..40).map(|number| (format!("t{number}"), Data::Map(map("{x: 1}")))).collect();
        let values = helmx_yaml::encode(&Data::Map(Map::from([("a".to_owned(), Data::Map(tables))]))).unwrap();
        let imports: Vec<String> =
            (0..39).flat_map(|number| ["y", "z"].map(|key| format!("a.t{number} > t{}.{key}", number + 1))).collect();
        let imports: Vec<&str> = ["a > ."].into_iter().chain(imports.iter().map(String::as_str)).collect();
        assert_eq!(import(&values, &imports), None);
        // A path of a million tables.
        assert_eq!(import("{a: {b: 1}}", &[&format!("a > {}", ".".repeat(1_000_000))]), None);
    }
}
