//! Helm's side: the Go program of `tests/oracle`, built into the cache, asked line by line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use helmx_tests::assets::workspace;
use serde_json::{Value, json};

use crate::case::{Answer, Case};

/// The Go release of the official helm binary: a few messages depend on it.
const TOOLCHAIN: &str = "go1.27.3";

pub struct Oracle {
    binary: PathBuf,
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    /// Builds the program where Go's cache says that it must be, and starts it.
    pub fn start() -> Result<Self> {
        let binary = cache()?.join("oracle");
        let status = Command::new("go")
            .args(["build", "-trimpath", "-o"])
            .arg(&binary)
            .arg(".")
            .current_dir(workspace().join("tests/oracle"))
            .env("GOTOOLCHAIN", TOOLCHAIN)
            .status()
            .context("running go; the oracle is a Go program")?;
        if !status.success() {
            bail!("go build in tests/oracle failed ({status}): its messages are above");
        }
        Self::spawn(binary)
    }

    fn spawn(binary: PathBuf) -> Result<Self> {
        let mut child =
            Command::new(&binary).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let questions = child.stdin.take().context("the oracle's standard input")?;
        let answers = BufReader::new(child.stdout.take().context("the oracle's standard output")?);
        Ok(Self { binary, child, questions, answers })
    }

    pub fn ask(&mut self, case: &Case) -> Result<Answer> {
        let question = json!({
            "mode": case.mode.name(), "text": case.text(), "other": case.other, "values": case.values,
        });
        writeln!(self.questions, "{question}")?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            // A map within itself, walked until Go's stack is full: no recovery from that, helm would die of it, too.
            *self = Self::spawn(self.binary.clone())?;
            return Ok(Answer::Failed("panic: the whole process dies".to_owned()));
        }
        let answer: Value =
            serde_json::from_str(&line).with_context(|| format!("the oracle's answer to {question}"))?;
        match answer["error"].as_str() {
            Some(text) if !text.is_empty() => Ok(Answer::Failed(text.to_owned())),
            _ => Ok(Answer::Output(BASE64_STANDARD.decode(answer["output"].as_str().unwrap_or_default())?)),
        }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `$HELMX_CACHE/oracle`, as `tests/cluster/tools.sh` finds its cache.
fn cache() -> Result<PathBuf> {
    let named = std::env::var_os("HELMX_CACHE").map(PathBuf::from);
    let usual = std::env::var_os("XDG_CACHE_HOME").map(|cache| PathBuf::from(cache).join("helmx"));
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/helmx"));
    let folder = named.or(usual).or(home).context("HELMX_CACHE or HOME must be set")?.join("oracle");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
