//! The `Accept` header becomes a [`Format`]: encoding, transformation, indentation.
//!
//! Rules of k8s.io/apiserver `pkg/endpoints/handlers/negotiation`.

use http::HeaderMap;
use http::header::{ACCEPT, USER_AGENT};

use crate::request::RequestInfo;
use crate::status::{Reason, Result, Status};

/// Clauses beyond this number are not looked at.
const MAX_CLAUSES: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Yaml,
}

/// What a Table row carries of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Include {
    None,
    Metadata,
    Object,
}

/// How objects are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// In full.
    Object,
    Table(Include),
    /// `PartialObjectMetadata`, or its list.
    Metadata,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub encoding: Encoding,
    pub form: Form,
    pub pretty: bool,
}

/// Which transformations a request can be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// One object, or a watch of them.
    One,
    List,
    /// Never transformed.
    Plain,
}

/// Errors: 406 when no clause of `Accept` can be met, 400 for an `includeObject` that does not exist.
pub(crate) fn format(headers: &HeaderMap, info: &RequestInfo, answer: Answer) -> Result<Format> {
    let accept = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    let pretty = is_pretty(headers, info);
    if accept.trim().is_empty() {
        return Ok(Format { encoding: Encoding::Json, form: Form::Object, pretty });
    }
    let include = match info.parameter("includeObject") {
        None | Some("" | "Metadata") => Include::Metadata,
        Some("None") => Include::None,
        Some("Object") => Include::Object,
        Some(other) => {
            return Err(Status::bad_request(format!(
                "unrecognized includeObject value {other:?}: must be None, Metadata or Object"
            )));
        }
    };
    let mut clauses: Vec<Clause<'_>> = accept.split(',').take(MAX_CLAUSES).filter_map(Clause::parse).collect();
    clauses.sort_by(|one, other| other.quality.total_cmp(&one.quality));
    let met = clauses.iter().find_map(|clause| Some((clause.encoding()?, clause.form(answer, include)?)));
    let (encoding, form) = met.ok_or_else(not_acceptable)?;
    Ok(Format { encoding, form, pretty })
}

fn not_acceptable() -> Status {
    let message = "only the following media types are accepted: application/json, application/yaml";
    Status::new(Reason::NotAcceptable, message)
}

fn is_pretty(headers: &HeaderMap, info: &RequestInfo) -> bool {
    if let Some(value) = info.parameter("pretty") {
        return matches!(value, "1" | "t" | "T" | "true" | "True" | "TRUE");
    }
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ["curl", "Wget", "Mozilla/5.0"].iter().any(|human| agent.starts_with(human))
}

/// `type/subtype *( ";" name "=" value )`
struct Clause<'a> {
    media: &'a str,
    /// The `as` parameter with its group and version: `Table.v1.meta.k8s.io`.
    kind: &'a str,
    group: &'a str,
    version: &'a str,
    quality: f32,
}

impl<'a> Clause<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next().filter(|media| media.contains('/'))?;
        let mut clause = Self { media, kind: "", group: "", version: "", quality: 1.0 };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            match name.trim() {
                "as" => clause.kind = value.trim(),
                "g" => clause.group = value.trim(),
                "v" => clause.version = value.trim(),
                "q" => clause.quality = value.trim().parse().unwrap_or(0.0),
                _ => {}
            }
        }
        (clause.quality > 0.0).then_some(clause)
    }

    fn encoding(&self) -> Option<Encoding> {
        match self.media {
            "application/json" | "application/*" | "*/*" => Some(Encoding::Json),
            "application/yaml" => Some(Encoding::Yaml),
            _ => None,
        }
    }

    fn form(&self, answer: Answer, include: Include) -> Option<Form> {
        if self.kind.is_empty() {
            return Some(Form::Object);
        }
        if self.group != "meta.k8s.io" || !matches!(self.version, "v1" | "v1beta1") {
            return None;
        }
        match (self.kind, answer) {
            ("Table", Answer::One | Answer::List) => Some(Form::Table(include)),
            ("PartialObjectMetadata", Answer::One) | ("PartialObjectMetadataList", Answer::List) => {
                Some(Form::Metadata)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderValue, Method};

    fn negotiated(accept: &str, query: &str, answer: Answer) -> String {
        let uri = format!("/apis/g/v1/rels?{query}").parse().unwrap();
        let info = RequestInfo::parse(&Method::GET, &uri).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        match format(&headers, &info, answer) {
            Ok(format) => format!("{:?} {:?}", format.encoding, format.form),
            Err(status) => status.code().as_u16().to_string(),
        }
    }

    #[test]
    fn n1_the_first_clause_that_can_be_met_decides() {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io";
        let protobuf = "application/vnd.kubernetes.protobuf";
        let partial = format!(
            "{protobuf};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,\
             application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
        );
        let cases = [
            ("*/*", "", Answer::One, "Json Object"),
            ("application/yaml", "", Answer::One, "Yaml Object"),
            ("application/yaml;q=0.5, application/json", "", Answer::One, "Json Object"),
            (table, "", Answer::List, "Json Table(Metadata)"),
            (table, "includeObject=Object", Answer::One, "Json Table(Object)"),
            (table, "includeObject=All", Answer::One, "400"),
            (table, "", Answer::Plain, "406"),
            (partial.as_str(), "", Answer::List, "Json Metadata"),
            (partial.as_str(), "", Answer::One, "Json Object"),
            ("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", "", Answer::List, "406"),
            ("application/json;as=Table;v=v2;g=meta.k8s.io", "", Answer::List, "406"),
            (protobuf, "", Answer::One, "406"),
            ("application/json;q=0", "", Answer::One, "406"),
            ("text/html", "", Answer::One, "406"),
            ("application/json;stream=watch", "", Answer::One, "Json Object"),
        ];
        for (accept, query, answer, expected) in cases {
            assert_eq!(negotiated(accept, query, answer), expected, "{accept} {query} {answer:?}");
        }
    }
}
