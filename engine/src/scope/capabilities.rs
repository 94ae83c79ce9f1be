//! `.Capabilities`.

use helmx_chart::Capabilities;
use helmx_template::{Failure, Kind, List, ListType, Method, Signature, Type, Value};

use super::record::Record;

/// Helm's `common.VersionSet`.
static VERSIONS: ListType =
    ListType { name: "common.VersionSet", elem: Type::String, methods: VERSIONS_METHODS, is_nil: false };

const VERSIONS_METHODS: &[Method] =
    &[Method { signature: Signature { name: "Has", params: &[Type::String], variadic: false }, run: has }];

const KUBE_METHODS: &[Method] = &[Method::new("String", &[], kube_text), Method::new("GitVersion", &[], kube_version)];

pub(super) fn object(capabilities: &Capabilities) -> Value {
    let kube = &capabilities.kube_version;
    let kube = Record {
        type_name: "common.KubeVersion",
        kind: Kind::Struct,
        fields: vec![
            ("Version", Value::from(kube.version.as_str())),
            ("normalizedVersion", Value::from(kube.normalized.as_str())),
            ("Major", Value::from(kube.major.as_str())),
            ("Minor", Value::from(kube.minor.as_str())),
        ],
        json: None,
        text_in_place: Some(kube.normalized.clone()),
        methods: KUBE_METHODS,
    };
    let helm = &capabilities.helm_version;
    let helm = Record {
        type_name: "version.BuildInfo",
        kind: Kind::Struct,
        fields: vec![
            ("Version", Value::from(helm.version.as_str())),
            ("GitCommit", Value::from(helm.git_commit.as_str())),
            ("GitTreeState", Value::from(helm.git_tree_state.as_str())),
            ("GoVersion", Value::from(helm.go_version.as_str())),
            ("KubeClientVersion", Value::from(helm.kube_client_version.as_str())),
        ],
        json: Some(&["version", "git_commit", "git_tree_state", "go_version", "kube_client_version"]),
        text_in_place: None,
        methods: &[],
    };
    let versions = capabilities.api_versions.iter().map(Value::string).collect();
    Value::object(Record {
        type_name: "*common.Capabilities",
        kind: Kind::Pointer,
        fields: vec![
            ("KubeVersion", Value::object(kube)),
            ("APIVersions", Value::List(List::new(&VERSIONS, versions).into())),
            ("HelmVersion", Value::object(helm)),
        ],
        json: None,
        text_in_place: None,
        methods: &[],
    })
}

/// Exact match: `apps/v1` or `apps/v1/Deployment`.
fn has(this: &Value, args: &[Value]) -> Result<Value, Failure> {
    let (Value::List(versions), Some(Value::String(wanted))) = (this, args.first()) else {
        return Ok(Value::Bool(false));
    };
    Ok(Value::Bool(
        versions.items().iter().any(|version| matches!(version, Value::String(version) if version == wanted)),
    ))
}

fn kube_text(this: &Value, _: &[Value]) -> Result<Value, Failure> {
    Ok(Value::from(helmx_template::format::verb_v(this)))
}

fn kube_version(this: &Value, _: &[Value]) -> Result<Value, Failure> {
    match this {
        Value::Object(object) => Ok(object.field("Version").unwrap_or_default()),
        _ => Ok(Value::Nil),
    }
}
