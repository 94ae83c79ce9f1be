//! Objects become what the client asked to see: in full, as Table rows, or as metadata only.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{HeaderMap, Response, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::authz::Grant;
use crate::body::{self, Body, BoxError};
use crate::negotiate::{Form, Format, Include};
use crate::object::Object;
use crate::resource::{List, Resource, Watch, WatchEvent};
use crate::respond;
use crate::status::{Result, Status};

const META_V1: &str = "meta.k8s.io/v1";
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// Shows the objects of one resource to one caller in one format.
#[derive(Clone)]
pub(crate) struct Presenter {
    pub resource: Arc<dyn Resource>,
    pub grant: Grant,
    pub format: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FullList<'a> {
    kind: &'a str,
    api_version: String,
    metadata: Value,
    items: Vec<&'a Object>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartialList<'a> {
    kind: &'a str,
    api_version: &'a str,
    metadata: Value,
    items: Vec<Partial<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Partial<'a> {
    kind: &'a str,
    api_version: &'a str,
    metadata: Option<&'a Map<String, Value>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Table<'a> {
    kind: &'a str,
    api_version: &'a str,
    metadata: Value,
    column_definitions: Option<Vec<Value>>,
    rows: Vec<TableRow<'a>>,
}

#[derive(Serialize)]
struct TableRow<'a> {
    cells: Vec<Value>,
    object: RowObject<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum RowObject<'a> {
    None,
    Metadata(Partial<'a>),
    Full(&'a Object),
}

#[derive(Serialize)]
struct Line<'a, T> {
    #[serde(rename = "type")]
    kind: &'a str,
    object: T,
}

impl Presenter {
    /// Answers with one object.
    pub(crate) async fn object(
        &self,
        code: StatusCode,
        object: Arc<Object>,
        headers: &HeaderMap,
    ) -> Result<Response<Body>> {
        let object = self.shown(object).await?;
        match self.format.form {
            Form::Object => respond::value(code, &*object, self.format, headers),
            Form::Metadata => respond::value(code, &partial(&object), self.format, headers),
            Form::Table(include) => {
                let metadata = json!({"resourceVersion": object.resource_version()});
                let table = self.table(metadata, vec![self.row(&object, include)], true);
                respond::value(code, &table, self.format, headers)
            }
        }
    }

    /// Answers with a list.
    pub(crate) async fn list(&self, mut list: List, headers: &HeaderMap) -> Result<Response<Body>> {
        for item in &mut list.items {
            *item = self.shown(Arc::clone(item)).await?;
        }
        let info = self.resource.info();
        let metadata = list_metadata(&list);
        match self.format.form {
            Form::Object => {
                let items = list.items.iter().map(|item| &**item).collect();
                let full = FullList { kind: &info.list_kind, api_version: info.api_version(), metadata, items };
                respond::value(StatusCode::OK, &full, self.format, headers)
            }
            Form::Metadata => {
                let items = list.items.iter().map(|item| partial(item)).collect();
                let (kind, api_version) = ("PartialObjectMetadataList", META_V1);
                respond::value(
                    StatusCode::OK,
                    &PartialList { kind, api_version, metadata, items },
                    self.format,
                    headers,
                )
            }
            Form::Table(include) => {
                let rows = list.items.iter().map(|item| self.row(item, include)).collect();
                respond::value(StatusCode::OK, &self.table(metadata, rows, true), self.format, headers)
            }
        }
    }

    /// The lines of a watch; ends after an error. The column definitions of Tables come with the first event only.
    pub(crate) fn watch(self, events: Watch) -> Body {
        let lines = stream::unfold((self, events, true), |(presenter, mut events, first)| async move {
            let event = events.next().await?;
            let is_error = matches!(event, WatchEvent::Error(_));
            let (line, failed) = match presenter.line(event, first).await {
                Ok(line) => (line, is_error),
                Err(status) => (error_line(&status), true),
            };
            let rest = if failed { stream::empty().boxed() } else { events };
            Some((Ok::<_, BoxError>(Bytes::from(line)), (presenter, rest, false)))
        });
        body::stream(lines)
    }

    /// The object as it may be seen, if the format shows more than metadata.
    async fn shown(&self, object: Arc<Object>) -> Result<Arc<Object>> {
        match self.format.form {
            Form::Object | Form::Table(Include::Object) => self.resource.present(&self.grant, object).await,
            Form::Metadata | Form::Table(Include::None | Include::Metadata) => Ok(object),
        }
    }

    fn row<'a>(&self, object: &'a Object, include: Include) -> TableRow<'a> {
        let info = self.resource.info();
        let object_shown = match include {
            Include::None => RowObject::None,
            Include::Metadata => RowObject::Metadata(partial(object)),
            Include::Object => RowObject::Full(object),
        };
        TableRow { cells: (info.row)(object), object: object_shown }
    }

    fn table<'a>(&self, metadata: Value, rows: Vec<TableRow<'a>>, with_columns: bool) -> Table<'a> {
        let columns = self.resource.info().columns.iter().map(|column| {
            json!({
                "name": column.name, "type": column.kind, "format": column.format,
                "description": column.description, "priority": column.priority,
            })
        });
        let column_definitions = with_columns.then(|| columns.collect());
        Table { kind: "Table", api_version: META_V1, metadata, column_definitions, rows }
    }

    async fn line(&self, event: WatchEvent, first: bool) -> Result<Vec<u8>> {
        let (kind, object) = match event {
            WatchEvent::Added(object) => ("ADDED", object),
            WatchEvent::Modified(object) => ("MODIFIED", object),
            WatchEvent::Deleted(object) => ("DELETED", object),
            WatchEvent::Bookmark { version, initial_events_end } => {
                let annotations = if initial_events_end { json!({INITIAL_EVENTS_END: "true"}) } else { Value::Null };
                return self.bookmark(version, annotations, first);
            }
            WatchEvent::Error(status) => return Ok(error_line(&status)),
        };
        let object = self.shown(object).await?;
        match self.format.form {
            Form::Object => encode(&Line { kind, object: &*object }),
            Form::Metadata => encode(&Line { kind, object: partial(&object) }),
            Form::Table(include) => {
                let metadata = json!({"resourceVersion": object.resource_version()});
                encode(&Line { kind, object: self.table(metadata, vec![self.row(&object, include)], first) })
            }
        }
    }

    /// A bookmark is an empty object; as a Table, one dummy row that carries its metadata.
    fn bookmark(&self, version: u64, annotations: Value, first: bool) -> Result<Vec<u8>> {
        let info = self.resource.info();
        let mut object = match self.format.form {
            Form::Metadata => Object::new(META_V1, "PartialObjectMetadata"),
            Form::Object | Form::Table(_) => Object::new(&info.api_version(), &info.kind),
        };
        object.set_version(version);
        object.metadata_mut().insert("creationTimestamp".to_owned(), Value::Null);
        object.set_metadata("annotations", annotations);
        let kind = "BOOKMARK";
        match self.format.form {
            Form::Object | Form::Metadata => encode(&Line { kind, object: &object }),
            Form::Table(include) => {
                let cells = vec![Value::Null; info.columns.len()];
                let shown = match include {
                    Include::None | Include::Metadata => RowObject::Metadata(partial(&object)),
                    Include::Object => RowObject::Full(&object),
                };
                let metadata = json!({"resourceVersion": version.to_string()});
                let rows = vec![TableRow { cells, object: shown }];
                encode(&Line { kind, object: self.table(metadata, rows, first) })
            }
        }
    }
}

fn partial(object: &Object) -> Partial<'_> {
    Partial { kind: "PartialObjectMetadata", api_version: META_V1, metadata: object.metadata() }
}

fn list_metadata(list: &List) -> Value {
    let mut metadata = json!({"resourceVersion": list.version.to_string()});
    if let Some(token) = &list.continue_token {
        metadata["continue"] = token.as_str().into();
        if let Some(remaining) = list.remaining {
            metadata["remainingItemCount"] = remaining.into();
        }
    }
    metadata
}

fn encode(line: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes =
        serde_json::to_vec(line).map_err(|error| Status::internal(format!("the event cannot be encoded: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn error_line(status: &Status) -> Vec<u8> {
    let mut bytes = json!({"type": "ERROR", "object": status.to_value()}).to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}
