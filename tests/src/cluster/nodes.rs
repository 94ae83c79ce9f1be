//! Fake nodes and the storage class, so that pods are scheduled and claims bind.

use anyhow::Result;
use serde_json::json;

use super::Cluster;

/// Creates two nodes that kwok manages, and its default StorageClass.
pub(super) fn prepare(cluster: &Cluster) -> Result<()> {
    // ephemeral-storage too: charts request it, and their pods stay Pending on a node that does not offer it.
    let size = json!({"cpu": "64", "memory": "256Gi", "ephemeral-storage": "512Gi", "pods": "500"});
    let nodes: Vec<_> = (0..2)
        .map(|index| {
            let name = format!("node-{index}");
            json!({
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {
                    "name": name,
                    "annotations": {"kwok.x-k8s.io/node": "fake"},
                    "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
                },
                "status": {"capacity": size, "allocatable": size},
            })
        })
        .collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": nodes}).to_string();
    let shell = cluster.admin();
    shell.run_with_input(&["kubectl", "create", "-f", "-"], &list)?.ok()?;
    let class = cluster.assets().stage("storage-class");
    shell.run(&["kubectl".as_ref(), "create".as_ref(), "-f".as_ref(), class.as_os_str()])?.ok()?;
    Ok(())
}
