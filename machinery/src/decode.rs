//! Request bodies become JSON values: size limit, content types, duplicate fields.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::body::BoxError;
use crate::status::{Reason, Result, Status};

/// Largest request body (k8s.io/apiserver `MaxRequestBodyBytes`).
const MAX_BODY: usize = 3 * 1024 * 1024;
/// Duplicates beyond this number are not listed.
const MAX_DUPLICATES: usize = 100;
/// Deepest nesting of a body; also keeps every recursion over it shallow.
const MAX_DEPTH: usize = 120;

pub(crate) const ACCEPTED: &[&str] = &["application/json", "application/yaml"];

/// A decoded body.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub value: Value,
    /// Paths of fields that stood more than once; the last one counts.
    pub duplicates: Vec<String>,
}

/// Reads a body up to the limit. Errors: 413, or 400 when the client breaks off.
pub(crate) async fn read<B>(body: B) -> Result<Bytes>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let too_large = || {
        Status::new(Reason::RequestEntityTooLarge, format!("the request body is too large: limit is {MAX_BODY} bytes"))
    };
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(too_large());
    }
    let mut body = std::pin::pin!(body);
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Status::bad_request("the request body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > MAX_BODY {
            return Err(too_large());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

/// The media type of the body without parameters, in lower case; JSON when not given.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media.is_empty() { "application/json".to_owned() } else { media }
}

/// Errors: 415, naming what would be accepted.
pub(crate) fn unsupported_media_type(accepted: &[&str]) -> Status {
    let message = format!(
        "the body of the request was in an unknown format - accepted media types include: {}",
        accepted.join(", ")
    );
    Status::new(Reason::UnsupportedMediaType, message)
}

/// Decodes JSON or YAML as the content type says. Errors: 415, 400.
pub(crate) fn document(headers: &HeaderMap, body: &[u8]) -> Result<Document> {
    match media_type(headers).as_str() {
        "application/json" => json(body),
        "application/yaml" => yaml(body),
        _ => Err(unsupported_media_type(ACCEPTED)),
    }
}

/// Errors: 400.
pub(crate) fn json(body: &[u8]) -> Result<Document> {
    let mut document = Document::default();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let node = Node { path: "", depth: 0, duplicates: &mut document.duplicates };
    let value = node.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    document.value = value.map_err(|error| undecodable(&error))?;
    Ok(document)
}

/// Errors: 400; also for YAML that expands beyond the library's budget.
pub(crate) fn yaml(body: &[u8]) -> Result<Document> {
    let text = std::str::from_utf8(body).map_err(|error| undecodable(&error))?;
    let mut document = Document::default();
    let options = serde_saphyr::options! {
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::PassThrough,
    };
    let duplicates = &mut document.duplicates;
    let value = serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        Node { path: "", depth: 0, duplicates }.deserialize(deserializer)
    });
    // The library's error quotes the source: only the place of the error is passed on.
    document.value = value.map_err(|error| match error.location() {
        Some(at) => Status::bad_request(format!("the YAML body makes no sense at line {}", at.line())),
        None => Status::bad_request("the YAML body makes no sense"),
    })?;
    Ok(document)
}

fn undecodable(error: &dyn std::fmt::Display) -> Status {
    Status::bad_request(format!("the object provided is unrecognized (must be of type JSON or YAML): {error}"))
}

/// Builds a [`Value`] and notes fields that stand twice.
struct Node<'a> {
    path: &'a str,
    depth: usize,
    duplicates: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        if self.depth > MAX_DEPTH {
            return Err(serde::de::Error::custom(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> std::result::Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that JSON cannot hold"))
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, list.len());
            let node = Node { path: &path, depth: self.depth + 1, duplicates: self.duplicates };
            match items.next_element_seed(node)? {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let path = if self.path.is_empty() { key.clone() } else { format!("{}.{key}", self.path) };
            let node = Node { path: &path, depth: self.depth + 1, duplicates: self.duplicates };
            let value = entries.next_value_seed(node)?;
            if map.insert(key, value).is_some() && self.duplicates.len() < MAX_DUPLICATES {
                self.duplicates.push(path);
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn n2_bodies_decode_alike_from_json_and_yaml() {
        let expected = json!({"a": {"b": [1, "x", null, true, 1.5]}});
        assert_eq!(json(br#"{"a":{"b":[1,"x",null,true,1.5]}}"#).unwrap().value, expected);
        assert_eq!(yaml(b"a:\n  b: [1, x, null, true, 1.5]\n").unwrap().value, expected);
    }

    #[test]
    fn c6_duplicates_are_found_by_path_and_the_last_counts() {
        let document = json(br#"{"spec":{"a":[{"x":1,"x":2}],"b":1},"spec":{"b":2}}"#).unwrap();
        assert_eq!(document.duplicates, ["spec.a[0].x", "spec"]);
        assert_eq!(document.value, json!({"spec": {"b": 2}}));
        assert_eq!(yaml(b"a: 1\na: 2\n").unwrap().duplicates, ["a"]);
    }

    #[test]
    fn n4_bombs_and_nonsense_are_refused() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for n in 1..9 {
            let list = vec![format!("*a{}", n - 1); 10].join(",");
            laughs.push_str(&format!("a{n}: &a{n} [{list}]\n"));
        }
        let cases: &[(&str, Result<Document>)] = &[
            ("deep JSON", json(deep.as_bytes())),
            ("deep YAML", yaml(deep.as_bytes())),
            ("billion laughs", yaml(laughs.as_bytes())),
            ("trailing text", json(b"{} x")),
            ("no JSON", json(b"{")),
            ("empty", json(b"")),
            ("no UTF-8", yaml(b"\xff")),
            ("two documents", yaml(b"a: 1\n---\nb: 2\n")),
        ];
        for (name, result) in cases {
            let code = result.as_ref().map(|_| 200).unwrap_or_else(|status| status.code().as_u16());
            assert_eq!(code, 400, "{name}");
        }
    }
}
