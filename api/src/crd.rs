//! CustomResourceDefinitions made from the types of `config`.

use serde_json::{Value, json};

use crate::config::{RepositorySpec, RepositoryStatus, TenantSpec, TenantStatus};
use crate::{CONFIG_GROUP, VERSION, schema};

/// All CustomResourceDefinitions, as `manifests/crds.yaml` holds them.
pub fn all() -> Vec<Value> {
    let repository = || [schema::of::<RepositorySpec>(), schema::of::<RepositoryStatus>()];
    let repository_columns = json!([
        {"name": "URL", "type": "string", "jsonPath": ".spec.url"},
        {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].status"},
        {"name": "Charts", "type": "integer", "jsonPath": ".status.charts"},
        {"name": "Versions", "type": "integer", "jsonPath": ".status.versions", "priority": 1},
        {"name": "Synced", "type": "date", "jsonPath": ".status.lastSync"},
        {"name": "Message", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].message", "priority": 1},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]);
    let tenant_columns = json!([
        {"name": "Namespaces", "type": "string", "jsonPath": ".status.namespaces"},
        {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].status"},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]);
    vec![
        definition(&Kind::new("Repository", "repositories", "Namespaced"), repository(), &repository_columns),
        definition(
            &Kind::new("ClusterRepository", "clusterrepositories", "Cluster"),
            repository(),
            &repository_columns,
        ),
        definition(
            &Kind::new("Tenant", "tenants", "Cluster"),
            [schema::of::<TenantSpec>(), schema::of::<TenantStatus>()],
            &tenant_columns,
        ),
    ]
}

struct Kind {
    kind: &'static str,
    plural: &'static str,
    scope: &'static str,
}

impl Kind {
    fn new(kind: &'static str, plural: &'static str, scope: &'static str) -> Self {
        Self { kind, plural, scope }
    }
}

fn definition(kind: &Kind, [spec, status]: [Value; 2], columns: &Value) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{}.{CONFIG_GROUP}", kind.plural)},
        "spec": {
            "group": CONFIG_GROUP,
            "scope": kind.scope,
            "names": {
                "kind": kind.kind,
                "listKind": format!("{}List", kind.kind),
                "plural": kind.plural,
                "singular": kind.kind.to_lowercase(),
                "categories": ["helmx"],
            },
            "versions": [{
                "name": VERSION,
                "served": true,
                "storage": true,
                "subresources": {"status": {}},
                "additionalPrinterColumns": columns,
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "required": ["spec"],
                    "properties": {
                        "apiVersion": {"type": "string"},
                        "kind": {"type": "string"},
                        "metadata": {"type": "object"},
                        "spec": spec,
                        "status": status,
                    },
                }},
            }],
        },
    })
}
