//! Shell-like calls with captured output.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How long one command may take before it is killed: no test hangs for ever.
const LIMIT: Duration = Duration::from_secs(60);

/// What a command printed and how it ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The command line, for messages.
    pub line: String,
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Outcome {
    /// Standard output of a command that must succeed.
    pub fn ok(self) -> Result<String> {
        if self.code == 0 {
            return Ok(self.stdout);
        }
        bail!("`{}` exited with {}\nstdout: {}\nstderr: {}", self.line, self.code, self.stdout, self.stderr)
    }

    /// Both outputs of a command that must fail.
    pub fn failed(self) -> Result<String> {
        if self.code != 0 {
            return Ok(format!("{}{}", self.stdout, self.stderr));
        }
        bail!("`{}` should have failed\nstdout: {}\nstderr: {}", self.line, self.stdout, self.stderr)
    }

    /// Standard output and error, in that order.
    pub fn both(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// A command to be run with a fixed environment.
#[derive(Clone, Debug)]
pub struct Shell {
    environment: Vec<(String, String)>,
}

impl Shell {
    /// A shell whose commands see `KUBECONFIG` and a `PATH` that starts with `folders`.
    pub fn new(kubeconfig: &Path, folders: &[&Path]) -> Self {
        let mut path: Vec<_> = folders.iter().map(|folder| folder.to_path_buf()).collect();
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let path = std::env::join_paths(path).unwrap_or_default();
        Self {
            environment: vec![
                ("KUBECONFIG".into(), kubeconfig.display().to_string()),
                ("PATH".into(), path.to_string_lossy().into_owned()),
            ],
        }
    }

    /// The same shell with one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// A command in this environment, not yet started.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs `words[0]` with the rest as arguments and without standard input.
    pub fn run<S: AsRef<OsStr>>(&self, words: &[S]) -> Result<Outcome> {
        self.run_with_input(words, "")
    }

    /// Runs a command that reads `input`.
    pub fn run_with_input<S: AsRef<OsStr>>(&self, words: &[S], input: &str) -> Result<Outcome> {
        let line = words.iter().map(|word| word.as_ref().to_string_lossy()).collect::<Vec<_>>().join(" ");
        let (program, arguments) = words.split_first().context("a command needs a program")?;
        let mut child = self
            .command(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting `{line}`"))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that reads no input may close it early; that is its right.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = wait(child).with_context(|| format!("running `{line}`"))?;
        Ok(Outcome {
            line,
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs a line of words separated by spaces; `'…'` keeps spaces in a word.
    pub fn line(&self, line: &str) -> Result<Outcome> {
        self.run(&words(line))
    }

    /// The same with `input` on standard input.
    pub fn line_with_input(&self, line: &str, input: &str) -> Result<Outcome> {
        self.run_with_input(&words(line), input)
    }
}

/// The words of a line, as a shell without variables would see them.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = None::<String>;
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            character if character.is_whitespace() && !quoted => words.extend(word.take()),
            character => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

/// Collects what a child prints, and kills it when its time is over.
fn wait(child: Child) -> std::io::Result<Output> {
    let pid = child.id().to_string();
    let (done, ended) = channel::<()>();
    std::thread::spawn(move || {
        if ended.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
            // It may end by itself at this very moment.
            let _ = Command::new("kill").args(["-KILL", &pid]).stderr(Stdio::null()).status();
        }
    });
    let output = child.wait_with_output();
    drop(done);
    output
}
