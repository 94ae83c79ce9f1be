//! Names with one fallible constructor each.

use std::fmt;

/// A release's name: a DNS-1123 subdomain of at most 53 bytes (Helm, `pkg/chart/v2/util/validate_name.go`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseName(String);

/// Helm keeps 10 of the 63 bytes of a label for suffixes that charts append.
const RELEASE_NAME_BYTES: usize = 53;

impl ReleaseName {
    /// Checks a name.
    ///
    /// # Errors
    /// The rule that it breaks, as Helm words it.
    pub fn new(name: &str) -> Result<Self, String> {
        if name.is_empty() {
            return Err("no name provided".into());
        }
        if name.len() > RELEASE_NAME_BYTES || !is_subdomain(name) {
            return Err(format!(
                "invalid release name, must match regex \
                 ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer \
                 than {RELEASE_NAME_BYTES}"
            ));
        }
        Ok(Self(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReleaseName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether a text is a DNS-1123 subdomain (length aside).
pub fn is_subdomain(text: &str) -> bool {
    text.split('.').all(|label| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    })
}

#[cfg(test)]
mod tests {
    use super::ReleaseName;

    #[test]
    fn release_names_follow_helm() {
        let longest = "a".repeat(53);
        let too_long = "a".repeat(54);
        let cases = [
            ("web", true),
            ("web.v2", true),
            ("0-a", true),
            (longest.as_str(), true),
            (too_long.as_str(), false),
            ("", false),
            ("Web", false),
            ("-web", false),
            ("web-", false),
            ("web..v2", false),
            ("web_1", false),
            ("wéb", false),
        ];
        for (name, valid) in cases {
            assert_eq!(ReleaseName::new(name).is_ok(), valid, "{name:?}");
        }
    }
}
