//! Old and new manifest to steps (Helm, `pkg/kube/client.go` Update).

use super::object::Target;
use super::ownership::Owner;

/// What is to be done with the objects of a release.
#[derive(Debug, Default)]
pub struct Plan {
    /// Objects to apply, in install order, with their ownership marks.
    pub apply: Vec<Target>,
    /// Objects of the former manifest that the new one lacks.
    pub delete: Vec<Target>,
    /// Which of `apply` the release does not own yet: they must not exist, or be adoptable.
    pub fresh: Vec<bool>,
}

impl Plan {
    /// The steps from the former objects to the wanted ones.
    pub fn new(former: Vec<Target>, mut wanted: Vec<Target>, owner: &Owner) -> Self {
        let fresh = wanted.iter().map(|target| !former.iter().any(|old| old.same_as(target))).collect();
        let delete = former.into_iter().filter(|old| !wanted.iter().any(|target| target.same_as(old))).collect();
        for target in &mut wanted {
            owner.mark(&mut target.value);
        }
        Self { apply: wanted, delete, fresh }
    }
}

/// Whether `helm.sh/resource-policy` asks to leave an object behind.
pub fn is_kept(policy: Option<&str>) -> bool {
    policy.is_some_and(|policy| policy.trim().eq_ignore_ascii_case("keep"))
}

#[cfg(test)]
mod tests {
    use kube::core::{ApiResource, GroupVersionKind};
    use serde_json::json;

    use super::{Owner, Plan, Target};

    fn target(version: &str, kind: &str, name: &str) -> Target {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("apps", version, kind));
        Target { resource, namespace: "n".into(), name: name.into(), value: json!({}) }
    }

    #[test]
    fn what_left_the_manifest_is_deleted_and_a_new_version_of_a_kind_is_no_new_object() {
        let owner = Owner { name: "web".into(), namespace: "n".into() };
        let former = vec![target("v1beta1", "Deployment", "web"), target("v1", "Deployment", "old")];
        let plan =
            Plan::new(former, vec![target("v1", "Deployment", "web"), target("v1", "StatefulSet", "web")], &owner);
        assert_eq!(plan.fresh, [false, true]);
        assert_eq!(plan.delete.iter().map(|target| target.name.as_str()).collect::<Vec<_>>(), ["old"]);
        assert_eq!(plan.apply[1].value["metadata"]["annotations"]["meta.helm.sh/release-name"], "web");
    }
}
