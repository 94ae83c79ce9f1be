//! Whether both print the same. Where Helm's own runs differ, only the lines that differ may.

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
        Ok(again) => lines(&helm.stdout, &again.stdout, &helmx.stdout),
        Err(error) => Same::Different(format!("and helm did not run again: {error:#}")),
    }
}

fn lines(helm: &[u8], again: &[u8], helmx: &[u8]) -> Same {
    let split = |text: &'_ [u8]| text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (helm, again, helmx) = (split(helm), split(again), split(helmx));
    if helm.len() != helmx.len() {
        let between = if helm.len() == again.len() { "always" } else { "this time" };
        return Same::Different(format!("{} lines, helm prints {} {between}", helmx.len(), helm.len()));
    }
    let mut varying = 0;
    for (number, ((left, right), own)) in helm.iter().zip(&again).zip(&helmx).enumerate() {
        match (left == right, left == own) {
            (false, _) => varying += 1,
            (true, true) => {}
            (true, false) => return Same::Different(format!("line {} differs", number + 1)),
        }
    }
    Same::Varying { lines: varying }
}
