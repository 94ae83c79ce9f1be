//! Field selectors: `metadata.name=web,status.phase!=Failed`.

use crate::object::Object;
use crate::status::{Result, Status};

/// A conjunction of comparisons with fields; the default selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    field: String,
    equal: bool,
    value: String,
}

impl FieldSelector {
    /// `term ("," term)*` with `term = field ("=" | "==" | "!=") value`; `\` escapes `,`, `=` and itself in a value.
    ///
    /// Errors: 400.
    pub fn parse(text: &str) -> Result<Self> {
        super::check_length("field", text)?;
        let mut terms = Vec::new();
        for term in split_unescaped(text, ',') {
            if term.is_empty() {
                continue;
            }
            terms.push(parse_term(&term).ok_or_else(|| {
                Status::bad_request(format!("invalid selector: {text:?}; can't understand {term:?}"))
            })?);
        }
        Ok(Self { terms })
    }

    /// Errors: 400 if a term names a field that cannot be selected.
    pub fn check(&self, selectable: &[&str]) -> Result<()> {
        for term in &self.terms {
            let known = matches!(term.field.as_str(), "metadata.name" | "metadata.namespace")
                || selectable.contains(&term.field.as_str());
            if !known {
                return Err(Status::bad_request(format!("field label not supported: {}", term.field)));
            }
        }
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The value that the field must have, if the selector asks for one.
    pub fn required(&self, field: &str) -> Option<&str> {
        self.terms.iter().find(|term| term.equal && term.field == field).map(|term| term.value.as_str())
    }

    pub fn matches(&self, object: &Object) -> bool {
        self.terms.iter().all(|term| (super::field_text(object, &term.field) == term.value) == term.equal)
    }
}

/// Parts between separators that no backslash precedes; escapes are kept.
fn split_unescaped(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == separator && !escaped {
            parts.push(String::new());
            continue;
        }
        escaped = c == '\\' && !escaped;
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

fn parse_term(term: &str) -> Option<Term> {
    let at = term.find(['=', '!'])?;
    let (field, rest) = term.split_at(at);
    let (equal, value) = if let Some(value) = rest.strip_prefix("!=") {
        (false, value)
    } else if let Some(value) = rest.strip_prefix("==") {
        (true, value)
    } else {
        (true, rest.strip_prefix('=')?)
    };
    let value = unescape(value)?;
    (!field.is_empty()).then(|| Term { field: field.to_owned(), equal, value })
}

fn unescape(value: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                escaped @ ('\\' | ',' | '=') => out.push(escaped),
                _ => return None,
            },
            '=' | ',' => return None,
            plain => out.push(plain),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn r5_field_selectors_match_or_are_refused() {
        let object = Object::from_value(json!({"metadata": {"name": "a,b"}, "status": {"phase": "Failed"}})).unwrap();
        let cases = [
            ("", Some(true)),
            ("metadata.name=a\\,b", Some(true)),
            ("metadata.name==x", Some(false)),
            ("status.phase!=Failed", Some(false)),
            ("status.phase!=Ready,metadata.namespace=", Some(true)),
            ("metadata.name", None),
            ("=x", None),
            ("metadata.name=a=b", None),
            ("metadata.name=a\\b", None),
            ("metadata.name!x", None),
        ];
        for (text, expected) in cases {
            let result = FieldSelector::parse(text).ok().map(|selector| selector.matches(&object));
            assert_eq!(result, expected, "{text}");
        }
    }

    #[test]
    fn r5_unknown_fields_are_refused_by_name() {
        let selector = FieldSelector::parse("metadata.name=x,spec.foo=y").unwrap();
        let status = selector.check(&["status.phase"]).unwrap_err();
        assert_eq!((status.code().as_u16(), status.message()), (400, "field label not supported: spec.foo"));
    }
}
