//! JSON to a release, tolerant of what older and newer Helms wrote.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use helmx_yaml::{Data, json};

use super::{ApplyMethod, CodecError, HookPhase, Info, Release, Status, Time};
use crate::chart::{Chart, File};
use crate::fields::{Fields, Scalars};
use crate::manifest::{Hook, HookEvent, HookRun};
use crate::metadata::{Lock, Metadata};

pub(super) fn from_json(text: &[u8]) -> Result<Release, CodecError> {
    let data = json::decode(text).map_err(CodecError::Json)?;
    let Some(fields) = Fields::root(&data, "release.Release", Scalars::Typed)? else { return Ok(Release::default()) };
    let hooks = fields.structs("hooks", "release.Hook")?;
    Ok(Release {
        name: fields.text("name")?,
        info: fields.inner("info", "release.Info")?.map_or(Ok(Info::default()), |info| read_info(&info))?,
        chart: fields.inner("chart", "chart.Chart")?.map(|chart| read_chart(&chart)).transpose()?,
        config: fields.get("config").cloned().unwrap_or_default().into_map(),
        manifest: fields.text("manifest")?,
        hooks: hooks.iter().flatten().map(read_hook).collect::<Result<_, _>>()?,
        version: fields.integer("version")?,
        namespace: fields.text("namespace")?,
        apply_method: ApplyMethod::parse(&fields.text("apply_method")?),
        labels: Default::default(),
    })
}

fn time(fields: &Fields<'_>, name: &str) -> Result<Option<Time>, CodecError> {
    Ok(Time::parse(&fields.text(name)?))
}

fn read_info(fields: &Fields<'_>) -> Result<Info, CodecError> {
    Ok(Info {
        first_deployed: time(fields, "first_deployed")?,
        last_deployed: time(fields, "last_deployed")?,
        deleted: time(fields, "deleted")?,
        description: fields.text("description")?,
        status: Status::parse(&fields.text("status")?),
        rollback_revision: Some(fields.integer("rollback_revision")?).filter(|revision| *revision != 0),
        notes: fields.text("notes")?,
        resources: fields.get("resources").cloned(),
    })
}

fn read_hook(fields: &Fields<'_>) -> Result<Hook, CodecError> {
    let last_run = match fields.inner("last_run", "release.HookExecution")? {
        None => HookRun::default(),
        Some(run) => HookRun {
            started_at: time(&run, "started_at")?,
            completed_at: time(&run, "completed_at")?,
            phase: HookPhase::parse(&run.text("phase")?),
        },
    };
    Ok(Hook {
        name: fields.text("name")?,
        kind: fields.text("kind")?,
        path: fields.text("path")?,
        manifest: fields.text("manifest")?,
        events: fields.texts("events")?.iter().filter_map(|event| HookEvent::parse(event)).collect(),
        last_run,
        weight: fields.integer("weight")?,
        delete_policies: fields.texts("delete_policies")?,
        output_log_policies: fields.texts("output_log_policies")?,
    })
}

fn read_chart(fields: &Fields<'_>) -> Result<Chart, CodecError> {
    let metadata = fields.inner("metadata", "v2.Metadata")?;
    let lock = fields.inner("lock", "v2.Lock")?;
    let modified = |name: &str| Ok::<_, CodecError>(time(fields, name)?.map(|time| time.timestamp()));
    let schema = base64_field(fields, "schema")?;
    Ok(Chart {
        metadata: metadata.map_or(Ok(Metadata::default()), |metadata| Metadata::read(&metadata))?,
        lock: lock.map(|lock| Lock::read(&lock)).transpose()?,
        values: fields.get("values").cloned().unwrap_or_default().into_map(),
        schema: schema.map(Into::into),
        schema_modified: modified("schemamodtime")?,
        templates: read_files(fields, "templates")?,
        files: read_files(fields, "files")?,
        modified: modified("modtime")?,
        ..Chart::default()
    })
}

fn read_files(fields: &Fields<'_>, name: &str) -> Result<Vec<File>, CodecError> {
    let files = fields.structs(name, "common.File")?;
    let read = |file: &Fields<'_>| {
        Ok(File {
            name: file.text("name")?,
            data: base64_field(file, "data")?.unwrap_or_default().into(),
            modified: time(file, "modtime")?.map(|time| time.timestamp()),
        })
    };
    files.iter().flatten().map(read).collect()
}

fn base64_field(fields: &Fields<'_>, name: &str) -> Result<Option<Vec<u8>>, CodecError> {
    match fields.get(name) {
        Some(Data::String(text)) => STANDARD.decode(text).map(Some).map_err(|_| CodecError::Base64),
        _ => Ok(None),
    }
}
