//! Runs `helm` or the plugin under that name, in a clean environment.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use helmx_tests::assets::Assets;
use helmx_tests::helmx::binary;
use tempfile::TempDir;

/// How a program ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// A program, and a home of its own.
pub struct Program {
    path: PathBuf,
    home: TempDir,
}

impl Program {
    /// The plugin under the name `helm`, so that its messages name the same program as Helm's.
    pub fn plugin() -> Self {
        let home = TempDir::new().unwrap();
        let path = home.path().join("helm");
        symlink(binary("kubectl-helmx").unwrap().canonicalize().unwrap(), &path).unwrap();
        Self { path, home }
    }

    /// Helm itself.
    pub fn helm(path: PathBuf) -> Self {
        Self { path, home: TempDir::new().unwrap() }
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: &[S], folder: &Path) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
        command.env("HOME", self.home.path()).env("KUBECONFIG", self.home.path().join("kubeconfig"));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LANG", "C.UTF-8");
        command
    }

    /// Runs a command line.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S], folder: &Path) -> Outcome {
        self.run_with(arguments, folder, &[])
    }

    /// Runs a command line with variables in its environment.
    pub fn run_with<S: AsRef<OsStr>>(&self, arguments: &[S], folder: &Path, env: &[(&str, &str)]) -> Outcome {
        Outcome::of(&self.command(arguments, folder).envs(env.iter().copied()).output().unwrap())
    }

    /// Runs a command line with a pipe as its standard input.
    pub fn run_fed<S: AsRef<OsStr>>(&self, arguments: &[S], folder: &Path, input: &str) -> Outcome {
        let mut command = self.command(arguments, folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that does not read its input is no failure of the test.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Outcome::of(&child.wait_with_output().unwrap())
    }

    /// Runs a command line with standard output and error in one, as Helm's tests do; log lines left out.
    pub fn run_merged(&self, arguments: &[String], folder: &Path, env: &[(String, String)]) -> (Option<i32>, String) {
        let path = self.home.path().join("output");
        let file = File::options().create(true).write(true).truncate(true).append(false).open(&path).unwrap();
        drop(file);
        let file = File::options().append(true).open(&path).unwrap();
        let mut command = self.command(arguments, folder);
        let status = command.envs(env.iter().cloned()).stdout(file.try_clone().unwrap()).stderr(file).status().unwrap();
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let kept = text.split_inclusive('\n').filter(|line| !line.starts_with("level=")).collect();
        (status.code(), kept)
    }
}

/// Helm and the plugin, and where they differ.
pub struct Comparison {
    programs: [Program; 2],
    problems: Vec<String>,
    errors: usize,
    all: usize,
}

impl Comparison {
    pub fn start() -> Self {
        let helm = Program::helm(Assets::locate().unwrap().binary("helm"));
        Self { programs: [helm, Program::plugin()], problems: Vec::new(), errors: 0, all: 0 }
    }

    /// Runs both; `case` names the case.
    pub fn run(&mut self, case: &str, arguments: &[&str], folder: &Path) {
        let [wanted, got] = self.programs.each_ref().map(|program| program.run(arguments, folder));
        self.all += 1;
        self.errors += usize::from(wanted.code != Some(0));
        if wanted != got {
            self.problems.push(format!("{case}\n--- helm\n{wanted:#?}\n--- plugin\n{got:#?}"));
        }
    }

    /// All were equal, and at least a third of them errors.
    pub fn end(self, name: &str) {
        let Self { problems, errors, all, .. } = self;
        println!("{name}: {} of {all} equal, {errors} of them errors", all - problems.len());
        assert!(errors * 3 >= all, "too few errors: {errors} of {all}");
        assert!(problems.is_empty(), "{} differ:\n{}", problems.len(), problems.join("\n"));
    }
}

/// Splits a command line as a shell does, without expanding anything.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut begun, mut quote) = (String::new(), false, None);
    for character in line.chars() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), inner) => word.push(inner),
            (None, '\'' | '"') => (quote, begun) = (Some(character), true),
            (None, ' ') if begun => {
                words.push(std::mem::take(&mut word));
                begun = false;
            }
            (None, ' ') => {}
            (None, plain) => {
                word.push(plain);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

#[test]
fn splits_as_a_shell_does() {
    assert_eq!(words("a  'b c' --d='{{ \"e\" }}' \"\" f"), ["a", "b c", "--d={{ \"e\" }}", "", "f"]);
}
