//! Whose rights the server uses: every request it ever made, by kube-apiserver's audit log.
//!
//! Runs last, over everything that the other cases made the server do.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::expect::prints;
use crate::runner::{Case, alone};
use crate::world::World;

pub const CASES: &[Case] = &[alone("identity::tenants_objects_are_touched_as_the_requester_only", audit)];

const SERVER: &str = "system:serviceaccount:helmx-system:helmx-apiserver";
/// What the server may do as itself: group, resource.
const OWN: [(&str, &str); 11] = [
    ("", "namespaces"),
    ("", "events"),
    ("apiregistration.k8s.io", "apiservices"),
    ("authentication.k8s.io", "tokenreviews"),
    ("authorization.k8s.io", "subjectaccessreviews"),
    ("config.helmx.dev", "clusterrepositories"),
    ("config.helmx.dev", "repositories"),
    ("config.helmx.dev", "tenants"),
    ("coordination.k8s.io", "leases"),
    ("", "configmaps"),
    ("", "secrets"),
];
/// Secrets that the server writes as itself.
const RECORDS: [&str; 3] = ["sh.helm.release.v1.", "sh.helmx.release.v1.", "helmx-apiserver-tls"];

fn audit(world: &World) -> Result<()> {
    // A case run alone must have something to look at.
    let space = world.space("identity")?;
    space.dev.line("kubectl-helmx install web test/web --wait")?.ok()?;
    prints(space.dev.line("kubectl get release web -o jsonpath={.status.phase}"), "deployed")?;
    let log = std::fs::read_to_string(world.cluster()?.folder().join("audit.log")).context("the audit log")?;
    let (mut own, mut passed_on) = (0, 0);
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).context("an audit event")?;
        if text(&event, "/user/username") != SERVER {
            continue;
        }
        match event.pointer("/impersonatedUser") {
            Some(user) => {
                passed_on += 1;
                ensure!(!text(user, "/username").is_empty(), "impersonates nobody: {line}");
                ensure!(text(user, "/username") != SERVER, "impersonates itself: {line}");
            }
            None => {
                own += 1;
                ensure!(is_own(&event), "the server used its own rights: {line}");
            }
        }
    }
    ensure!(
        own > 20 && passed_on > 1,
        "{own} own requests and {passed_on} passed on: the log is not that of a server at work"
    );
    Ok(())
}

fn is_own(event: &Value) -> bool {
    if event.pointer("/objectRef/resource").is_none() {
        // Discovery, version.
        return true;
    }
    let reference = (text(event, "/objectRef/apiGroup"), text(event, "/objectRef/resource"));
    if !OWN.contains(&reference) {
        return false;
    }
    let (verb, name) = (text(event, "/verb"), text(event, "/objectRef/name"));
    match reference.1 {
        // The front proxy's authorities, and nothing else.
        "configmaps" => {
            name == "extension-apiserver-authentication"
                || text(event, "/requestURI").contains("extension-apiserver-authentication")
        }
        // Records and their bookkeeping by label; Secrets that repositories name are read.
        "secrets" if matches!(verb, "list" | "watch") => text(event, "/requestURI").contains("labelSelector=owner"),
        "secrets" if verb == "get" => true,
        "secrets" => RECORDS.iter().any(|record| name.starts_with(record)),
        _ => true,
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
