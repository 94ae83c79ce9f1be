//! Label and field selectors: parsing and matching.
//!
//! Grammar of k8s.io/apimachinery `pkg/labels` and `pkg/fields`.

use serde_json::Value;

use crate::object::Object;
use crate::status::{Result, Status};

mod field;
mod label;

pub use field::FieldSelector;
pub use label::LabelSelector;
pub(crate) use label::is_label_text;

/// Longest selector that is read, in bytes.
const MAX_SELECTOR: usize = 32 * 1024;

fn check_length(kind: &str, text: &str) -> Result<()> {
    if text.len() > MAX_SELECTOR {
        return Err(Status::bad_request(format!("the {kind} selector is longer than {MAX_SELECTOR} bytes")));
    }
    Ok(())
}

/// The value of a dotted path as selectors compare it; absent and null are empty.
fn field_text(object: &Object, path: &str) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    match object.at(&parts) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(value @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => value.to_string(),
    }
}
