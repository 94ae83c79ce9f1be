//! Globals on their way down to sub-charts (`coalesceGlobals` in `pkg/chart/common/util/coalesce.go`).
//!
//! Helm copies the tables directly below `global`, but not the tables in those: parent and sub-charts share them, so that
//! what one of them adds, all of them have. Here one chart has them at a time, and the others get copies in the end.

use helmx_yaml::{Data, Map};

use super::table::{self, Defaults, Path};
use super::{GLOBAL, Nulls};
use crate::warning::Warning;

/// What a sub-chart shares with its parent.
pub(super) struct Shared {
    /// The sub-chart's name.
    name: String,
    /// Tables two levels below `global`.
    tables: Vec<Place>,
    /// What its own sub-charts share with it.
    below: Vec<Shared>,
}

struct Place {
    outer: String,
    inner: String,
}

/// The tables that a sub-chart has for now.
pub(super) struct Lent(Vec<Place>);

/// Hands the parent's globals down. They win over the sub-chart's, except that a table is never replaced by something
/// else. `path` names the parent, for messages.
pub(super) fn hand_down(own: &mut Map, globals: Option<&mut Data>, path: &str, log: &mut Vec<Warning>) -> Lent {
    let mut lent = Lent(Vec::new());
    if own.get(GLOBAL).is_some_and(|globals| globals.as_map().is_none()) {
        log.push(Warning::info("warning: skipping globals because destination global is not a table.", &[]));
        return lent;
    }
    let mut empty = Map::new();
    let source = match globals.map(Data::as_map_mut) {
        None => &mut empty,
        Some(Some(map)) => map,
        Some(None) => {
            log.push(Warning::info("warning: skipping globals because source global is not a table.", &[]));
            return lent;
        }
    };
    let Data::Map(target) = own.entry(GLOBAL.to_owned()).or_insert_with(|| Data::Map(Map::new())) else { return lent };
    for (key, value) in source {
        match (value, target.get_mut(key)) {
            (Data::Map(_), Some(existing)) if existing.as_map().is_none() => {
                let message = format!("Conflict: cannot merge map onto non-map for {key:?}. Skipping.");
                log.push(Warning::info(message, &[]));
            }
            (Data::Map(table), existing) => {
                let mut winner = lent.take(key, table);
                if let Some(Data::Map(existing)) = existing {
                    let path = Path::new(path);
                    table::combine(&mut winner, Defaults::whole(existing), Nulls::Keep, &path.join(key), log);
                }
                target.insert(key.clone(), Data::Map(winner));
            }
            (_, Some(Data::Map(_))) => log.push(Warning::info(format!("key {key} is table. Skipping"), &[])),
            (value, _) => {
                target.insert(key.clone(), value.clone());
            }
        }
    }
    lent
}

impl Lent {
    /// The table as the sub-chart gets it; its own tables are lent.
    fn take(&mut self, outer: &str, table: &mut Map) -> Map {
        let taken = table.iter_mut().map(|(inner, value)| match value {
            Data::Map(_) => {
                self.0.push(Place { outer: outer.to_owned(), inner: inner.clone() });
                (inner.clone(), std::mem::take(value))
            }
            other => (inner.clone(), other.clone()),
        });
        taken.collect()
    }

    /// The parent has its tables again, with what the sub-chart `name` added.
    pub(super) fn give_back(self, name: &str, own: &mut Map, globals: Option<&mut Data>, below: Vec<Shared>) -> Shared {
        let source = globals.and_then(Data::as_map_mut);
        if let (Some(source), Some(target)) = (source, own.get_mut(GLOBAL).and_then(Data::as_map_mut)) {
            for place in &self.0 {
                if let (Some(lender), Some(table)) = (place.find(source), place.find(target)) {
                    std::mem::swap(lender, table);
                }
            }
        }
        Shared { name: name.to_owned(), tables: self.0, below }
    }
}

impl Place {
    fn find<'g>(&self, globals: &'g mut Map) -> Option<&'g mut Data> {
        globals.get_mut(&self.outer)?.as_map_mut()?.get_mut(&self.inner)
    }
}

/// Once all charts had their turn: sub-charts get what they share, as it is now.
pub(super) fn distribute(values: &mut Map, shared: &[Shared]) {
    for Shared { name, tables, below } in shared {
        let globals = values.get_mut(GLOBAL).and_then(Data::as_map_mut);
        let final_tables: Vec<Option<Data>> = match globals {
            Some(globals) => tables.iter().map(|place| place.find(globals).cloned()).collect(),
            None => Vec::new(),
        };
        let Some(Data::Map(own)) = values.get_mut(name) else { continue };
        if let Some(target) = own.get_mut(GLOBAL).and_then(Data::as_map_mut) {
            for (place, table) in tables.iter().zip(final_tables) {
                if let (Some(slot), Some(table)) = (place.find(target), table) {
                    *slot = table;
                }
            }
        }
        distribute(own, below);
    }
}

#[cfg(test)]
mod tests {
    use helmx_yaml::{Data, Map, decode};

    use crate::Chart;
    use crate::values::coalesce;

    fn chart(name: &str, values: &str, dependencies: Vec<Chart>) -> Chart {
        let mut chart = Chart { values: map(values), dependencies, ..Chart::default() };
        chart.metadata.name = name.to_owned();
        chart
    }

    fn map(text: &str) -> Map {
        decode(text.as_bytes()).unwrap().into_map()
    }

    /// What helm v4.3.1 prints of `.Values` of such charts. Tables directly below `global` are each chart's own, those
    /// in them are everybody's, nephews included.
    #[test]
    fn inner_tables_are_shared() {
        let nephew = chart("nephew", "global: {a: {b: {f: 6}, w: 1}}", vec![]);
        let kid = chart("kid", "global: {a: {b: {d: 2, n: null, deep: {x: {y: null}}}, z: 3}}", vec![nephew]);
        let two = chart("two", "global: {a: {b: {e: 5}}, l: [1]}", vec![]);
        let top = chart("top", "global: {a: {b: {c: 1}, n: null}, s: 1}", vec![kid, two]);
        let found = coalesce(&top, &map("global: {s: 2}\nkid: {global: {a: {b: {c: 9, u: 7}}}}"), &mut Vec::new());
        let b = "b: {c: 1, d: 2, deep: {x: {}}, e: 5, f: 6, u: 7}";
        let wanted = format!(
            "global: {{a: {{{b}}}, s: 2}}
kid: {{global: {{a: {{{b}, z: 3}}, s: 2}}, nephew: {{global: {{a: {{{b}, z: 3, w: 1}}, s: 2}}}}}}
two: {{global: {{a: {{{b}}}, l: [1], s: 2}}}}"
        );
        assert_eq!(Data::Map(found.unwrap()), Data::Map(map(&wanted)));
    }

    #[test]
    fn what_is_no_table_is_left_alone_and_logged() {
        let cases = [
            (
                "global: {a: {b: 1}}",
                "global: 1",
                "warning: skipping globals because destination global is not a table.",
            ),
            ("global: 1", "global: {a: 1}", "warning: skipping globals because source global is not a table."),
            ("global: {a: {b: 1}}", "global: {a: 1}", "Conflict: cannot merge map onto non-map for \"a\". Skipping."),
            ("global: {a: 1}", "global: {a: {b: 1}}", "key a is table. Skipping"),
        ];
        for (parent, child, wanted) in cases {
            let top = chart("top", parent, vec![chart("kid", "", vec![])]);
            let mut log = Vec::new();
            let user = Map::from([("kid".to_owned(), Data::Map(map(child)))]);
            let merged = coalesce(&top, &user, &mut log).unwrap();
            assert_eq!(merged.get("kid").unwrap(), &Data::Map(map(child)), "{parent}");
            assert_eq!(log.iter().map(|one| one.message.as_str()).collect::<Vec<_>>(), [wanted]);
        }
    }
}
