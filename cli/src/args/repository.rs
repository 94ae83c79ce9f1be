//! Flags of the commands about repositories.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::Output;

#[derive(Debug, Subcommand)]
pub enum Repo {
    /// Declares a repository.
    Add(RepoAdd),
    /// Repositories that the namespace sees.
    #[command(visible_alias = "ls")]
    List(Output),
    /// Removes repositories.
    #[command(visible_alias = "rm")]
    Remove(RepoRemove),
    /// Makes the server look for new indexes now.
    #[command(visible_alias = "up")]
    Update(RepoUpdate),
}

#[derive(Debug, ClapArgs)]
pub struct RepoAdd {
    /// Its name.
    pub name: String,
    /// The folder that holds index.yaml.
    pub url: String,
    /// A ClusterRepository: every namespace sees it.
    #[arg(long)]
    pub cluster_wide: bool,
    /// The user that the repository asks for.
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// The password; kept in a Secret.
    #[arg(long, value_name = "PASSWORD", requires = "username")]
    pub password: Option<String>,
    /// Read the password from standard input.
    #[arg(long, requires = "username", conflicts_with = "password")]
    pub password_stdin: bool,
    /// The authority that signed the repository's certificate.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// How often to look for a new index.
    #[arg(long, value_name = "DURATION")]
    pub interval: Option<String>,
    /// The server's namespace: where the Secrets of ClusterRepositories are.
    #[arg(long, value_name = "NAME", default_value = "helmx-system")]
    pub system_namespace: String,
}

#[derive(Debug, ClapArgs)]
pub struct RepoRemove {
    /// Their names.
    #[arg(required = true)]
    pub names: Vec<String>,
    /// ClusterRepositories.
    #[arg(long)]
    pub cluster_wide: bool,
}

#[derive(Debug, ClapArgs)]
pub struct RepoUpdate {
    /// Their names; default: all that the namespace sees and you may update.
    pub names: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub struct Search {
    /// Words to find in names, descriptions and keywords.
    pub keywords: Vec<String>,
    /// All versions, not only the newest.
    #[arg(short = 'l', long)]
    pub versions: bool,
    /// A version or constraint.
    #[arg(long, value_name = "CONSTRAINT")]
    pub version: Option<String>,
    #[command(flatten)]
    pub output: Output,
}
