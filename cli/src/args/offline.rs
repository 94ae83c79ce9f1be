//! Flags of the commands that work on charts of this machine.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::ValuesFlags;

#[derive(Debug, Subcommand)]
pub enum Show {
    /// Everything.
    All(ChartName),
    /// Chart.yaml.
    Chart(ChartName),
    /// The files of crds/.
    Crds(ChartName),
    /// README.md.
    Readme(ChartName),
    /// values.yaml.
    Values(ShowValues),
}

#[derive(Clone, Debug, ClapArgs)]
pub struct ShowValues {
    #[command(flatten)]
    pub chart: ChartName,
    /// Print what a JSONPath template makes of the values: `{.image.tag}`.
    #[arg(long, value_name = "TEMPLATE", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    pub jsonpath: String,
}

#[derive(Clone, Debug, ClapArgs)]
pub struct ChartName {
    /// `REPO/CHART`, or a local folder or archive.
    #[arg(value_name = "CHART")]
    pub chart: Vec<String>,
    /// A version or constraint; default: the newest.
    #[arg(long, value_name = "CONSTRAINT")]
    pub version: Option<String>,
    /// Take pre-releases, too: the same as `--version '>0.0.0-0'`.
    #[arg(long)]
    pub devel: bool,
    #[command(flatten)]
    pub signature: Signature,
}

/// Whether a chart's signature is looked at before the chart is used.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Signatures")]
pub struct Signature {
    /// Check the signature of the chart's archive first.
    #[arg(long)]
    pub verify: bool,
    /// The public keys that count; default: GnuPG's `pubring.gpg` or `pubring.kbx`.
    #[arg(long, value_name = "FILE")]
    pub keyring: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct Verify {
    /// The chart's archive, with `.prov` beside it.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// The public keys that count; default: GnuPG's `pubring.gpg` or `pubring.kbx`.
    #[arg(long, value_name = "FILE")]
    pub keyring: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are switches")]
pub struct Template {
    /// The release's name (default `release-name`), and a local folder or archive, or `REPO/CHART`.
    #[arg(value_name = "[NAME] CHART")]
    pub name_and_chart: Vec<String>,
    /// A version or constraint of a repository's chart.
    #[arg(long, value_name = "CONSTRAINT")]
    pub version: Option<String>,
    /// A template that gives the release's name.
    #[arg(long, value_name = "TEMPLATE", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    pub name_template: String,
    /// Make a name up. Without effect here, as in Helm: the name is `release-name` unless it is given.
    #[arg(short, long)]
    pub generate_name: bool,
    /// Only these templates; repeatable.
    #[arg(short = 's', long, value_name = "PATH")]
    pub show_only: Vec<String>,
    /// Write files below this folder instead of standard output.
    #[arg(long, value_name = "FOLDER", default_value = "", hide_default_value = true)]
    pub output_dir: String,
    /// Put the release's name between `--output-dir` and the chart.
    #[arg(long)]
    pub release_name: bool,
    /// The files of crds/, too.
    #[arg(long)]
    pub include_crds: bool,
    /// Leave test hooks out.
    #[arg(long)]
    pub skip_tests: bool,
    /// Leave hooks out.
    #[arg(long)]
    pub no_hooks: bool,
    /// Render as an upgrade.
    #[arg(long)]
    pub is_upgrade: bool,
    /// The Kubernetes version to render for.
    #[arg(long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    pub kube_version: String,
    /// API versions to add; repeatable.
    #[arg(short = 'a', long, value_name = "VERSION", value_delimiter = ',')]
    pub api_versions: Vec<String>,
    /// Do not check the values against the chart's schema.
    #[arg(long)]
    pub skip_schema_validation: bool,
    /// Download missing dependencies first.
    #[arg(long)]
    pub dependency_update: bool,
    /// `client` renders without a cluster. `server` needs a chart of a repository.
    #[arg(long, value_name = "MODE", num_args = 0..=1, require_equals = true, default_missing_value = "unset")]
    pub dry_run: Option<String>,
    /// Deprecated: `--dry-run=server`.
    #[arg(long, hide = true)]
    pub validate: Option<bool>,
    #[command(flatten)]
    pub values: ValuesFlags,
    #[command(flatten)]
    pub signature: Signature,
    #[command(flatten)]
    pub accepted: Accepted,
}

/// What Helm accepts for `template` because `install` has it; nothing that is printed depends on it.
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are switches")]
pub struct Accepted {
    #[arg(long, hide = true)]
    create_namespace: bool,
    #[arg(long, hide = true)]
    pub force: Option<bool>,
    #[arg(long, hide = true)]
    pub force_replace: Option<bool>,
    #[arg(long, hide = true)]
    pub force_conflicts: Option<bool>,
    #[arg(long, hide = true)]
    server_side: bool,
    #[arg(long, hide = true)]
    replace: bool,
    #[arg(long, hide = true, value_parser = crate::usage::duration)]
    timeout: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "watcher")]
    wait: Option<String>,
    #[arg(long, hide = true)]
    wait_for_jobs: bool,
    #[arg(long, hide = true)]
    description: Option<String>,
    #[arg(long, hide = true)]
    devel: bool,
    #[arg(long, hide = true)]
    disable_openapi_validation: bool,
    #[arg(long, hide = true)]
    rollback_on_failure: bool,
    #[arg(long, hide = true)]
    pub atomic: Option<bool>,
    #[arg(long, hide = true)]
    skip_crds: bool,
    #[arg(long, hide = true)]
    pub render_subchart_notes: Option<bool>,
    #[arg(short = 'l', long, hide = true)]
    labels: Vec<String>,
    #[arg(long, hide = true)]
    pub enable_dns: bool,
    #[arg(long, hide = true)]
    pub hide_notes: Option<bool>,
    #[arg(long, hide = true)]
    take_ownership: bool,
}

#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are switches")]
pub struct Lint {
    /// Chart folders or archives.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// Warnings fail, too.
    #[arg(long)]
    pub strict: bool,
    /// Lint the charts of charts/, too.
    #[arg(long)]
    pub with_subcharts: bool,
    /// Warnings and errors only.
    #[arg(long)]
    pub quiet: bool,
    /// Do not check the values against the chart's schema.
    #[arg(long)]
    pub skip_schema_validation: bool,
    /// The Kubernetes version to lint for.
    #[arg(long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    pub kube_version: String,
    #[command(flatten)]
    pub values: ValuesFlags,
}

#[derive(Debug, ClapArgs)]
pub struct Package {
    /// Chart folders.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// The version to write into Chart.yaml.
    #[arg(long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    pub version: String,
    /// The version of the application to write into Chart.yaml.
    #[arg(long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    pub app_version: String,
    /// Where the archive goes.
    #[arg(short, long, value_name = "FOLDER", default_value = ".")]
    pub destination: PathBuf,
    /// Bring charts/ up to date first.
    #[arg(short = 'u', long)]
    pub dependency_update: bool,
    /// Sign the archive: writes `.prov` beside it.
    #[arg(long)]
    pub sign: bool,
    /// A name of the secret key, or a part of one.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub key: String,
    /// The file with the secret key; default: GnuPG's `pubring.gpg` or `pubring.kbx`, which has public keys only.
    #[arg(long, value_name = "FILE")]
    pub keyring: Option<String>,
    /// A file whose first line is the key's passphrase; `-` is standard input. Without it the terminal is asked.
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true)]
    pub passphrase_file: String,
    #[command(flatten)]
    pub values: ValuesFlags,
    #[command(flatten)]
    pub access: Access,
}

#[derive(Debug, Subcommand)]
pub enum Dependency {
    /// Rebuilds charts/ from Chart.lock.
    Build(DependencyChange),
    /// What Chart.yaml asks for, and what lies in charts/.
    #[command(visible_alias = "ls")]
    List(DependencyList),
    /// Brings charts/ and Chart.lock up to date with Chart.yaml.
    #[command(visible_alias = "up")]
    Update(DependencyChange),
}

#[derive(Debug, ClapArgs)]
pub struct DependencyList {
    /// The chart; default: this folder.
    #[arg(value_name = "CHART")]
    pub chart: Vec<String>,
    /// The widest a column may be; 0 is no limit.
    #[arg(long, value_name = "CHARACTERS", default_value_t = 80)]
    pub max_col_width: usize,
}

#[derive(Debug, ClapArgs)]
pub struct DependencyChange {
    /// The chart folder; default: this folder.
    #[arg(value_name = "CHART")]
    pub chart: Vec<String>,
    /// Accepted for Helm's sake: an index is always fetched anew.
    #[arg(long, hide = true)]
    pub skip_refresh: bool,
    #[command(flatten)]
    pub signature: Signature,
    #[command(flatten)]
    pub access: Access,
}

/// How to ask a repository.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Repository")]
pub struct Access {
    /// The user that the repository asks for.
    #[arg(long, value_name = "NAME", requires = "password")]
    pub username: Option<String>,
    /// The user's password.
    #[arg(long, value_name = "PASSWORD", requires = "username")]
    pub password: Option<String>,
    /// The authority that signed the repository's certificate.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub struct Create {
    /// The new chart's folder; its last part is the name.
    #[arg(value_name = "NAME")]
    pub name: Vec<String>,
    /// A chart to start from, with `<CHARTNAME>` where the name belongs: a path, or a name below Helm's `starters`.
    #[arg(short = 'p', long, value_name = "CHART", default_value = "", hide_default_value = true)]
    pub starter: String,
    /// The chart API: `v2`, or with `HELM_EXPERIMENTAL_CHART_V3` in the environment `v3`.
    #[arg(long, hide = true, default_value = "v2")]
    pub chart_api_version: String,
}

#[derive(Debug, ClapArgs)]
pub struct Version {
    /// Ask no server.
    #[arg(long)]
    pub client: bool,
    /// The number only.
    #[arg(long)]
    pub short: bool,
    /// A template to print instead, with `.Version`, `.GitCommit`, `.GitTreeState`, `.GoVersion`.
    #[arg(long, value_name = "TEMPLATE")]
    pub template: Option<String>,
    #[arg(hide = true)]
    pub arguments: Vec<String>,
}
