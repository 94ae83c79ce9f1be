//! Units by the text that they were parsed from.

use std::sync::Arc;

use helmx_template::Unit;
use rustc_hash::FxHashMap;

/// Texts that are kept; beyond that, all are forgotten.
const TEXTS: usize = 20_000;

/// Names that one text is kept under: aliases of a chart have its templates in common.
const NAMES: usize = 256;

#[derive(Default)]
pub(super) struct Units {
    /// Each text's unit, under the paths that it was parsed for.
    units: Vec<FxHashMap<String, Unit>>,
    by_text: FxHashMap<Arc<[u8]>, usize>,
    /// The same by where the bytes lie: looking at them all takes as long as many a template takes to run. The bytes
    /// are kept, so that nothing else comes to lie there.
    by_place: FxHashMap<Place, (Arc<[u8]>, usize)>,
}

/// Address and length.
pub(super) type Place = (usize, usize);

/// What is known of a text.
pub(super) enum Kept {
    Same(Unit),
    /// Parsed under another name.
    Similar(Unit),
    Nothing,
}

impl Units {
    pub(super) fn find(&mut self, name: &str, text: &Arc<[u8]>) -> Kept {
        let Some(units) = self.index(text).and_then(|index| self.units.get(index)) else { return Kept::Nothing };
        match (units.get(name), units.values().next()) {
            (Some(unit), _) => Kept::Same(unit.clone()),
            (None, Some(unit)) => Kept::Similar(unit.clone()),
            (None, None) => Kept::Nothing,
        }
    }

    pub(super) fn keep(&mut self, name: &str, text: &Arc<[u8]>, unit: &Unit) {
        if self.units.len() >= TEXTS || self.by_place.len() >= TEXTS {
            *self = Self::default();
        }
        let index = self.index(text).unwrap_or_else(|| {
            let index = self.units.len();
            self.units.push(FxHashMap::default());
            self.by_text.insert(text.clone(), index);
            self.by_place.insert(place(text), (text.clone(), index));
            index
        });
        let Some(units) = self.units.get_mut(index) else { return };
        if units.len() < NAMES && !units.contains_key(name) {
            units.insert(name.to_owned(), unit.clone());
        }
    }

    fn index(&mut self, text: &Arc<[u8]>) -> Option<usize> {
        if let Some((_, index)) = self.by_place.get(&place(text)) {
            return Some(*index);
        }
        let index = *self.by_text.get(text)?;
        self.by_place.insert(place(text), (text.clone(), index));
        Some(index)
    }
}

pub(super) fn place(text: &Arc<[u8]>) -> Place {
    (text.as_ptr().addr(), text.len())
}
