//! Whether both print the same. Where Helm's own runs differ, only the lines that differ may.

use helmx_tests::varying;

use crate::process::Outcome;

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Same {
    /// Every byte.
    Identical,
    /// All lines but those that two runs of helm print differently: random text, keys, times.
    Varying {
        lines: usize,
    },
    Different(String),
    /// The two are not meant to print the same, or there is only one.
    NotCompared,
}

impl Same {
    pub fn holds(&self) -> bool {
        !matches!(self, Self::Different(_))
    }
}

/// Compares helmx with one run of helm, and with a second one where they differ.
pub fn compare(helm: &Outcome, helmx: &Outcome, again: impl FnOnce() -> anyhow::Result<Outcome>) -> Same {
    if helm.code != helmx.code {
        let message = String::from_utf8_lossy(&helmx.stderr).lines().next().unwrap_or_default().to_owned();
        return Same::Different(format!("exit code {} instead of {}: {message}", helmx.code, helm.code));
    }
    if helm.stdout == helmx.stdout {
        return Same::Identical;
    }
    match again() {
        Ok(again) => varying::lines(&helm.stdout, &again.stdout, &helmx.stdout)
            .map_or_else(Same::Different, |lines| Same::Varying { lines }),
        Err(error) => Same::Different(format!("and helm did not run again: {error:#}")),
    }
}
