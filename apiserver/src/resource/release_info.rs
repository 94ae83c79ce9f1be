//! The description of releases: verbs, subresources, columns of `kubectl get`.

use helmx_api::release::{KIND, Release};
use helmx_api::{GROUP, VERSION, schema};
use helmx_machinery::{Column, ResourceInfo, SubresourceInfo, Verb};

use super::release_part::Part as ReleasePart;
use crate::store::view;

/// What discovery, OpenAPI and Tables say of releases.
pub fn info() -> ResourceInfo {
    let column = |name, kind, description, priority| Column { name, kind, format: "", description, priority };
    let mut subresources: Vec<_> = ReleasePart::ALL.iter().map(|part| part.info()).collect();
    subresources.push(super::rollback::info());
    subresources.push(SubresourceInfo {
        name: "status",
        group: "",
        version: "",
        kind: KIND,
        verbs: &[Verb::Get, Verb::Update, Verb::Patch],
        schema: None,
        description: "the status of a release",
    });
    ResourceInfo {
        group: GROUP.into(),
        version: VERSION.into(),
        plural: "releases".into(),
        singular: "release".into(),
        kind: KIND.into(),
        list_kind: format!("{KIND}List"),
        short_names: vec!["rel".into()],
        categories: vec!["helmx".into()],
        namespaced: true,
        verbs: vec![
            Verb::Get,
            Verb::List,
            Verb::Watch,
            Verb::Create,
            Verb::Update,
            Verb::Patch,
            Verb::Delete,
            Verb::DeleteCollection,
        ],
        subresources,
        columns: vec![
            Column { format: "name", ..column("Name", "string", "The name of the release", 0) },
            column("Chart", "string", "Chart and version", 0),
            column("App Version", "string", "Version of the application", 0),
            column("Revision", "integer", "The newest revision", 0),
            column("Status", "string", "Helm's status of the newest revision", 0),
            column("Ready", "string", "Whether all objects are ready", 0),
            column("Updated", "string", "Since when the newest revision exists", 0),
            column("Age", "string", "Since when the release exists", 1),
            column("Tenant", "string", "Whose release it is", 1),
            column("Description", "string", "Helm's words on the newest revision", 1),
        ],
        row: Box::new(view::row),
        schema: schema::of::<Release>(),
        selectable_fields: vec!["status.phase", "spec.chart.name", "spec.chart.repository", "status.chart.name"],
        unconditional_update: false,
        definition_prefix: "dev.helmx.v1alpha1".into(),
    }
}
