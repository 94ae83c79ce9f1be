//! Commands and flags as typed.

/// Flags of the commands that work on charts of this machine.
mod offline;
/// Flags of the commands about repositories.
mod repository;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub use offline::{
    Accepted, Access, ChartName, Create, Dependency, DependencyChange, DependencyList, Lint, Package, Show, ShowValues,
    Signature, Template, Verify, Version,
};
pub use repository::{Repo, RepoAdd, RepoRemove, RepoUpdate, Search};

/// Helm charts and releases as Kubernetes resources.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl helmx",
    bin_name = "kubectl helmx",
    version,
    args_override_self = true,
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub struct Args {
    #[command(flatten)]
    pub connection: Connection,
    /// Say more about what is done; show what was rendered even if it is no YAML.
    #[arg(long, global = true, env = "HELM_DEBUG", hide_env = true)]
    pub debug: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// kubectl's connection flags.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// The namespace of the release; default: the kubeconfig's.
    #[arg(short, long, global = true, value_name = "NAME", env = "HELM_NAMESPACE")]
    pub namespace: Option<String>,
    /// The kubeconfig file.
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The kubeconfig's context.
    #[arg(long, global = true, value_name = "NAME", visible_alias = "kube-context")]
    pub context: Option<String>,
    /// The kubeconfig's cluster.
    #[arg(long, global = true, value_name = "NAME")]
    pub cluster: Option<String>,
    /// The kubeconfig's user.
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,
    /// The address of the API server.
    #[arg(long, global = true, value_name = "URL", visible_alias = "kube-apiserver")]
    pub server: Option<String>,
    /// A bearer token.
    #[arg(long, global = true, value_name = "TOKEN", alias = "kube-token", hide_env_values = true)]
    pub token: Option<String>,
    /// A user to impersonate.
    #[arg(long = "as", global = true, value_name = "USER", alias = "kube-as-user")]
    pub as_user: Option<String>,
    /// A group to impersonate; repeatable.
    #[arg(long, global = true, value_name = "GROUP", alias = "kube-as-group")]
    pub as_group: Vec<String>,
    /// The authority that signed the API server's certificate.
    #[arg(long, global = true, value_name = "FILE", alias = "kube-ca-file")]
    pub certificate_authority: Option<PathBuf>,
    /// The name in the API server's certificate.
    #[arg(long, global = true, value_name = "NAME", alias = "kube-tls-server-name")]
    pub tls_server_name: Option<String>,
    /// Do not check the API server's certificate.
    #[arg(long, global = true, alias = "kube-insecure-skip-tls-verify")]
    pub insecure_skip_tls_verify: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Chart repositories of the namespace and the cluster.
    #[command(subcommand, arg_required_else_help = true)]
    Repo(Repo),
    /// Charts that can be installed.
    Search(Search),
    /// What is in a chart.
    #[command(subcommand, visible_alias = "inspect", arg_required_else_help = true)]
    Show(Show),
    /// Installs a chart.
    Install(Install),
    /// Changes a release.
    Upgrade(Upgrade),
    /// Goes back to a former revision.
    Rollback(Rollback),
    /// Removes releases.
    #[command(visible_aliases = ["delete", "del", "un"])]
    Uninstall(Uninstall),
    /// Releases.
    #[command(visible_alias = "ls")]
    List(List),
    /// How a release is.
    Status(Named),
    /// The revisions of a release.
    #[command(visible_alias = "hist")]
    History(History),
    /// What a release holds.
    #[command(subcommand, arg_required_else_help = true)]
    Get(Get),
    /// Renders a chart: a local one in this process, a repository's by the server.
    Template(Template),
    /// What is wrong with a chart.
    Lint(Lint),
    /// Packs a chart.
    Package(Package),
    /// Whether an archive is what its signer packed.
    Verify(Verify),
    /// The charts that a chart depends on.
    #[command(subcommand, visible_aliases = ["dep", "dependencies"], arg_required_else_help = true)]
    Dependency(Dependency),
    /// Starts a new chart.
    Create(Create),
    /// Client and server version.
    Version(Version),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Table,
    Json,
    Yaml,
}

#[derive(Clone, Debug, Default, ClapArgs)]
pub struct Output {
    /// The format.
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Format,
}

/// Helm's values flags.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Values")]
pub struct ValuesFlags {
    /// Values from a YAML file (`-` is standard input); repeatable.
    #[arg(short = 'f', long = "values", value_name = "FILE", value_delimiter = ',')]
    pub values: Vec<String>,
    /// `key=value,…`; repeatable.
    #[arg(long, value_name = "PAIRS", allow_hyphen_values = true)]
    pub set: Vec<String>,
    /// The same, every value a string.
    #[arg(long, value_name = "PAIRS", allow_hyphen_values = true)]
    pub set_string: Vec<String>,
    /// `key=JSON`.
    #[arg(long, value_name = "PAIRS", allow_hyphen_values = true)]
    pub set_json: Vec<String>,
    /// `key=FILE`: the value is the file's content.
    #[arg(long, value_name = "PAIRS", allow_hyphen_values = true)]
    pub set_file: Vec<String>,
    /// `key=text`, taken as it stands.
    #[arg(long, value_name = "PAIR", allow_hyphen_values = true)]
    pub set_literal: Vec<String>,
}

/// How an install or upgrade is carried out.
#[derive(Clone, Debug, Default, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are switches")]
pub struct ApplyFlags {
    /// A version or constraint; default: the newest.
    #[arg(long, value_name = "CONSTRAINT")]
    pub version: Option<String>,
    /// Wait until all objects are ready.
    #[arg(long)]
    pub wait: bool,
    /// Wait for Jobs to complete, too.
    #[arg(long)]
    pub wait_for_jobs: bool,
    /// How long each wait may take.
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// Check and show, change nothing.
    #[arg(long, value_name = "MODE", num_args = 0..=1, default_missing_value = "server", value_parser = ["none", "server", "client"])]
    pub dry_run: Option<String>,
    /// Make the namespace if it does not exist.
    #[arg(long)]
    pub create_namespace: bool,
    /// Do not run hooks.
    #[arg(long)]
    pub no_hooks: bool,
    /// Do not install crds/.
    #[arg(long)]
    pub skip_crds: bool,
    /// Do not check the values against the chart's schema.
    #[arg(long)]
    pub skip_schema_validation: bool,
    /// After a failure: uninstall a first install, roll an upgrade back.
    #[arg(long, visible_alias = "atomic")]
    pub rollback_on_failure: bool,
    /// Adopt objects that exist already.
    #[arg(long)]
    pub take_ownership: bool,
    /// Take fields over that another manager owns.
    #[arg(long)]
    pub force_conflicts: bool,
    /// A description of the revision.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Do not show the notes.
    #[arg(long)]
    pub hide_notes: bool,
    #[command(flatten)]
    pub values: ValuesFlags,
    #[arg(long, hide = true)]
    pub verify: bool,
    #[arg(long, hide = true, value_name = "FILE")]
    keyring: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, ClapArgs)]
pub struct Install {
    /// The release's name.
    pub name: String,
    /// `REPO/CHART`.
    pub chart: String,
    #[command(flatten)]
    pub flags: ApplyFlags,
}

#[derive(Debug, ClapArgs)]
pub struct Upgrade {
    /// The release's name.
    pub name: String,
    /// `REPO/CHART`.
    pub chart: String,
    /// Install the release if it does not exist.
    #[arg(short, long)]
    pub install: bool,
    /// Forget the former values.
    #[arg(long)]
    pub reset_values: bool,
    /// Lay the new values over the former ones.
    #[arg(long, visible_alias = "reset-then-reuse-values")]
    pub reuse_values: bool,
    /// How many revisions to keep; 0 keeps all.
    #[arg(long, value_name = "NUMBER")]
    pub history_max: Option<u32>,
    #[command(flatten)]
    pub flags: ApplyFlags,
}

#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are switches")]
pub struct Rollback {
    /// The release's name.
    pub name: String,
    /// The revision; default: the one before the newest.
    #[arg(default_value = "0")]
    pub revision: String,
    /// Wait until all objects are ready.
    #[arg(long)]
    pub wait: bool,
    /// Do not run hooks.
    #[arg(long)]
    pub no_hooks: bool,
    /// Take fields over that another manager owns.
    #[arg(long)]
    pub force_conflicts: bool,
    /// Check, change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// How long each wait may take.
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// A description of the revision.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct Uninstall {
    /// Their names.
    #[arg(required = true)]
    pub names: Vec<String>,
    /// A missing release is no failure.
    #[arg(long, visible_alias = "ignore-missing")]
    pub ignore_not_found: bool,
    /// Check, change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// What happens to dependents.
    #[arg(long, value_name = "POLICY", default_value = "background", value_parser = ["background", "foreground", "orphan"])]
    pub cascade: String,
    /// Do not wait until the release is gone.
    #[arg(long)]
    pub no_wait: bool,
    /// How long to wait until the release is gone.
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub timeout: String,
}

#[derive(Debug, ClapArgs)]
pub struct List {
    /// Of all namespaces that you may see.
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// Names only.
    #[arg(short = 'q', long)]
    pub short: bool,
    /// A label selector.
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, ClapArgs)]
pub struct Named {
    /// The release's name.
    pub name: String,
    /// A revision; default: the newest.
    #[arg(long, value_name = "NUMBER")]
    pub revision: Option<u32>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, ClapArgs)]
pub struct History {
    /// The release's name.
    pub name: String,
    /// So many of the newest.
    #[arg(long, value_name = "NUMBER", default_value_t = 256)]
    pub max: usize,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum Get {
    /// Everything.
    All(Of),
    /// The values.
    Values(GetValues),
    /// The objects.
    Manifest(Of),
    /// The notes.
    Notes(Of),
    /// The hooks.
    Hooks(Of),
}

#[derive(Debug, ClapArgs)]
pub struct Of {
    /// The release's name.
    pub name: String,
    /// A revision; default: the newest.
    #[arg(long, value_name = "NUMBER")]
    pub revision: Option<u32>,
}

#[derive(Debug, ClapArgs)]
pub struct GetValues {
    #[command(flatten)]
    pub of: Of,
    /// The chart's defaults, too.
    #[arg(short, long)]
    pub all: bool,
    #[command(flatten)]
    pub output: Output,
}
