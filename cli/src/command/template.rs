//! `template`: a chart rendered, here or by the server.

/// The source line of a failed template, for people.
mod excerpt;
/// Rendered files written below a folder.
mod files;

use std::cell::RefCell;
use std::io::IsTerminal as _;
use std::mem::ManuallyDrop;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use helmx_chart::capabilities::KubeVersion;
use helmx_chart::early::Early;
use helmx_chart::manifest::{Assembled, Assembly, HookEvent, TemplateNotFound, TemplateOutput, template_output};
use helmx_chart::name::ReleaseName;
use helmx_chart::{Capabilities, Chart, Warning, dependency};
use helmx_engine::{
    Host, Job, JobError, Limits, MissingKey, Operation, ParsedTemplates, ReleaseInfo, SchemaCheck, assemble_parsed,
    execute,
};
use helmx_yaml::{Data, Map};
use jiff::Timestamp;
use serde_json::json;

use super::dependency::Means;
use super::install::split;
use super::show::resolve;
use crate::args::{Accepted, Access, Connection, Template};
use crate::client::{Cluster, Kind, default_namespace};
use crate::output::{self, text};
use crate::usage::{Wanted, require};
use crate::{local, log, provenance, values};

/// Helm's name for a release that has none.
const DEFAULT_NAME: &str = "release-name";

/// Where to render.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DryRun {
    Client,
    Server,
}

/// Whether the chart is a folder or archive of this machine. Wrong usage is reported without a cluster, too.
pub fn is_local(options: &Template) -> bool {
    match options.name_and_chart.as_slice() {
        [chart] | [_, chart] => local::is_path(chart) || split(chart).is_err(),
        _ => true,
    }
}

/// Renders in this process: no cluster is asked.
///
/// # Errors
/// As `helm template` words them.
pub fn offline(options: &Template, connection: &Connection) -> Result<()> {
    require("template", "[NAME] [CHART]", &Wanted::AtLeast(1), options.name_and_chart.len())?;
    announce_deprecated(options);
    refuse_together(options)?;
    let capabilities = capabilities(options)?;
    if dry_run(options)? == DryRun::Server {
        bail!(
            "--dry-run=server renders charts of repositories (REPO/CHART); a local chart is rendered without a cluster"
        );
    }
    log::debug("Original chart version", &[("version", options.version.as_deref().unwrap_or_default())]);
    let (name, chart) = name_and_chart(options)?;
    if !local::is_path(chart) {
        bail!("non-absolute URLs should be in form of repo_name/path_to_chart, got: {chart}");
    }
    let path = local::locate(chart)?;
    provenance::check_if_asked(&path, &options.signature)?;
    log::debug("Chart path", &[("path", &path.display().to_string())]);
    let user = values::of_flags(&options.values)?;
    // Nothing of these is freed: the process ends with this command, and freeing takes a tenth of its time.
    let parsed = ManuallyDrop::new(ParsedTemplates::new());
    parsed.beside().with_helper(|| {
        // A template of an archive is nearly always rendered under its path there.
        let chart =
            local::detect_telling(&path, &mut Early::new(parsed.beside(), &mut |name, text| parsed.ask(name, text)))?;
        let mut chart = ManuallyDrop::new(chart);
        check_chart(&mut chart, &path, options)?;
        if let Err(error) = ReleaseName::parse(&name) {
            let error = format!("release name {name:?}: {error}");
            log::error("release name check failed", &[("error", &error)]);
            bail!("release name check failed: {error}");
        }
        let release = ReleaseInfo {
            name,
            namespace: default_namespace(connection),
            revision: 1,
            operation: if options.is_upgrade { Operation::Upgrade } else { Operation::Install },
        };
        let job = Job {
            release: &release,
            capabilities: &capabilities,
            host: &Offline::default(),
            limits: Limits::default(),
            assembly: Assembly { include_crds: options.include_crds, ..Assembly::default() },
            schema: if options.skip_schema_validation { SchemaCheck::Skipped } else { SchemaCheck::Enforced },
        };
        let mut warnings = Vec::new();
        let assembled = assemble_parsed(&mut chart, &user, &job, &parsed, &mut warnings);
        warnings.iter().for_each(log::relay);
        match assembled {
            Ok(assembled) => print(assembled, &release.name, options),
            Err(error) => Err(failed(&error, &chart, options)),
        }
    })
}

/// Prints or writes what was rendered.
fn print(assembled: Assembled, name: &str, options: &Template) -> Result<()> {
    let selection = TemplateOutput {
        no_hooks: options.no_hooks,
        skip_tests: options.skip_tests,
        show_only: options.show_only.clone(),
    };
    if options.output_dir.is_empty() {
        output::print(&template_output(assembled.manifest, &assembled.hooks, &selection)?);
        return Ok(());
    }
    let inner = if options.release_name { name } else { "" };
    let hidden = |events: &[HookEvent]| options.no_hooks || (options.skip_tests && events.contains(&HookEvent::Test));
    files::write(&assembled, &options.output_dir, inner, &hidden)?;
    // All objects are in files: nothing is left that could be shown.
    output::print(&template_output(String::new(), &[], &selection)?);
    Ok(())
}

/// The error of a render; with `--debug` what could be rendered is printed first, as Helm does.
fn failed(error: &JobError, chart: &Chart, options: &Template) -> anyhow::Error {
    let mut message = error.to_string();
    if error.is_late() {
        if log::is_debug() {
            match print_remains(error, options) {
                Ok(()) | Err(_) => {}
            }
        } else {
            message.push_str("\n\nUse --debug flag to render out invalid YAML");
        }
    }
    if let JobError::Render(error) = error
        && std::io::stderr().is_terminal()
        && let Some(excerpt) = excerpt::of(error, chart)
    {
        message = format!("{message}\n\n{excerpt}");
    }
    anyhow!(message)
}

fn print_remains(error: &JobError, options: &Template) -> Result<(), TemplateNotFound> {
    let rendered = match error {
        JobError::Sort(error) => error.rendered(),
        _ => String::new(),
    };
    let selection = TemplateOutput { show_only: options.show_only.clone(), ..TemplateOutput::default() };
    output::print(&template_output(rendered, &[], &selection)?);
    Ok(())
}

/// What Helm checks of a chart before it renders.
fn check_chart(chart: &mut Chart, path: &Path, options: &Template) -> Result<()> {
    let kind = &chart.metadata.kind;
    if !kind.is_empty() && kind != "application" {
        bail!("{kind} charts are not installable");
    }
    if chart.metadata.deprecated {
        log::warn("this chart is deprecated", &[]);
    }
    if local::is_experimental(chart) && !chart.dependencies.is_empty() {
        bail!(
            "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to \
             fetch missing dependencies: unsupported chart dependency type"
        );
    }
    local::refuse_experimental(chart)?;
    if chart.metadata.dependencies.as_ref().is_none_or(Vec::is_empty) {
        return Ok(());
    }
    let stamp = super::package::source_date_epoch()?;
    match dependency::check_present(chart) {
        Err(_) if options.dependency_update => {
            super::dependency::update(path, &Means::new(&Access::default(), stamp))?;
            *chart = local::detect(path)?;
            Ok(())
        }
        checked => Ok(checked?),
    }
}

/// `-g` changes nothing, as in Helm: `template` has a name already.
fn name_and_chart(options: &Template) -> Result<(String, &str)> {
    match options.name_and_chart.as_slice() {
        [_, _, rest @ ..] if !rest.is_empty() => {
            bail!("expected at most two arguments, unexpected arguments: {}", rest.join(", "))
        }
        [_, _] if options.generate_name => bail!("cannot set --generate-name and also specify a name"),
        [_, _] if !options.name_template.is_empty() => bail!("cannot set --name-template and also specify a name"),
        [name, chart] => Ok((name.clone(), chart)),
        [chart, ..] if !options.name_template.is_empty() => {
            const NAME: &str = "name-template";
            let template = [(NAME, options.name_template.as_str())];
            let name = execute(&template, NAME, helmx_template::Value::Nil, MissingKey::default(), &Offline::default())
                .map_err(|error| anyhow!(error.to_string()))?;
            Ok((String::from_utf8_lossy(&name).into_owned(), chart))
        }
        [chart, ..] => Ok((DEFAULT_NAME.to_owned(), chart)),
        [] => bail!("a chart is missing"),
    }
}

fn capabilities(options: &Template) -> Result<Capabilities> {
    let mut capabilities = Capabilities::default();
    if !options.kube_version.is_empty() {
        capabilities.kube_version = KubeVersion::parse(&options.kube_version)?;
    }
    capabilities.api_versions.extend(options.api_versions.iter().cloned());
    Ok(capabilities)
}

/// The values of `--dry-run`, those of former versions too (`cmdGetDryRunFlagStrategy` in `pkg/cmd/helpers.go`).
fn dry_run(options: &Template) -> Result<DryRun> {
    if options.validate == Some(true) {
        return Ok(DryRun::Server);
    }
    match options.dry_run.as_deref() {
        None | Some("client") => Ok(DryRun::Client),
        Some("server") => Ok(DryRun::Server),
        Some("unset") => {
            log::warn("--dry-run is deprecated and should be replaced with '--dry-run=client'", &[]);
            Ok(DryRun::Client)
        }
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => {
            let message = "boolean '--dry-run=true' flag is deprecated and must be replaced with '--dry-run=client'";
            log::warn(message, &[]);
            Ok(DryRun::Client)
        }
        Some(value @ ("none" | "0" | "f" | "F" | "false" | "FALSE" | "False")) => {
            bail!("invalid dry-run value ({value:?}). Must be \"server\" or \"client\"")
        }
        Some(value) => bail!("invalid dry-run value ({value:?}). Must be \"none\", \"server\", or \"client\""),
    }
}

/// pflag names deprecated flags as they come.
fn announce_deprecated(options: &Template) {
    let Accepted { force, atomic, hide_notes, render_subchart_notes, enable_dns, .. } = &options.accepted;
    const NO_EFFECT: &str = "this flag has no effect for 'helm template' and will be removed in Helm 5";
    for (given, flag, way_out) in [
        (&options.validate, "validate", "use '--dry-run=server' instead"),
        (force, "force", "use --force-replace instead"),
        (atomic, "atomic", "use --rollback-on-failure instead"),
        (hide_notes, "hide-notes", NO_EFFECT),
        (render_subchart_notes, "render-subchart-notes", NO_EFFECT),
    ] {
        if given.is_some() {
            output::error(&format!("Flag --{flag} has been deprecated, {way_out}"));
        }
    }
    if *enable_dns {
        log::warn("--enable-dns has no effect: names are never looked up while rendering", &[]);
    }
}

/// Flags of which Helm takes one at most.
fn refuse_together(options: &Template) -> Result<()> {
    let Accepted { force, force_replace, force_conflicts, .. } = options.accepted;
    let [force, force_replace, force_conflicts] = [force, force_replace, force_conflicts].map(|flag| flag.is_some());
    let groups = [
        (options.validate.is_some() && options.dry_run.is_some(), "validate dry-run", "dry-run validate"),
        (force && force_conflicts, "force force-conflicts", "force force-conflicts"),
        (force_replace && force_conflicts, "force-replace force-conflicts", "force-conflicts force-replace"),
    ];
    for (together, group, sorted) in groups {
        if together {
            bail!("if any flags in the group [{group}] are set none of the others can be; [{sorted}] were all set");
        }
    }
    Ok(())
}

/// Renders a repository's chart by the server, as a release of the namespace.
///
/// # Errors
/// What the server answered.
pub async fn remote(cluster: &Cluster, options: &Template) -> Result<()> {
    let (name, chart) = name_and_chart(options)?;
    let (repository, chart) = split(chart)?;
    let version = resolve(cluster, repository, chart, options.version.as_deref().unwrap_or_default()).await?;
    let body = json!({"spec": {
        "releaseName": name,
        "values": values::to_json(&values::of_flags(&options.values)?)?,
        "isUpgrade": options.is_upgrade,
        "includeCrds": options.include_crds,
        "disableHooks": options.no_hooks,
        "skipSchemaValidation": options.skip_schema_validation,
    }});
    let rendered = cluster.post(Kind::ChartVersion, &version, "render", &body).await?;
    output::print(text(&rendered, "/status/manifest"));
    Ok(())
}

/// No cluster, the real clock, the system's randomness.
#[derive(Default)]
pub(super) struct Offline {
    /// What a lint logs.
    pub(super) log: RefCell<Vec<Warning>>,
}

impl Host for Offline {
    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Data, String> {
        Ok(Data::Map(Map::new()))
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn random(&self, buffer: &mut [u8]) -> Result<(), String> {
        getrandom::fill(buffer).map_err(|error| error.to_string())
    }

    fn log(&self, warning: Warning) {
        self.log.borrow_mut().push(warning);
    }
}
