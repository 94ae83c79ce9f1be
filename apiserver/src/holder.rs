//! Who carries out an operation: a Lease for each running server, so that others can tell a dead one.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams};

use crate::error::Error;
use crate::requester::Own;

/// How long a server that says nothing counts as alive.
const LEASE: Duration = Duration::from_secs(15);
/// How often a server says that it is alive.
pub const PERIOD: Duration = Duration::from_secs(5);
const LABEL: &str = "helmx.dev/holder";

/// This server among its replicas.
#[derive(Clone)]
pub struct Holder {
    own: Own,
    namespace: String,
    name: String,
}

impl Holder {
    /// A new identity: a restarted server is another holder.
    pub fn new(own: Own, namespace: &str) -> Self {
        Self { own, namespace: namespace.into(), name: format!("helmx-apiserver-{}", uuid::Uuid::new_v4()) }
    }

    /// Its name, as `status.operation.holder` shows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn leases(&self) -> Api<Lease> {
        Api::namespaced(self.own.client().clone(), &self.namespace)
    }

    /// Says that this server is alive.
    ///
    /// # Errors
    /// When the core refuses.
    pub async fn renew(&self) -> Result<(), Error> {
        let lease = Lease {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                labels: Some([(LABEL.to_owned(), "true".to_owned())].into()),
                ..ObjectMeta::default()
            },
            spec: Some(LeaseSpec {
                holder_identity: Some(self.name.clone()),
                lease_duration_seconds: i32::try_from(LEASE.as_secs()).ok(),
                renew_time: Some(MicroTime(Timestamp::now())),
                ..LeaseSpec::default()
            }),
        };
        let params = PatchParams::apply(crate::declared::FIELD_MANAGER).force();
        self.leases()
            .patch(&self.name, &params, &Patch::Apply(&lease))
            .await
            .map_err(|error| Error::own("renew the lease", error))?;
        Ok(())
    }

    /// The holders that are alive; leases of dead ones are removed.
    ///
    /// # Errors
    /// When the core cannot be asked: then nobody may be called dead.
    pub async fn alive(&self) -> Result<Vec<String>, Error> {
        let leases = self.leases();
        let listed = leases
            .list(&ListParams::default().labels(LABEL))
            .await
            .map_err(|error| Error::own("list leases", error))?;
        let now = Timestamp::now();
        let (mut alive, mut dead) = (Vec::new(), Vec::new());
        for lease in listed.items {
            let name = lease.metadata.name.unwrap_or_default();
            let renewed = lease.spec.and_then(|spec| spec.renew_time).map(|time| time.0);
            let fresh = renewed.is_some_and(|time| now.duration_since(time).unsigned_abs() < LEASE);
            if fresh || name == self.name { alive.push(name) } else { dead.push(name) }
        }
        for name in dead {
            // Another replica may have removed it already.
            let _ = leases.delete(&name, &DeleteParams::default()).await;
        }
        Ok(alive)
    }

    /// Leaves: what this server held may be taken up at once.
    pub async fn leave(&self) {
        let _ = self.leases().delete(&self.name, &DeleteParams::default()).await;
    }
}
