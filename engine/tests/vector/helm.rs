//! `helm-engine.json`: charts, their objects, Helm's own functions and its messages.

use helmx_chart::capabilities::{HelmVersion, KubeVersion};
use helmx_chart::{Capabilities, Chart, File, Metadata};
use helmx_engine::{Input, Limits, MissingKey, Mode, Operation, ReleaseInfo, Rendered, render, render_with};
use helmx_template::Value;
use helmx_yaml::{Data, Map};
use serde_json::Value as Json;

use super::host::TestHost;
use super::row::{check_all, document, value};

/// Rows that fail, with the reason. A row that passes must leave the list.
const KNOWN: &[(&str, &str)] = &[
    ("TestFuncs 007", TOML_ERRORS),
    ("fromToml 026", TOML_ERRORS),
    ("fromToml 027", TOML_ERRORS),
    ("fromToml 028", TOML_ERRORS),
    ("fromToml 029", TOML_ERRORS),
    ("fromToml 030", TOML_ERRORS),
    ("fromToml 034", TOML_ERRORS),
    ("fromToml 035", TOML_ERRORS),
    ("fromToml 036", TOML_ERRORS),
    ("fromToml 037", TOML_ERRORS),
    ("fromToml 038", TOML_ERRORS),
    ("fromToml 040", TOML_ERRORS),
    ("fromToml 011", TOML_ZONES),
    ("fromToml 012", TOML_ZONES),
    ("fromToml 039", TOML_ZONES),
    ("toYaml 247", "plain data has no unsigned integers above 2^63; charts cannot make one either"),
];

const TOML_ERRORS: &str = "the text comes from the toml crate, not from BurntSushi/toml";
const TOML_ZONES: &str = "local dates and times print as UTC; Go names zones such as date-local";

#[test]
fn helm_vectors() {
    let document = document("helm-engine.json");
    let capabilities = capabilities(&document["default_capabilities"]);
    check_all(&document, KNOWN, |row| check(row, &document["charts"], &capabilities));
}

fn check(row: &Json, charts: &Json, capabilities: &Capabilities) -> Result<(), String> {
    let expected = row["error_full"].as_str().or(row["error"].as_str());
    match (run(row, charts, capabilities), expected) {
        (Err(error), Some(expected)) if error == expected => Ok(()),
        (Err(error), Some(expected)) if row["error_full"].is_null() && error.contains(expected) => Ok(()),
        (Err(error), Some(expected)) => Err(format!("\n   error {error}\n  wanted {expected}")),
        (Err(error), None) => Err(format!("unexpected error {error}")),
        (Ok(_), Some(expected)) => Err(format!("renders, wanted error {expected}")),
        (Ok(rendered), None) => compare(row, &rendered),
    }
}

fn compare(row: &Json, rendered: &Rendered) -> Result<(), String> {
    let expected: Vec<(String, &str)> = match &row["expect"] {
        Json::String(text) => vec![("t/templates/t.yaml".to_owned(), text)],
        Json::Object(files) => {
            files.iter().map(|(name, text)| (full_name(row, name), text.as_str().unwrap_or_default())).collect()
        }
        _ => Vec::new(),
    };
    for (name, text) in expected {
        let got = rendered.get(&name);
        if got.map(|text| &**text) != Some(text) {
            return Err(format!("{name}\n   got {got:?}\n  want {text:?}"));
        }
    }
    Ok(())
}

/// Rows with bare templates name files below the chart, rows with charts from the root.
fn full_name(row: &Json, name: &str) -> String {
    if row["templates"].is_null() { name.to_owned() } else { format!("t/{name}") }
}

fn run(row: &Json, charts: &Json, capabilities: &Capabilities) -> Result<Rendered, String> {
    let source = match row["chart_ref"].as_str() {
        Some(key) => &charts[key],
        None => &row["chart"],
    };
    let chart = if source.is_null() { bare_chart(row) } else { chart(source) };
    let release =
        ReleaseInfo { name: "rel".to_owned(), namespace: "ns".to_owned(), revision: 1, operation: Operation::Install };
    let merged = match &row["user_values"] {
        Json::Null => Map::new(),
        user => {
            let user = Data::from(user.clone()).into_map();
            helmx_chart::values::for_render(&chart, &user, false, &mut Vec::new()).map_err(|error| error.to_string())?
        }
    };
    let host = TestHost::new(row["cluster"].as_array().map(Vec::as_slice).unwrap_or_default());
    let input = Input {
        chart: &chart,
        values: &merged,
        release: &release,
        capabilities,
        host: &host,
        limits: Limits::default(),
        mode: if row["lint"].as_bool() == Some(true) { Mode::Lint } else { Mode::Render },
        missing_key: if row["strict"].as_bool() == Some(true) { MissingKey::Error } else { MissingKey::Zero },
    };
    let rendered = match (&row["scope"], &row["values"]) {
        (Json::Null, Json::Null) => render(&input),
        (Json::Null, values) => {
            let root = helmx_engine::root_with_values(&input, value(values));
            render_with(&input, &root)
        }
        (scope, _) => {
            // Every row has the capabilities; a scope brings the rest.
            let root = helmx_engine::root_with_values(&input, Value::Nil);
            if let (Value::Map(root), Value::Map(scope)) = (&root, &value(scope)) {
                for (key, value) in scope.entries() {
                    root.set(key, value);
                }
            }
            render_with(&input, &root)
        }
    };
    rendered.map_err(|error| error.to_string())
}

fn bare_chart(row: &Json) -> Chart {
    let metadata = Metadata {
        name: "t".to_owned(),
        version: "1.2.3".to_owned(),
        app_version: "4.5.6".to_owned(),
        api_version: "v2".to_owned(),
        ..Metadata::default()
    };
    let mut templates = files(&row["templates"]);
    if let Some(text) = row["template"].as_str() {
        templates.push(File::new("templates/t.yaml", text.as_bytes()));
    }
    Chart { metadata, templates, files: files(&row["files"]), ..Chart::default() }
}

fn chart(json: &Json) -> Chart {
    let mut metadata = match &json["metadata"] {
        Json::Null => Metadata::default(),
        metadata => helmx_chart::metadata::Metadata::parse(metadata.to_string().as_bytes()).expect("metadata of a row"),
    };
    if let Some(name) = json["name"].as_str() {
        metadata.name = name.to_owned();
    }
    if metadata.api_version.is_empty() {
        metadata.api_version = "v2".to_owned();
    }
    if metadata.version.is_empty() {
        metadata.version = "0.1.0".to_owned();
    }
    Chart {
        metadata,
        values: Data::from(json["values"].clone()).into_map(),
        schema: json["schema"].as_str().map(|schema| schema.as_bytes().into()),
        templates: files(&json["templates"]),
        files: files(&json["files"]),
        dependencies: json["dependencies"]
            .as_array()
            .map(|charts| charts.iter().map(chart).collect())
            .unwrap_or_default(),
        ..Chart::default()
    }
}

fn files(json: &Json) -> Vec<File> {
    let pair = |pair: &Json| File::new(pair[0].as_str().unwrap_or_default(), content(&pair[1]));
    match json {
        Json::Array(pairs) => pairs.iter().map(pair).collect(),
        Json::Object(entries) => entries.iter().map(|(name, text)| File::new(name.as_str(), content(text))).collect(),
        _ => Vec::new(),
    }
}

fn content(json: &Json) -> Vec<u8> {
    match (json.as_str(), json["$bytes_hex"].as_str()) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(hex)) => super::row::unhex(hex),
        (None, None) => Vec::new(),
    }
}

fn capabilities(json: &Json) -> Capabilities {
    let text = |text: &str| text.to_owned();
    let kube_version =
        KubeVersion { version: text("v1.36.0"), normalized: text("v1.36.0"), major: text("1"), minor: text("36") };
    let versions = ["apiVersions", "api_versions"].iter().find_map(|key| json[key].as_array()).or(json.as_array());
    let api_versions = versions.into_iter().flatten().filter_map(Json::as_str).map(text).collect();
    let helm_version = HelmVersion {
        version: text("v4.2"),
        git_commit: String::new(),
        git_tree_state: String::new(),
        go_version: text("go1.26.11"),
        kube_client_version: text("v1.36"),
    };
    Capabilities { kube_version, api_versions, helm_version }
}

#[test]
fn values_of_a_row_keep_their_kinds() {
    assert!(matches!(value(&serde_json::json!(1)), Value::Int(..)));
    assert!(matches!(value(&serde_json::json!(1.5)), Value::Float(_)));
}
