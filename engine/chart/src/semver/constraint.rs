//! A range of versions such as `>=1.2, <2 || ^3.1`.

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

use super::Version;
use super::version::compare_prerelease;

/// As the Go library bounds them.
const MAX_BYTES: usize = 512;

/// Alternatives between `||`, as the Go library bounds them.
const MAX_GROUPS: usize = 32;

/// A parsed constraint: alternatives of comparisons that must all hold. `Display` is the normalised text of the Go
/// library.
#[derive(Clone, Debug)]
pub struct Constraint {
    alternatives: Vec<Group>,
}

/// Why a text is no constraint, in the words of the Go library.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConstraintError {
    #[error("constraint string is too long (max {MAX_BYTES} bytes)")]
    TooLong,
    #[error("too many constraint groups (max {MAX_GROUPS})")]
    TooManyGroups,
    #[error("improper constraint: {0:?}")]
    Improper(String),
    /// The comparison is well formed, its version is not.
    #[error("constraint parser error")]
    Version,
}

#[derive(Clone, Debug)]
struct Group {
    comparisons: Vec<Comparison>,
    /// A pre-release is named, so pre-releases may match.
    prereleases: bool,
}

#[derive(Clone, Debug)]
struct Comparison {
    operator: Operator,
    operator_text: String,
    /// The version as written: `1.2.x`.
    text: String,
    /// The version with wildcards and missing parts as 0.
    version: Version,
    precision: Precision,
}

/// The last part of a version that is given and no wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Precision {
    None,
    Major,
    Minor,
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    /// `=` or none: the version itself, or anything that starts like it.
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

const OPERATORS: &str = r"=|!=|>|<|>=|=>|<=|=<|~|~>|\^|";
const VERSION: &str = r"v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?(-(?:[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?(?:\+(?:[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?";

struct Patterns {
    /// `1.2 - 2.0`
    range: Regex,
    /// A whole alternative.
    group: Regex,
    /// One comparison within an alternative.
    comparison: Regex,
}

#[allow(clippy::expect_used, reason = "constant patterns, compiled by every test of this module")]
static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let compile = |pattern: String| Regex::new(&pattern).expect("the patterns of constraints compile");
    let space = "[\\t\\n\\f\\r ]";
    let one = format!("({OPERATORS}){space}*({VERSION})");
    Patterns {
        range: compile(format!("{space}*({VERSION}){space}+-{space}+({VERSION}){space}*")),
        group: compile(format!("^({space}*{one}{space}*)((?:{space}+|,{space}*){one}{space}*)*$")),
        comparison: compile(one),
    }
});

impl Constraint {
    pub fn parse(text: &str) -> Result<Constraint, ConstraintError> {
        if text.len() > MAX_BYTES {
            return Err(ConstraintError::TooLong);
        }
        let text = PATTERNS.range.replace_all(text, |found: &Captures<'_>| {
            let bound = |group: usize| found.get(group).map_or("", |bound| bound.as_str());
            format!(">= {}, <= {} ", bound(1), bound(6))
        });
        if text.split("||").count() > MAX_GROUPS {
            return Err(ConstraintError::TooManyGroups);
        }
        let alternatives = text.split("||").map(Group::parse).collect::<Result<_, _>>()?;
        Ok(Constraint { alternatives })
    }

    pub fn check(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|group| group.failures(version).next().is_none())
    }

    /// Whether `version` fits and, if not, one message per failed comparison.
    pub fn validate(&self, version: &Version) -> Result<(), Vec<String>> {
        let mut failures = Vec::new();
        for group in &self.alternatives {
            let before = failures.len();
            let mut fits = true;
            for failure in group.failures(version) {
                fits = false;
                // That pre-releases are not wanted is said once.
                if !(failure.ends_with(NO_PRERELEASES) && failures.contains(&failure)) {
                    failures.push(failure);
                }
            }
            if fits && failures.len() == before {
                return Ok(());
            }
        }
        Err(failures)
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, group) in self.alternatives.iter().enumerate() {
            formatter.write_str(if at > 0 { " || " } else { "" })?;
            for (at, comparison) in group.comparisons.iter().enumerate() {
                let gap = if at > 0 { " " } else { "" };
                write!(formatter, "{gap}{}{}", comparison.operator_text, comparison.text)?;
            }
        }
        Ok(())
    }
}

const NO_PRERELEASES: &str = "is a prerelease version and the constraint is only looking for release versions";

impl Group {
    fn parse(text: &str) -> Result<Group, ConstraintError> {
        if !PATTERNS.group.is_match(text) {
            return Err(ConstraintError::Improper(text.to_owned()));
        }
        let comparisons: Vec<_> =
            PATTERNS.comparison.captures_iter(text).map(|found| Comparison::parse(&found)).collect::<Result<_, _>>()?;
        let prereleases = comparisons.iter().any(|comparison| !comparison.version.prerelease.is_empty());
        Ok(Group { comparisons, prereleases })
    }

    fn failures<'a>(&'a self, version: &'a Version) -> impl Iterator<Item = String> + 'a {
        self.comparisons.iter().filter_map(move |comparison| {
            if !version.prerelease.is_empty() && !self.prereleases {
                return Some(format!("\"{version}\" {NO_PRERELEASES}"));
            }
            comparison.failure(version)
        })
    }
}

impl Comparison {
    fn parse(found: &Captures<'_>) -> Result<Comparison, ConstraintError> {
        let part = |group: usize| found.get(group).map_or("", |found| found.as_str());
        let (major, minor, patch, prerelease) = (part(3), part(4), part(5), part(6));
        let is_open = |part: &str| matches!(part.trim_start_matches('.'), "" | "x" | "X" | "*");
        let (precision, version) = if is_open(major) {
            (Precision::None, format!("0.0.0{prerelease}"))
        } else if is_open(minor) {
            (Precision::Major, format!("{major}.0.0{prerelease}"))
        } else if is_open(patch) {
            (Precision::Minor, format!("{major}{minor}.0{prerelease}"))
        } else {
            (Precision::Full, part(2).to_owned())
        };
        let operator = match part(1) {
            "!=" => Operator::NotEqual,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            ">=" | "=>" => Operator::GreaterOrEqual,
            "<=" | "=<" => Operator::LessOrEqual,
            "~" | "~>" => Operator::Tilde,
            "^" => Operator::Caret,
            _ => Operator::Equal,
        };
        let version = Version::parse(&version).map_err(|_| ConstraintError::Version)?;
        Ok(Comparison { operator, operator_text: part(1).to_owned(), text: part(2).to_owned(), version, precision })
    }

    fn failure(&self, version: &Version) -> Option<String> {
        let order = version.compare(&self.version);
        let full = self.precision == Precision::Full;
        let complaint = match self.operator {
            Operator::Equal if full => (order.is_ne()).then_some("is not equal to"),
            Operator::Equal | Operator::Tilde => self.tilde(version),
            Operator::NotEqual => self.is_same(version).then_some("is equal to"),
            Operator::Greater => (!self.is_above(version)).then_some("is less than or equal to"),
            Operator::Less => order.is_ge().then_some("is greater than or equal to"),
            Operator::GreaterOrEqual => order.is_lt().then_some("is less than"),
            Operator::LessOrEqual => (!self.is_at_most(version)).then_some("is greater than"),
            Operator::Caret => return self.caret(version),
        };
        complaint.map(|complaint| format!("\"{version}\" {complaint} \"{}\"", self.text))
    }

    /// `!=1.2` means any 1.2.
    fn is_same(&self, version: &Version) -> bool {
        let same_major = version.major == self.version.major;
        match self.precision {
            Precision::Full => version.compare(&self.version).is_eq(),
            Precision::None => {
                same_major && version.minor == self.version.minor && version.compare(&self.version).is_eq()
            }
            Precision::Major => same_major,
            Precision::Minor => {
                same_major
                    && version.minor == self.version.minor
                    && compare_prerelease(&version.prerelease, &self.version.prerelease).is_eq()
            }
        }
    }

    /// `>11` needs 12, `>11.1` needs 11.2.
    fn is_above(&self, version: &Version) -> bool {
        let by_major = version.major.cmp(&self.version.major);
        match self.precision {
            Precision::Major => by_major.is_gt(),
            Precision::Minor => by_major.then(version.minor.cmp(&self.version.minor)).is_gt(),
            Precision::None | Precision::Full => version.compare(&self.version).is_gt(),
        }
    }

    /// `<=2` takes all of 2.
    fn is_at_most(&self, version: &Version) -> bool {
        if self.precision == Precision::Full {
            return version.compare(&self.version).is_le();
        }
        match version.major.cmp(&self.version.major) {
            Ordering::Less => true,
            Ordering::Greater => false,
            Ordering::Equal => self.precision == Precision::Major || version.minor <= self.version.minor,
        }
    }

    /// `~1.2.3` is `>=1.2.3 <1.3`, `~1` is `>=1 <2`.
    fn tilde(&self, version: &Version) -> Option<&'static str> {
        let wanted = &self.version;
        let open = !matches!(self.precision, Precision::Major | Precision::Minor);
        if version.compare(wanted).is_lt() {
            Some("is less than")
        } else if (wanted.major, wanted.minor, wanted.patch) == (0, 0, 0) && open {
            None
        } else if version.major != wanted.major {
            Some("does not have same major version as")
        } else if version.minor != wanted.minor && self.precision != Precision::Major {
            Some("does not have same major and minor version as")
        } else {
            None
        }
    }

    /// `^1.2.3` is `>=1.2.3 <2`, `^0.2.3` is `>=0.2.3 <0.3`, `^0.0.3` is that version.
    fn caret(&self, version: &Version) -> Option<String> {
        const MINOR: &str = ". Expected minor versions to match when constraint major version is 0";
        const EXACT: &str = ". Expect version and constraint to equal when major and minor versions are 0";
        let wanted = &self.version;
        let (complaint, hint) = if version.compare(wanted).is_lt() {
            ("is less than", "")
        } else if version.major != wanted.major {
            ("does not have same major version as", "")
        } else if wanted.major > 0 || self.precision == Precision::Major {
            return None;
        } else if wanted.minor > 0 || self.precision == Precision::Minor {
            if version.minor == wanted.minor {
                return None;
            }
            ("does not have same minor version as", MINOR)
        } else if version.minor > 0 {
            ("does not have same minor version as", "")
        } else if version.patch == wanted.patch {
            return None;
        } else {
            ("does not equal", EXACT)
        };
        Some(format!("\"{version}\" {complaint} \"{}\"{hint}", self.text))
    }
}
