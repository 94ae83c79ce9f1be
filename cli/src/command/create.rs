//! `create`: a new chart to start from, under the file names that Helm's users know (`pkg/chart/v2/util/create.go`).

/// `--starter`.
mod starter;

use std::path::Path;

use anyhow::{Result, anyhow, bail};

use crate::args::Create;
use crate::usage::{Wanted, require};
use crate::{local, log, output};

/// Stands for the chart's name in the files below.
const NAME: &str = "<NAME>";

/// Stands for the chart API in `Chart.yaml`.
const API: &str = "<API>";

const MAX_NAME: usize = 250;

/// Set to anything, it opens the chart API that Helm tries out.
const GATE: &str = "HELM_EXPERIMENTAL_CHART_V3";

/// The API that a new chart is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Api {
    V2,
    V3,
}

impl Api {
    fn parse(text: &str) -> Result<Self> {
        match text {
            "v2" | "" => Ok(Self::V2),
            "v3" if std::env::var_os(GATE).is_some_and(|value| !value.is_empty()) => Ok(Self::V3),
            "v3" => bail!(
                "this feature has been marked as experimental and is not enabled by default. Please set {GATE}=1 in \
                 your environment to use this feature"
            ),
            other => bail!("unsupported chart API version: {other} (supported: v2, v3)"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::V3 => "v3",
        }
    }

    /// Helm tells of files that it replaces in two ways.
    fn announce_replaced(self, path: &Path) {
        match self {
            Self::V2 => output::line(&format!("WARNING: File {path:?} already exists. Overwriting.")),
            Self::V3 => log::warn("Overwriting existing file", &[("file", &path.to_string_lossy())]),
        }
    }
}

macro_rules! scaffold {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../scaffold/", $path)))),*]
    };
}

/// Paths in the chart, and what is in them.
const FILES: &[(&str, &str)] = scaffold![
    "Chart.yaml",
    "values.yaml",
    ".helmignore",
    "templates/ingress.yaml",
    "templates/httproute.yaml",
    "templates/deployment.yaml",
    "templates/service.yaml",
    "templates/serviceaccount.yaml",
    "templates/hpa.yaml",
    "templates/NOTES.txt",
    "templates/_helpers.tpl",
    "templates/tests/test-connection.yaml",
];

/// Writes a new chart.
///
/// # Errors
/// A name that no chart can have, a folder that cannot be written.
pub fn run(options: &Create) -> Result<()> {
    require("create", "NAME", &Wanted::Exactly(1), options.name.len())?;
    for path in &options.name {
        output::line(&format!("Creating {path}"));
        create(Path::new(path), &options.starter, Api::parse(&options.chart_api_version)?)?;
    }
    Ok(())
}

fn create(path: &Path, starter: &str, api: Api) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    check(&name)?;
    let folder = local::absolute(path)?;
    if !starter.is_empty() {
        return starter::create(starter, &name, &folder, api);
    }
    if let Some(parent) = folder.parent() {
        match std::fs::metadata(parent) {
            Err(error) => bail!(local::reason("stat", parent, &error)),
            Ok(about) if !about.is_dir() => bail!("no such directory {}", parent.display()),
            Ok(_) => {}
        }
    }
    if folder.exists() && !folder.is_dir() {
        bail!("file {} already exists and is not a directory", folder.display());
    }
    for (file, content) in FILES {
        let content = content.replace(NAME, &name).replace(API, api.name());
        write(&folder.join(file), &content, api)?;
    }
    make(&folder.join("charts"))
}

fn check(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > MAX_NAME {
        bail!("chart name must be between 1 and {MAX_NAME} characters");
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
        bail!("chart name must match the regular expression \"^[a-zA-Z0-9._-]+$\"");
    }
    Ok(())
}

fn write(path: &Path, content: &str, api: Api) -> Result<()> {
    if path.exists() {
        api.announce_replaced(path);
    }
    if let Some(parent) = path.parent() {
        make(parent)?;
    }
    std::fs::write(path, content).map_err(|error| anyhow!(local::reason("open", path, &error)))
}

fn make(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| anyhow!(local::reason("mkdir", folder, &error)))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_of_charts() {
        for name in ["web", "Web_1.0-x", &"x".repeat(250)] {
            assert!(check(name).is_ok(), "{name}");
        }
        for name in ["", "a b", "a/b", "a$", "ä", &"x".repeat(251)] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
