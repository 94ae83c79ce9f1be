//! `--output-dir`: one file for each template (`writeToFile` in `pkg/action/install.go` and `pkg/cmd/template.go`).

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use helmx_chart::manifest::{Assembled, HookEvent, PieceKind};

use crate::{local, output};

/// Writes objects and hooks below `folder`, and names each file once it is written. `inner`, if not empty, is put
/// between the folder and the chart; files of `crds/` stay outside of it.
///
/// # Errors
/// A file that cannot be written.
pub fn write(assembled: &Assembled, folder: &str, inner: &str, hidden: &dyn Fn(&[HookEvent]) -> bool) -> Result<()> {
    let objects = if inner.is_empty() { folder.to_owned() } else { join(folder, inner) };
    let mut written: HashSet<&str> = HashSet::new();
    for piece in &assembled.pieces {
        let folder = match piece.kind {
            PieceKind::Crd => folder,
            PieceKind::Object => &objects,
        };
        let mode = if written.insert(&piece.path) { Mode::New } else { Mode::Append };
        add(folder, &piece.path, assembled.text(piece), mode)?;
    }
    for hook in assembled.hooks.iter().filter(|hook| !hidden(&hook.events)) {
        // What a former run left is kept for hooks, but for objects: Helm does it so.
        let exists = Path::new(&objects).join(&hook.path).exists();
        let text = format!("---\n# Source: {}\n{}\n", hook.path, hook.manifest);
        add(&objects, &hook.path, &text, if exists { Mode::Append } else { Mode::New })?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Mode {
    New,
    Append,
}

fn add(folder: &str, path: &str, text: &str, mode: Mode) -> Result<()> {
    let shown = format!("{folder}/{path}");
    let file = PathBuf::from(&shown);
    let failed = |doing: &str, path: &Path, error: &std::io::Error| anyhow!(local::reason(doing, path, error));
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(|error| failed("mkdir", parent, &error))?;
    }
    let opened = match mode {
        Mode::New => File::create(&file),
        Mode::Append => OpenOptions::new().append(true).open(&file),
    };
    let mut open = opened.map_err(|error| failed("open", &file, &error))?;
    open.write_all(text.as_bytes()).map_err(|error| failed("write", &file, &error))?;
    output::line(&format!("wrote {shown}"));
    Ok(())
}

/// Go's `filepath.Join`.
fn join(folder: &str, inner: &str) -> String {
    local::clean(&Path::new(folder).join(inner)).to_string_lossy().into_owned()
}
