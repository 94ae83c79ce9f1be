//! Where the control plane's and helm's binaries are, built on first use.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The folder of etcd, kube-apiserver, kubectl, kwok, helm (v4), helm3 and kwok's stages.
#[derive(Clone, Debug)]
pub struct Assets {
    folder: PathBuf,
}

impl Assets {
    /// Runs `tests/cluster/tools.sh`, which builds what is missing and says where it is.
    ///
    /// Takes about 20 minutes from empty caches, milliseconds afterwards.
    pub fn locate() -> Result<Self> {
        let script = workspace().join("tests/cluster/tools.sh");
        let output = Command::new(&script)
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("running {}", script.display()))?;
        if !output.status.success() {
            bail!("{} failed ({}): its messages are above", script.display(), output.status);
        }
        Ok(Self { folder: PathBuf::from(String::from_utf8(output.stdout)?.trim()) })
    }

    /// The path of one binary.
    pub fn binary(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The folder itself, for `PATH`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// One of kwok's own stage files.
    pub fn stage(&self, name: &str) -> PathBuf {
        self.folder.join("stages").join(format!("{name}.yaml"))
    }
}

/// The root of the checkout that this crate was built from.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The folder of shared facts and charts beside the checkout; `HELMX_SHARED` names another.
pub fn shared() -> PathBuf {
    std::env::var_os("HELMX_SHARED").map_or_else(|| workspace().join("../shared"), PathBuf::from)
}
