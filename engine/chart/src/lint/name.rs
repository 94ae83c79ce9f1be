//! What Kubernetes asks of an object's name, by kind (`validateMetadataNameFunc` in `pkg/chart/v2/lint/rules/template.go`,
//! and the validations of apimachinery that it names).

use crate::name::is_dns_subdomain;

const LABEL_BYTES: usize = 63;
const SUBDOMAIN_BYTES: usize = 253;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const OLD_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/// Checks a name.
///
/// # Errors
/// Helm's text.
pub(super) fn check(kind: &str, name: &str) -> Result<(), String> {
    let invalid = |fault| format!("metadata.name: Invalid value: {name:?}: {fault}");
    let faults: Vec<_> = faults(kind, name).into_iter().map(invalid).collect();
    let all = match faults.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    Err(format!("object name does not conform to Kubernetes naming requirements: {name:?}: {all}"))
}

fn faults(kind: &str, name: &str) -> Vec<String> {
    let (limit, shape) = match kind.to_lowercase().as_str() {
        "certificatesigningrequest" => return Vec::new(),
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => return path_segment(name),
        "service" => {
            let fits = is_label(name) && name.starts_with(|first: char| first.is_ascii_lowercase());
            (LABEL_BYTES, (!fits).then_some(OLD_LABEL))
        }
        "namespace" if is_label(name) => (LABEL_BYTES, None),
        "namespace" if is_dns_subdomain(name) => (LABEL_BYTES, Some("must not contain dots")),
        "namespace" => (LABEL_BYTES, Some(LABEL)),
        _ => (SUBDOMAIN_BYTES, (!is_dns_subdomain(name)).then_some(SUBDOMAIN)),
    };
    let too_long = (name.len() > limit).then(|| format!("must be no more than {limit} characters"));
    too_long.into_iter().chain(shape.map(str::to_owned)).collect()
}

fn is_label(name: &str) -> bool {
    is_dns_subdomain(name) && !name.contains('.')
}

fn path_segment(name: &str) -> Vec<String> {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    let illegal = ["/", "%"].into_iter().filter(|part| name.contains(part));
    illegal.map(|part| format!("may not contain '{part}'")).collect()
}
