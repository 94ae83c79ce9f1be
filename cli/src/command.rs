//! What each command does.

/// `get`: what a release holds.
mod get;
/// `list`, `status`, `history`: releases as they are.
mod inspect;
/// `install` and `upgrade`.
mod install;
/// `repo`: chart repositories.
mod repo;
/// `rollback` and `uninstall`.
mod revert;
/// `search` and `show`: charts.
mod show;
/// `template`: a chart rendered, here or by the server.
mod template;
/// Live progress of an operation.
mod watch;

use anyhow::Result;

use crate::args::{Args, Command, Version};
use crate::client::Cluster;
use crate::output;

/// Runs a command. Those that need no cluster start no runtime.
///
/// # Errors
/// What went wrong, for people.
pub fn run(args: Args) -> Result<()> {
    let Args { connection, command } = args;
    match &command {
        Command::Version(Version { client: true, short }) => return version_of_client(*short),
        Command::Template(options) if template::is_local(options) => {
            return template::local(options, connection.namespace.as_deref());
        }
        Command::Show(what) if show::is_local(what) => return show::local(what),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let cluster = Cluster::connect(&connection).await?;
        match command {
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
            Command::Version(options) => version(&cluster, &options).await,
        }
    })
}

fn version_of_client(short: bool) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    output::line(&if short { format!("v{version}") } else { format!("client: v{version}") });
    Ok(())
}

async fn version(cluster: &Cluster, options: &Version) -> Result<()> {
    version_of_client(options.short)?;
    let core = cluster.client().apiserver_version().await?;
    let group: serde_json::Value = cluster
        .client()
        .request(http::Request::get(format!("/apis/{}", helmx_api::API_VERSION)).body(Vec::new())?)
        .await?;
    let served = output::text(&group, "/groupVersion");
    if !options.short {
        output::line(&format!("server: {served} on Kubernetes {}", core.git_version));
    }
    Ok(())
}
