//! What each command does.

/// `create`: a new chart.
mod create;
/// `dependency`: the charts that a chart depends on.
mod dependency;
/// `get`: what a release holds.
mod get;
/// `list`, `status`, `history`: releases as they are.
mod inspect;
/// `install` and `upgrade`.
mod install;
/// `lint`: what is wrong with a chart.
mod lint;
/// `package`: a chart to its archive.
mod package;
/// `repo`: chart repositories.
mod repo;
/// `rollback` and `uninstall`.
mod revert;
/// `search` and `show`: charts.
mod show;
/// `template`: a chart rendered, here or by the server.
mod template;
/// `verify`: whether an archive is what its signer packed.
mod verify;
/// `version`: this program's and the server's.
mod version;
/// Live progress of an operation.
mod watch;

use anyhow::{Result, anyhow};

use crate::args::{Args, Command, Connection};
use crate::client::Cluster;
use crate::provenance;

/// Runs a command. Those that need no cluster start no runtime.
///
/// # Errors
/// What went wrong, for people.
pub fn run(args: Args) -> Result<()> {
    let Args { connection, command, debug: _ } = args;
    match offline(&command, &connection) {
        Some(outcome) => outcome,
        None => online(command, &connection),
    }
}

/// Runs a command that needs no cluster; `None` if it needs one.
fn offline(command: &Command, connection: &Connection) -> Option<Result<()>> {
    Some(match command {
        Command::Version(options) if version::is_local(options) => version::local(options),
        Command::Template(options) if template::is_local(options) => template::offline(options, connection),
        Command::Show(what) if show::is_local(what) => show::local(what),
        Command::Lint(options) => lint::run(options, connection),
        Command::Package(options) => package::run(options),
        Command::Dependency(options) => dependency::run(options),
        Command::Create(options) => create::run(options),
        Command::Verify(options) => verify::run(options),
        _ => return None,
    })
}

/// Why no answer came at all; `None` when one came, or the fault is elsewhere.
fn unreachable(error: &anyhow::Error) -> Option<String> {
    let failure = error.chain().find_map(|cause| match cause.downcast_ref() {
        Some(kube::Error::Service(error)) => Some(error),
        _ => None,
    })?;
    let mut cause: &dyn std::error::Error = failure.as_ref();
    while let Some(source) = cause.source() {
        cause = source;
    }
    Some(cause.to_string())
}

fn online(command: Command, connection: &Connection) -> Result<()> {
    provenance::refuse(match &command {
        Command::Install(options) => options.flags.verify,
        Command::Upgrade(options) => options.flags.verify,
        Command::Template(options) => options.signature.verify,
        Command::Show(what) => show::is_to_be_verified(what),
        _ => false,
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let cluster = Cluster::connect(connection).await?;
        let outcome = match command {
            Command::Repo(command) => repo::run(&cluster, command).await,
            Command::Search(options) => show::search(&cluster, &options).await,
            Command::Show(what) => show::remote(&cluster, &what).await,
            Command::Install(options) => install::install(&cluster, &options).await,
            Command::Upgrade(options) => install::upgrade(&cluster, &options).await,
            Command::Rollback(options) => revert::rollback(&cluster, &options).await,
            Command::Uninstall(options) => revert::uninstall(&cluster, &options).await,
            Command::List(options) => inspect::list(&cluster, &options).await,
            Command::Status(options) => inspect::status(&cluster, &options).await,
            Command::History(options) => inspect::history(&cluster, &options).await,
            Command::Get(what) => get::run(&cluster, what).await,
            Command::Template(options) => template::remote(&cluster, &options).await,
            Command::Lint(_)
            | Command::Package(_)
            | Command::Dependency(_)
            | Command::Create(_)
            | Command::Verify(_) => Ok(()),
            Command::Version(options) => version::both(&cluster, &options).await,
        };
        outcome.map_err(|error| match unreachable(&error) {
            Some(reason) => anyhow!(
                "the API server {} cannot be reached: {reason}; see --server, --context and KUBECONFIG",
                cluster.server
            ),
            None => error,
        })
    })
}
