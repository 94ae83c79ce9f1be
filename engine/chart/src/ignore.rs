//! `.helmignore`: which files of a chart folder do not belong to the chart (`pkg/ignore/rules.go`).

use crate::chart::File;
use crate::glob::path_match;

/// Always ignored: hidden files below `templates/`.
const DEFAULT_RULE: &str = "templates/.?*";

/// The rules of one `.helmignore`, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    pattern: String,
    /// `!pattern`: what does not fit is ignored.
    negated: bool,
    /// `pattern/`
    directories_only: bool,
    target: Target,
}

/// What a pattern is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// The whole path, because the pattern holds a `/`.
    Path,
    /// The last element.
    Name,
}

/// A line that is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    #[error("double-star (**) syntax is not supported")]
    DoubleStar,
    #[error("syntax error in pattern")]
    Pattern,
}

impl Rules {
    /// Reads a `.helmignore`.
    pub fn parse(text: &str) -> Result<Rules, RuleError> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let rules = text.lines().map(Rule::parse).filter_map(Result::transpose).collect::<Result<_, _>>()?;
        Ok(Rules { rules })
    }

    /// The same rules followed by Helm's own.
    pub fn with_defaults(mut self) -> Rules {
        let rule =
            Rule { pattern: DEFAULT_RULE.to_owned(), negated: false, directories_only: false, target: Target::Path };
        self.rules.push(rule);
        self
    }

    /// Those of a chart's files that are not ignored, neither themselves nor by a folder they are in.
    pub fn kept(&self, mut files: Vec<File>) -> Vec<File> {
        files.retain(|file| {
            let mut folders = file.name.match_indices('/').filter_map(|(at, _)| file.name.get(..at));
            !folders.any(|folder| self.is_ignored(folder, true)) && !self.is_ignored(&file.name, false)
        });
        files
    }

    /// Whether `path` (relative, separated by `/`) is ignored. Of an ignored directory all content is ignored.
    pub fn is_ignored(&self, path: &str, is_directory: bool) -> bool {
        // The chart's own folder never is.
        if matches!(path, "" | "." | "./") {
            return false;
        }
        // A rule that is negated ignores what does not fit it, as odd as that is.
        self.rules.iter().any(|rule| {
            let fits = (is_directory || !rule.directories_only) && rule.fits(path);
            fits != rule.negated
        })
    }
}

impl Rule {
    /// `None` for blank lines and comments.
    fn parse(line: &str) -> Result<Option<Rule>, RuleError> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        if line.contains("**") {
            return Err(RuleError::DoubleStar);
        }
        // An invalid pattern shows against any text that reaches its end.
        path_match(line, "abc").map_err(|_| RuleError::Pattern)?;
        let (negated, pattern) = line.strip_prefix('!').map_or((false, line), |pattern| (true, pattern));
        let (directories_only, pattern) = match pattern.strip_suffix('/') {
            Some(pattern) => (true, pattern),
            None => (false, pattern),
        };
        let (target, pattern) = match pattern.strip_prefix('/') {
            Some(pattern) => (Target::Path, pattern),
            None if pattern.contains('/') => (Target::Path, pattern),
            None => (Target::Name, pattern),
        };
        Ok(Some(Rule { pattern: pattern.to_owned(), negated, directories_only, target }))
    }

    fn fits(&self, path: &str) -> bool {
        let text = match self.target {
            Target::Path => path,
            Target::Name => path.trim_end_matches('/').rsplit('/').next().unwrap_or(path),
        };
        path_match(&self.pattern, text).unwrap_or(false)
    }
}
