//! `verify`: whether an archive is what its signer packed (`pkg/cmd/verify.go`, `pkg/action/verify.go`).

use std::path::Path;

use anyhow::Result;

use crate::args::Verify;
use crate::usage::{Wanted, require};
use crate::{output, provenance};

/// Checks an archive and says who signed it.
///
/// # Errors
/// Why it is not verified, in Helm's words.
pub fn run(options: &Verify) -> Result<()> {
    require("verify", "PATH", &Wanted::Exactly(1), options.paths.len())?;
    for path in &options.paths {
        let verified = provenance::check(Path::new(path), options.keyring.as_deref())?;
        let mut text = String::new();
        for name in &verified.names {
            text.push_str(&format!("Signed by: {name}\n"));
        }
        text.push_str(&format!("Using Key With Fingerprint: {}\n", verified.fingerprint));
        text.push_str(&format!("Chart Hash Verified: {}\n", verified.digest));
        output::foreign(&text);
    }
    Ok(())
}
