//! One version: loose and strict reading, precedence, increments.

use std::cmp::Ordering;
use std::fmt;

/// As the Go library bounds them.
const MAX_BYTES: usize = 256;

/// A version as parsed. `Display` is the normalised form (`1.2.0`), [`Version::original`] what was given (`v1.2`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub major: u64,
    pub minor: u64,
    pub patch: u64,
    pub prerelease: String,
    pub metadata: String,
    original: String,
}

/// Why a text is no version, in the words of the Go library.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    #[error("version string empty")]
    Empty,
    #[error("version string is too long (max {MAX_BYTES} bytes)")]
    TooLong,
    #[error("invalid semantic version")]
    Invalid,
    #[error("invalid characters in version")]
    Characters,
    #[error("version segment starts with 0")]
    LeadingZero,
    #[error("invalid prerelease string")]
    Prerelease,
    #[error("invalid metadata string")]
    Metadata,
    #[error("error parsing version segment: strconv.ParseUint: parsing {0:?}: value out of range")]
    SegmentOutOfRange(String),
    #[error("strconv.ParseUint: parsing {0:?}: {1}")]
    StrictSegment(String, &'static str),
}

/// Which part to count up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Major,
    Minor,
    Patch,
}

impl Version {
    /// Reads `v1`, `1.2`, `1.2.3-rc.1+build`: a leading `v`, leading zeros and missing parts are allowed
    /// (`semver.NewVersion`).
    pub fn parse(text: &str) -> Result<Version, VersionError> {
        if text.len() > MAX_BYTES {
            return Err(VersionError::TooLong);
        }
        let [major, minor, patch, prerelease, metadata] = loose_parts(text).ok_or(VersionError::Invalid)?;
        let segment = |digits: &str| match digits {
            "" => Ok(0),
            digits => digits.parse().map_err(|_| VersionError::SegmentOutOfRange(digits.to_owned())),
        };
        let version = Version {
            major: segment(major)?,
            minor: segment(minor)?,
            patch: segment(patch)?,
            prerelease: prerelease.to_owned(),
            metadata: metadata.to_owned(),
            original: text.to_owned(),
        };
        if !version.prerelease.is_empty() {
            check_prerelease(&version.prerelease)?;
        }
        Ok(version)
    }

    /// Reads SemVer 2 only (`semver.StrictNewVersion`).
    pub fn parse_strict(text: &str) -> Result<Version, VersionError> {
        if text.is_empty() {
            return Err(VersionError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(VersionError::TooLong);
        }
        let mut parts = text.splitn(3, '.');
        let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VersionError::Invalid);
        };
        let (rest, metadata) = rest.split_once('+').map_or((rest, None), |(rest, metadata)| (rest, Some(metadata)));
        metadata.map_or(Ok(()), check_metadata)?;
        let (patch, prerelease) = rest.split_once('-').map_or((rest, None), |(patch, pre)| (patch, Some(pre)));
        prerelease.map_or(Ok(()), check_prerelease)?;
        for segment in [major, minor, patch] {
            if !segment.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(VersionError::Characters);
            }
            if segment.len() > 1 && segment.starts_with('0') {
                return Err(VersionError::LeadingZero);
            }
        }
        Ok(Version {
            major: strict_segment(major)?,
            minor: strict_segment(minor)?,
            patch: strict_segment(patch)?,
            prerelease: prerelease.unwrap_or_default().to_owned(),
            metadata: metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        })
    }

    /// The text this was parsed from.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// Precedence: build metadata does not count.
    pub fn compare(&self, other: &Version) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| compare_prerelease(&self.prerelease, &other.prerelease))
    }

    /// The next version: lower parts become 0, pre-release and metadata go. A pre-release's next patch is its release.
    pub fn increment(&self, part: Part) -> Version {
        let (major, minor, patch) = match part {
            Part::Major => (self.major.saturating_add(1), 0, 0),
            Part::Minor => (self.major, self.minor.saturating_add(1), 0),
            Part::Patch if !self.prerelease.is_empty() => (self.major, self.minor, self.patch),
            Part::Patch => (self.major, self.minor, self.patch.saturating_add(1)),
        };
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        let original = format!("{prefix}{major}.{minor}.{patch}");
        Version { major, minor, patch, prerelease: String::new(), metadata: String::new(), original }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(formatter, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(formatter, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

/// The parts of a version that is read loosely, empty where they are missing: `v`, up to three numbers, words behind `-`,
/// words behind `+`.
fn loose_parts(text: &str) -> Option<[&str; 5]> {
    let rest = text.strip_prefix('v').unwrap_or(text);
    let (major, rest) = digits(rest)?;
    let (minor, rest) = rest.strip_prefix('.').map_or(Some(("", rest)), digits)?;
    let (patch, rest) = rest.strip_prefix('.').map_or(Some(("", rest)), digits)?;
    let (rest, metadata) = rest.split_once('+').map_or((rest, None), |(rest, metadata)| (rest, Some(metadata)));
    let prerelease = match rest {
        "" => None,
        rest => Some(rest.strip_prefix('-')?),
    };
    let is_right = |words: Option<&str>| words.is_none_or(|words| words.split('.').all(is_word));
    let parts = [major, minor, patch, prerelease.unwrap_or_default(), metadata.unwrap_or_default()];
    (is_right(prerelease) && is_right(metadata)).then_some(parts)
}

/// A number, and what follows it.
fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|next: char| !next.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn strict_segment(digits: &str) -> Result<u64, VersionError> {
    let reason = if digits.is_empty() { "invalid syntax" } else { "value out of range" };
    digits.parse().map_err(|_| VersionError::StrictSegment(digits.to_owned(), reason))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn check_prerelease(prerelease: &str) -> Result<(), VersionError> {
    for part in prerelease.split('.') {
        let numeric = part.bytes().all(|byte| byte.is_ascii_digit());
        if numeric && part.len() > 1 && part.starts_with('0') {
            return Err(VersionError::LeadingZero);
        }
        if !is_word(part) {
            return Err(VersionError::Prerelease);
        }
    }
    Ok(())
}

fn check_metadata(metadata: &str) -> Result<(), VersionError> {
    if metadata.split('.').all(is_word) { Ok(()) } else { Err(VersionError::Metadata) }
}

/// No pre-release comes after any; numbers before words; fewer parts first.
pub(super) fn compare_prerelease(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => compare_part(left, right),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_part(left: &str, right: &str) -> Ordering {
    match (left.parse::<u64>(), right.parse::<u64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => left.cmp(right),
    }
}
