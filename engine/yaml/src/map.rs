//! The table of a [`Data`]: copies share their entries until one of them changes.
//!
//! Values are copied again and again on their way to templates (into parents, under aliases, from pass to pass), and few
//! of the copies ever differ.

use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::data::Data;

type Entries = BTreeMap<String, Data>;

/// A table: keys in byte order, as Go prints maps. Reading and writing are those of [`BTreeMap`]; the first write after
/// a copy copies the entries, but not the tables in them.
#[derive(Clone, Default, PartialEq)]
pub struct Map(Arc<Entries>);

impl Map {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both are copies of one table that none of them changed. Equal tables may be apart.
    pub fn shares_entries_with(&self, other: &Map) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Map {
    type Target = Entries;

    fn deref(&self) -> &Entries {
        &self.0
    }
}

impl DerefMut for Map {
    fn deref_mut(&mut self) -> &mut Entries {
        Arc::make_mut(&mut self.0)
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Entries> for Map {
    fn from(entries: Entries) -> Self {
        Self(Arc::new(entries))
    }
}

impl<const N: usize> From<[(String, Data); N]> for Map {
    fn from(entries: [(String, Data); N]) -> Self {
        Entries::from(entries).into()
    }
}

impl FromIterator<(String, Data)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Data)>>(entries: I) -> Self {
        entries.into_iter().collect::<Entries>().into()
    }
}

impl IntoIterator for Map {
    type Item = (String, Data);
    type IntoIter = btree_map::IntoIter<String, Data>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::unwrap_or_clone(self.0).into_iter()
    }
}

impl<'m> IntoIterator for &'m Map {
    type Item = (&'m String, &'m Data);
    type IntoIter = btree_map::Iter<'m, String, Data>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'m> IntoIterator for &'m mut Map {
    type Item = (&'m String, &'m mut Data);
    type IntoIter = btree_map::IterMut<'m, String, Data>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::make_mut(&mut self.0).iter_mut()
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::Map;
    use crate::data::Data;

    /// What one copy changes, at any depth, the others do not have.
    #[test]
    fn copies_are_independent() {
        let inner = Map::from([("b".to_owned(), Data::Int(1))]);
        let table = Map::from([("a".to_owned(), Data::Map(inner.clone()))]);
        let mut copy = table.clone();
        assert!(copy.shares_entries_with(&table));
        copy.get_mut("a").and_then(Data::as_map_mut).unwrap().insert("c".to_owned(), Data::Null);
        assert!(!copy.shares_entries_with(&table));
        assert_eq!(table.get("a"), Some(&Data::Map(inner)));
        assert_eq!(copy.get("a").and_then(|inner| inner.get("c")), Some(&Data::Null));
        assert_eq!(table.into_iter().count(), 1);
    }
}
