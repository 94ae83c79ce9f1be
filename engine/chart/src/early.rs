//! What can be begun while a chart is still being read: its values, and whatever the reader does with templates.

use std::sync::Arc;

use helmx_yaml::Map;
use rustc_hash::FxHashMap;

use crate::beside::{Beside, Task};
use crate::content::Content;
use crate::values::{DocumentError, parse_values};

/// Told of files as soon as they are there. By default, nothing is begun.
#[derive(Default)]
pub struct Early<'e> {
    beside: Beside,
    template: Option<&'e mut Template<'e>>,
    /// By text: charts that are there several times have theirs in common.
    values: FxHashMap<Arc<[u8]>, Parsed>,
}

/// Gets the path, with the chart's folder, and the text of each template.
type Template<'e> = dyn FnMut(&str, &Arc<[u8]>) + 'e;

enum Parsed {
    Asked(Task<Result<Map, DocumentError>>),
    Done(Map),
}

impl<'e> Early<'e> {
    /// Leaves values to the thread beside, and templates to `template`.
    pub fn new(beside: &Beside, template: &'e mut Template<'e>) -> Self {
        Self { beside: beside.clone(), template: Some(template), values: FxHashMap::default() }
    }

    /// There is a file, `path` with the chart's folder.
    pub(crate) fn saw(&mut self, path: &str, data: &Arc<[u8]>) {
        if is_template(path) {
            if let Some(template) = &mut self.template {
                template(path, data);
            }
        } else if path.rsplit('/').next() == Some("values.yaml")
            && self.beside.is_helped()
            && !self.values.contains_key(data)
        {
            let text = data.clone();
            self.values.insert(data.clone(), Parsed::Asked(self.beside.task(move || parse_values(&text))));
        }
    }

    /// What a file of values says.
    pub(crate) fn values(&mut self, file: &Content) -> Result<Map, DocumentError> {
        let text = file.shared();
        let values = match self.values.remove(text) {
            Some(Parsed::Done(values)) => values,
            Some(Parsed::Asked(task)) => task.take()?,
            None => parse_values(text)?,
        };
        self.values.insert(text.clone(), Parsed::Done(values.clone()));
        Ok(values)
    }
}

/// Whether the file is a template of the chart or of an unpacked sub-chart.
pub(crate) fn is_template(path: &str) -> bool {
    path.starts_with("templates/") || path.contains("/templates/")
}
