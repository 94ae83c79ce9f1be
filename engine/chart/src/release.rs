//! The record of a release, exactly as Helm stores it (`pkg/release/v1`, `pkg/storage/driver`).

mod codec;
mod read;
mod status;
mod time;
mod write;

use std::collections::BTreeMap;

use helmx_yaml::{Data, Map};

use crate::chart::Chart;
use crate::manifest::Hook;

pub use codec::{CodecError, MAX_RECORD_BYTES, decode, encode};
pub use status::{HookPhase, Status};
pub use time::Time;

/// One revision of a release.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Release {
    pub name: String,
    pub info: Info,
    /// Without its sub-charts: they are not stored.
    pub chart: Option<Chart>,
    /// The user's values.
    pub config: Map,
    pub manifest: String,
    pub hooks: Vec<Hook>,
    /// The revision, from 1.
    pub version: i64,
    pub namespace: String,
    pub apply_method: Option<ApplyMethod>,
    /// Labels the user set. They live on the storage object, not in the record.
    pub labels: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Info {
    pub first_deployed: Option<Time>,
    pub last_deployed: Option<Time>,
    pub deleted: Option<Time>,
    pub description: String,
    pub status: Status,
    /// The revision a rollback went back to.
    pub rollback_revision: Option<i64>,
    pub notes: String,
    /// Only `helm status` fills it; never stored.
    pub resources: Option<Data>,
}

/// How objects were applied. Records of Helm 3 have none, which means client-side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyMethod {
    ServerSide,
    ClientSide,
}

impl ApplyMethod {
    pub fn name(self) -> &'static str {
        match self {
            ApplyMethod::ServerSide => "ssa",
            ApplyMethod::ClientSide => "csa",
        }
    }

    pub fn parse(name: &str) -> Option<ApplyMethod> {
        [ApplyMethod::ServerSide, ApplyMethod::ClientSide].into_iter().find(|method| method.name() == name)
    }
}

impl Release {
    /// The name of the Secret or ConfigMap that holds this revision.
    pub fn object_name(&self) -> String {
        object_name(&self.name, self.version)
    }

    /// The record's JSON, byte for byte as Go writes it.
    pub fn to_json(&self) -> Result<String, helmx_yaml::Error> {
        write::to_json(self)
    }

    /// Reads a record of Helm 3 or 4. Unknown and missing fields are no error.
    pub fn from_json(text: &[u8]) -> Result<Release, CodecError> {
        read::from_json(text)
    }
}

/// `sh.helm.release.v1.<name>.v<revision>`
pub fn object_name(name: &str, revision: i64) -> String {
    format!("sh.helm.release.v1.{name}.v{revision}")
}
