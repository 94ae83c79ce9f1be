//! Maps that hold themselves, which templates can make with `set`: counting references alone would never free them, and
//! each render of a hostile chart would cost a server some memory for good.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::rc::{Rc, Weak};
use std::vec::IntoIter;

use rustc_hash::FxHashMap;

use super::map::Shared;
use super::{List, Str, Value};

thread_local! {
    /// Maps into which containers were put, each once: every cycle goes through one of them.
    static NOTED: RefCell<Vec<Weak<Shared>>> = const { RefCell::new(Vec::new()) };
}

/// Remembers a map that a container is put into.
pub(super) fn note(map: &Rc<Shared>) {
    if map.is_noted.replace(true) {
        return;
    }
    NOTED.with_borrow_mut(|noted| {
        // Before it grows: renders make many maps that do not live long.
        if noted.len() == noted.capacity() {
            noted.retain(|map| map.strong_count() > 0);
        }
        noted.push(Rc::downgrade(map));
    });
}

/// Takes an entry out of each cycle among the noted maps. For the end of a run: what the run was given is changed, too.
pub(crate) fn break_all() {
    let noted = NOTED.take();
    let mut search = Search::default();
    for map in noted.iter().filter_map(Weak::upgrade) {
        map.is_noted.set(false);
        search.go_through(map);
    }
    let Search { cuts, .. } = search;
    for (map, key) in cuts {
        let _old = map.entries.borrow_mut().remove(&key);
    }
}

/// A walk through everything that the maps lead to, each container once. It needs no native stack.
#[derive(Default)]
struct Search {
    /// By address. Containers that were met stay alive until the walk ends, so that addresses stay theirs.
    met: FxHashMap<usize, Met>,
    kept: Vec<Value>,
    cuts: Vec<(Rc<Shared>, Str)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    /// On the way from the first map to where the walk is.
    OnPath,
    Done,
}

/// A container on the way, with what is still to be looked at in it.
struct Step {
    address: usize,
    /// For a map: itself, and the key of the entry that is being looked at.
    map: Option<(Rc<Shared>, Str)>,
    rest: IntoIter<(Str, Value)>,
}

impl Search {
    fn go_through(&mut self, first: Rc<Shared>) {
        let mut path = Vec::new();
        self.enter(&mut path, map_step(first));
        while let Some(step) = path.last_mut() {
            let Some((key, value)) = step.rest.next() else {
                self.met.insert(step.address, Met::Done);
                path.pop();
                continue;
            };
            if let Some((_, current)) = &mut step.map {
                *current = key;
            }
            let next = match &value {
                Value::Map(map) => map_step(map.shared().clone()),
                Value::List(list) => list_step(list),
                _ => continue,
            };
            match self.met.get(&next.address) {
                // Lists cannot be changed, so there is a map in every cycle.
                Some(Met::OnPath) => self.cuts.extend(path.iter().rev().find_map(|step| step.map.clone())),
                Some(Met::Done) => {}
                None => {
                    self.kept.push(value);
                    self.enter(&mut path, next);
                }
            }
        }
    }

    fn enter(&mut self, path: &mut Vec<Step>, step: Step) {
        if let Entry::Vacant(place) = self.met.entry(step.address) {
            place.insert(Met::OnPath);
            path.push(step);
        }
    }
}

fn map_step(map: Rc<Shared>) -> Step {
    let containers = |entries: &BTreeMap<Str, Value>| {
        let containers = entries.iter().filter(|(_, value)| value.is_container());
        containers.map(|(key, value)| (key.clone(), value.clone())).collect::<Vec<_>>()
    };
    let rest = containers(&map.entries.borrow()).into_iter();
    Step { address: Rc::as_ptr(&map).addr(), map: Some((map, Str::from([]))), rest }
}

fn list_step(list: &Rc<List>) -> Step {
    let containers = list.items().iter().filter(|item| item.is_container());
    let rest = containers.map(|item| (Str::from([]), item.clone())).collect::<Vec<_>>().into_iter();
    Step { address: Rc::as_ptr(list).addr(), map: None, rest }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::super::{List, ListType, Map, MapType, Str, Value};
    use super::break_all;

    fn key(name: &str) -> Str {
        name.as_bytes().into()
    }

    fn list(items: Vec<Value>) -> Value {
        Value::List(Rc::new(List::new(&ListType::ANY, items)))
    }

    /// Each case puts a map into itself on another way.
    #[test]
    fn maps_that_hold_themselves_are_freed() {
        let cases: [fn(&Rc<Map>); 5] = [
            |map| map.set(key("self"), Value::Map(map.clone())),
            |map| map.set(key("list"), list(vec![Value::Nil, list(vec![Value::Map(map.clone())])])),
            |map| {
                let other = Map::any_ref();
                other.set(key("back"), Value::Map(map.clone()));
                map.set(key("other"), Value::Map(other.clone()));
                map.set(key("again"), list(vec![Value::Map(other.clone()), Value::Map(other)]));
            },
            |map| map.set(key("retyped"), Value::Map(Rc::new(map.retyped(&MapType::NIL_ANY)))),
            |map| {
                let mut inner = Value::Map(map.clone());
                for _ in 0..100_000 {
                    inner = Value::map([(key("deeper"), inner)]);
                }
                map.set(key("deep"), inner);
            },
        ];
        for (number, case) in cases.into_iter().enumerate() {
            let map = Map::any_ref();
            case(&map);
            map.set(key("text"), Value::from("stays"));
            let entries = Rc::downgrade(map.shared());
            drop(map);
            assert!(entries.strong_count() > 0, "case {number} makes no cycle");
            break_all();
            assert_eq!(entries.strong_count(), 0, "case {number}");
        }
    }

    #[test]
    fn what_is_shared_stays() {
        let (outer, inner) = (Map::any_ref(), Map::any_ref());
        outer.set(key("one"), Value::Map(inner.clone()));
        outer.set(key("two"), list(vec![Value::Map(inner.clone()), Value::Map(inner.clone())]));
        inner.set(key("leaf"), list(Vec::new()));
        // As wide as a walk without memory would never end.
        let mut wide = list(Vec::new());
        for _ in 0..64 {
            wide = list(vec![wide.clone(), wide]);
        }
        outer.set(key("wide"), wide);
        break_all();
        assert_eq!((outer.len(), inner.len()), (3, 1));
    }
}
