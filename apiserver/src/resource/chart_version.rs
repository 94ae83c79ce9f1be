//! Versions of charts, `REPO.CHART-VERSION`, and what is in their archives.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use helmx_api::chart::{Render, RenderStatus, VERSION_KIND};
use helmx_api::{GROUP, schema};
use helmx_chart::Chart;
use helmx_chart::index::ChartVersion;
use helmx_chart::manifest::{TemplateOutput, template_output};
use helmx_machinery::{
    Call, Grant, Key, List, ListOptions, Object, Reply, Resource, ResourceInfo, Result, Status, Subject, Subresource,
    SubresourceInfo, Verb,
};
use http::StatusCode;
use serde_json::Value;

use super::chart::{Listing, Names, info, object, page, seen};
use crate::catalog::Catalog;
use crate::catalog::archive::Loaded;
use crate::catalog::repository::Repository;
use crate::operation::Operations;
use crate::render::Input;
use crate::requester::Requester;
use crate::values;

/// How errors name versions of charts.
const CHART_VERSIONS: Subject<'static> = Subject { group: GROUP, resource: "chartversions" };

/// The resource `chartversions`.
pub struct ChartVersions {
    info: ResourceInfo,
    catalog: Arc<Catalog>,
    contents: Vec<Contents>,
    render: RenderAction,
}

impl ChartVersions {
    /// Versions of the catalogue's charts; previews are rendered by `operations`' engine.
    pub fn new(operations: Arc<Operations>) -> Self {
        let catalog = Arc::clone(&operations.catalog);
        let contents: Vec<_> =
            Content::ALL.iter().map(|content| Contents { content: *content, catalog: Arc::clone(&catalog) }).collect();
        let mut subresources: Vec<_> = Content::ALL.iter().map(|content| content.info()).collect();
        subresources.push(SubresourceInfo {
            name: "render",
            group: "",
            version: "",
            kind: "Render",
            verbs: &[Verb::Create],
            schema: Some(schema::of::<Render>()),
            description: "renders the chart with given values; writes nothing",
        });
        let names = Names { plural: "chartversions", singular: "chartversion", kind: VERSION_KIND };
        Self { info: info(&names, subresources), catalog, contents, render: RenderAction(operations) }
    }
}

/// The repository and entry of a version's name.
fn find(catalog: &Catalog, key: &Key) -> Result<(Arc<Repository>, ChartVersion)> {
    for repository in catalog.visible(&key.namespace) {
        let Some(rest) = key.name.strip_prefix(&repository.name).and_then(|rest| rest.strip_prefix('.')) else {
            continue;
        };
        let Some(index) = repository.index.clone() else { continue };
        // A chart's name may hold hyphens and so may a version: every cut is tried.
        for (position, _) in rest.match_indices('-') {
            let (chart, version) = (&rest[..position], &rest[position + 1..]);
            let versions = index.entries.get(chart).into_iter().flatten();
            if let Some(entry) = versions.into_iter().find(|entry| entry.metadata.version == version) {
                let entry = entry.clone();
                return Ok((repository, entry));
            }
        }
    }
    Err(Status::not_found(CHART_VERSIONS, &key.name))
}

async fn load(catalog: &Catalog, key: &Key) -> Result<Arc<Loaded>> {
    let (repository, entry) = find(catalog, key)?;
    catalog.archives().load(&repository, &entry).await
}

#[async_trait]
impl Resource for ChartVersions {
    fn info(&self) -> &ResourceInfo {
        &self.info
    }

    async fn get(&self, _grant: &Grant, key: &Key) -> Result<Object> {
        let (repository, entry) = find(&self.catalog, key)?;
        Ok(object(&key.namespace, &repository, &entry, &Listing::Version))
    }

    async fn list(&self, _grant: &Grant, namespace: Option<&str>, options: &ListOptions) -> Result<List> {
        let (wanted_repository, wanted_chart) =
            (options.fields.required("status.repository"), options.fields.required("status.name"));
        let mut items = Vec::new();
        for (namespace, repository) in seen(&self.catalog, namespace) {
            let Some(index) =
                repository.index.as_ref().filter(|_| wanted_repository.is_none_or(|wanted| wanted == repository.name))
            else {
                continue;
            };
            for (_, versions) in
                index.entries.iter().filter(|(name, _)| wanted_chart.is_none_or(|wanted| wanted == name.as_str()))
            {
                items.extend(versions.iter().map(|entry| object(&namespace, &repository, entry, &Listing::Version)));
            }
        }
        Ok(page(items, options, self.catalog.version()))
    }

    fn subresource(&self, name: &str) -> Option<&dyn Subresource> {
        if name == "render" {
            return Some(&self.render);
        }
        self.contents
            .iter()
            .find(|contents| contents.content.name() == name)
            .map(|contents| contents as &dyn Subresource)
    }
}

/// What can be read from an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Readme,
    Values,
    Schema,
    Crds,
    Archive,
}

impl Content {
    const ALL: [Self; 5] = [Self::Readme, Self::Values, Self::Schema, Self::Crds, Self::Archive];

    fn name(self) -> &'static str {
        match self {
            Self::Readme => "readme",
            Self::Values => "values",
            Self::Schema => "schema",
            Self::Crds => "crds",
            Self::Archive => "archive",
        }
    }

    fn info(self) -> SubresourceInfo {
        let description = match self {
            Self::Readme => "README.md of the chart",
            Self::Values => "values.yaml of the chart, as its authors wrote it",
            Self::Schema => "values.schema.json of the chart",
            Self::Crds => "the files of the chart's crds/ folder",
            Self::Archive => "the chart's archive",
        };
        SubresourceInfo {
            name: self.name(),
            group: "",
            version: "",
            kind: VERSION_KIND,
            verbs: &[Verb::Get],
            schema: None,
            description,
        }
    }

    fn of(self, loaded: &Loaded) -> Option<(&'static str, Bytes)> {
        let chart = &loaded.chart;
        Some(match self {
            Self::Readme => ("text/markdown", readme(chart)?),
            Self::Values => ("application/yaml", raw(chart, "values.yaml")?),
            Self::Schema => ("application/schema+json", Bytes::copy_from_slice(chart.schema.as_deref()?)),
            Self::Crds => ("application/yaml", definitions(chart)?),
            Self::Archive => ("application/gzip", Bytes::copy_from_slice(&loaded.bytes)),
        })
    }
}

fn raw(chart: &Chart, name: &str) -> Option<Bytes> {
    chart.raw.iter().find(|file| file.name == name).map(|file| Bytes::copy_from_slice(&file.data))
}

/// Helm takes `README.md` in any case, and `readme.txt` and `readme` too.
fn readme(chart: &Chart) -> Option<Bytes> {
    let names = ["readme.md", "readme.txt", "readme"];
    let file = chart.raw.iter().find(|file| names.iter().any(|name| file.name.eq_ignore_ascii_case(name)))?;
    Some(Bytes::copy_from_slice(&file.data))
}

fn definitions(chart: &Chart) -> Option<Bytes> {
    let files = chart.crds();
    if files.is_empty() {
        return None;
    }
    let texts: Vec<_> = files.iter().map(|file| String::from_utf8_lossy(&file.data).into_owned()).collect();
    Some(Bytes::from(texts.join("\n---\n")))
}

struct Contents {
    content: Content,
    catalog: Arc<Catalog>,
}

#[async_trait]
impl Subresource for Contents {
    async fn connect(&self, _grant: &Grant, key: &Key, _call: Call) -> Result<Reply> {
        let loaded = load(&self.catalog, key).await?;
        match self.content.of(&loaded) {
            Some((content_type, bytes)) => Ok(Reply::Raw { content_type: content_type.into(), bytes }),
            None => Err(Status::not_found(CHART_VERSIONS, &format!("{}/{}", key.name, self.content.name()))),
        }
    }
}

/// `POST chartversions/NAME/render`.
struct RenderAction(Arc<Operations>);

#[async_trait]
impl Subresource for RenderAction {
    async fn connect(&self, grant: &Grant, key: &Key, call: Call) -> Result<Reply> {
        let body: Render = match call.body {
            Value::Null => Render::default(),
            body => serde_json::from_value(body).map_err(|error| Status::bad_request(format!("Render: {error}")))?,
        };
        let spec = &body.spec;
        let loaded = load(&self.0.catalog, key).await?;
        let space = self.0.bindings.space(&key.namespace).await?;
        let tenant = self.0.bindings.of(&key.namespace, &space)?;
        let name = if spec.release_name.is_empty() { "release-name" } else { &spec.release_name };
        let release = Key::new(key.namespace.as_str(), name);
        let input = Input {
            key: &release,
            loaded,
            values: values::of_json(&spec.values),
            revision: 1,
            is_upgrade: spec.is_upgrade,
            skip_schema_validation: spec.skip_schema_validation,
            tenant: tenant.as_ref(),
            kinds: self.0.kinds.snapshot().await.map_err(|error| Status::unavailable(error.to_string()))?,
            requester: Requester::new(&self.0.own, grant)?,
        };
        let manifest = self.0.renderer.release(input).await?;
        let mut text = String::new();
        if spec.include_crds {
            for definition in &manifest.definitions {
                text.push_str("---\n");
                text.push_str(definition);
            }
        }
        text.push_str(&manifest.text);
        let options = TemplateOutput { no_hooks: spec.disable_hooks, ..TemplateOutput::default() };
        let output =
            template_output(text, &manifest.hooks, &options).map_err(|error| Status::bad_request(error.to_string()))?;
        let mut object = Object::new(helmx_api::API_VERSION, "Render");
        object.set_metadata("name", key.name.as_str());
        object.set_metadata("namespace", key.namespace.as_str());
        let status = RenderStatus { manifest: output, notes: manifest.notes };
        object.set("status", serde_json::to_value(status).unwrap_or_default());
        Ok(Reply::Object(StatusCode::OK, object))
    }
}
