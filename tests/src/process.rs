//! Child processes that end with their owner.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};

/// How long a part may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// A running part of the cluster; ended when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    log: PathBuf,
    child: Child,
}

impl Process {
    /// Starts `command` with its output in `folder/name.log`.
    ///
    /// The kernel ends it when this process dies (`setpriv --pdeathsig`, of util-linux), so that even a killed
    /// harness leaves nothing behind.
    pub fn start(name: &str, folder: &Path, command: &Command) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log)?;
        let mut bound = bind_to_parent(command);
        bound.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
        let child = spawn(bound).with_context(|| format!("starting {name}"))?;
        Ok(Self { name: name.into(), log, child })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs; an error quotes the end of its log.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => {
                anyhow::bail!("{} ended ({status}); the end of {}:\n{}", self.name, self.log.display(), tail(&self.log))
            }
        }
    }

    /// Ends it at once, as a crash would.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn terminate(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).stderr(Stdio::null()).status();
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.terminate();
    }
}

/// Spawns on a thread that lives as long as the process: the kernel's parent-death signal follows the *thread*
/// that spawned, and tests run on threads that end.
fn spawn(command: Command) -> Result<Child> {
    type Request = (Command, Sender<std::io::Result<Child>>);
    static SPAWNER: LazyLock<Mutex<Sender<Request>>> = LazyLock::new(|| {
        let (sender, requests) = channel::<Request>();
        std::thread::spawn(move || {
            for (mut command, answer) in requests {
                // A requester that is gone wants no answer.
                let _ = answer.send(command.spawn());
            }
        });
        Mutex::new(sender)
    });
    let (answer, child) = channel();
    let spawner = SPAWNER.lock().map_err(|_| anyhow::anyhow!("the spawner's lock is poisoned"))?.clone();
    spawner.send((command, answer)).context("the spawner has ended")?;
    Ok(child.recv().context("the spawner has ended")??)
}

/// The same command, tied to the life of this process where the machine has `setpriv`.
fn bind_to_parent(command: &Command) -> Command {
    let setpriv = Path::new("/usr/bin/setpriv");
    if !setpriv.exists() {
        return clone(command, None);
    }
    clone(command, Some(setpriv))
}

fn clone(command: &Command, wrapper: Option<&Path>) -> Command {
    let mut copy = match wrapper {
        Some(wrapper) => {
            let mut copy = Command::new(wrapper);
            copy.args(["--pdeathsig", "KILL"]).arg(command.get_program());
            copy
        }
        None => Command::new(command.get_program()),
    };
    copy.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => copy.env(name, value),
            None => copy.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        copy.current_dir(folder);
    }
    copy
}

/// The last lines of a log file.
pub fn tail(log: &Path) -> String {
    let text = std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

/// Becomes true on SIGINT or SIGTERM, so that the caller can end what it started.
pub fn signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = {
        let _context = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        flag.store(true, Ordering::Relaxed);
    });
    Ok(stop)
}
