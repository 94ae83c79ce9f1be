//! A release to JSON: fields in the order of Go's structs, empty ones left out where Go leaves them out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use helmx_yaml::{Data, Map, json};
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::time::ZERO;
use super::{Info, Release, Time};
use crate::chart::{Chart, File};
use crate::manifest::Hook;
use crate::metadata::{Lock, Metadata};

pub(super) fn to_json(release: &Release) -> Result<String, helmx_yaml::Error> {
    json::encode(&Record {
        name: &release.name,
        info: InfoRecord::from(&release.info),
        chart: release.chart.as_ref().map(ChartRecord::from),
        config: &release.config,
        manifest: &release.manifest,
        hooks: release.hooks.iter().map(HookRecord::from).collect(),
        version: release.version,
        namespace: &release.namespace,
        apply_method: release.apply_method.map(super::ApplyMethod::name),
    })
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    info: InfoRecord<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chart: Option<ChartRecord<'a>>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    config: &'a Map,
    #[serde(skip_serializing_if = "str::is_empty")]
    manifest: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hooks: Vec<HookRecord<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    version: i64,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    apply_method: Option<&'static str>,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[derive(Serialize)]
struct InfoRecord<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_deployed: Option<&'a Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_deployed: Option<&'a Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<&'a Time>,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollback_revision: Option<i64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    notes: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<&'a Data>,
}

impl<'a> From<&'a Info> for InfoRecord<'a> {
    fn from(info: &'a Info) -> InfoRecord<'a> {
        InfoRecord {
            first_deployed: info.first_deployed.as_ref(),
            last_deployed: info.last_deployed.as_ref(),
            deleted: info.deleted.as_ref(),
            description: &info.description,
            status: info.status.name(),
            rollback_revision: info.rollback_revision,
            notes: &info.notes,
            resources: info.resources.as_ref(),
        }
    }
}

#[derive(Serialize)]
struct HookRecord<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    path: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    manifest: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<&'static str>,
    last_run: RunRecord<'a>,
    #[serde(skip_serializing_if = "is_zero")]
    weight: i64,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    delete_policies: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    output_log_policies: &'a [String],
}

#[derive(Serialize)]
struct RunRecord<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<&'a Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<&'a Time>,
    phase: &'static str,
}

impl<'a> From<&'a Hook> for HookRecord<'a> {
    fn from(hook: &'a Hook) -> HookRecord<'a> {
        HookRecord {
            name: &hook.name,
            kind: &hook.kind,
            path: &hook.path,
            manifest: &hook.manifest,
            events: hook.events.iter().map(|event| event.name()).collect(),
            last_run: RunRecord {
                started_at: hook.last_run.started_at.as_ref(),
                completed_at: hook.last_run.completed_at.as_ref(),
                phase: hook.last_run.phase.name(),
            },
            weight: hook.weight,
            delete_policies: &hook.delete_policies,
            output_log_policies: &hook.output_log_policies,
        }
    }
}

#[derive(Serialize)]
struct ChartRecord<'a> {
    metadata: Option<&'a Metadata>,
    lock: Option<&'a Lock>,
    templates: Option<Vec<FileRecord<'a>>>,
    values: Option<&'a Map>,
    #[serde(serialize_with = "base64_or_null")]
    schema: Option<&'a [u8]>,
    schemamodtime: String,
    files: Option<Vec<FileRecord<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modtime: Option<String>,
}

#[derive(Serialize)]
struct FileRecord<'a> {
    name: &'a str,
    #[serde(serialize_with = "base64_text")]
    data: &'a [u8],
    #[serde(skip_serializing_if = "Option::is_none")]
    modtime: Option<String>,
}

/// Go's lists and maps are null until something is put into them.
impl<'a> From<&'a Chart> for ChartRecord<'a> {
    fn from(chart: &'a Chart) -> ChartRecord<'a> {
        let files = |files: &'a [File]| (!files.is_empty()).then(|| files.iter().map(FileRecord::from).collect());
        ChartRecord {
            metadata: Some(&chart.metadata).filter(|metadata| **metadata != Metadata::default()),
            lock: chart.lock.as_ref(),
            templates: files(&chart.templates),
            values: Some(&chart.values).filter(|values| !values.is_empty()),
            schema: chart.schema.as_deref(),
            schemamodtime: chart.schema_modified.map_or_else(|| ZERO.to_owned(), |time| time.to_string()),
            files: files(&chart.files),
            modtime: chart.modified.map(|time| time.to_string()),
        }
    }
}

impl<'a> From<&'a File> for FileRecord<'a> {
    fn from(file: &'a File) -> FileRecord<'a> {
        let modtime = file.modified.map(|time: Timestamp| time.to_string());
        FileRecord { name: &file.name, data: &file.data, modtime }
    }
}

fn base64_text<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn base64_or_null<S: Serializer>(bytes: &Option<&[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    bytes.map(|bytes| STANDARD.encode(bytes)).serialize(serializer)
}
