//! `package --sign`: a provenance file beside the archive (`Clearsign` in `pkg/action/package.go`).

use std::fs::File;
use std::io::{IsTerminal as _, Read, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use helmx_chart::show::{Part, show};
use helmx_provenance::{Password, Signer};
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::args::Package;
use crate::{local, provenance};

/// The longest passphrase: what Helm reads of a line at once.
const MAX_PASSPHRASE: u64 = 4096;

/// Signs the archives of one run. The key is opened at the first, and its passphrase asked for once.
pub struct Signing<'a> {
    options: &'a Package,
    signer: Option<Signer>,
}

impl<'a> Signing<'a> {
    /// `None` if nothing is to be signed.
    ///
    /// # Errors
    /// A flag without which no key can be found.
    pub fn new(options: &'a Package) -> Result<Option<Self>> {
        if !options.sign {
            return Ok(None);
        }
        if options.key.is_empty() {
            bail!("--key is required for signing a package");
        }
        if options.keyring.as_deref() == Some("") {
            bail!("--keyring is required for signing a package");
        }
        Ok(Some(Self { options, signer: None }))
    }

    /// Writes the provenance file of an archive beside it.
    ///
    /// # Errors
    /// No such key, a wrong passphrase, a file that cannot be written.
    pub fn sign(&mut self, archive: &Path) -> Result<()> {
        let signer = match &mut self.signer {
            Some(signer) => signer,
            empty => empty.insert(open(self.options)?),
        };
        let chart = local::read(archive).context("failed to load chart for signing")?;
        let metadata = show(&chart, Part::Chart).context("failed to marshal chart metadata")?;
        // `show` leaves an empty line at the end.
        let metadata = metadata.strip_suffix('\n').unwrap_or(&metadata);
        let bytes = local::bytes(archive, local::MAX_ARCHIVE).context("failed to read chart archive")?;
        let name = archive.file_name().unwrap_or_default().to_string_lossy();
        let text = signer.sign(metadata, &name, &bytes, Timestamp::now())?;
        let path = provenance::provenance_path(archive);
        std::fs::write(&path, text).map_err(|error| anyhow!(local::reason("open", &path, &error)))
    }
}

/// Finds the secret key and opens it.
fn open(options: &Package) -> Result<Signer> {
    let ring = provenance::ring(options.keyring.as_deref())?;
    // A passphrase that is given is read even for a key that is not locked, as Helm does.
    let given = match options.passphrase_file.as_str() {
        "" => None,
        "-" if !has_piped_input() => bail!("specified reading passphrase from stdin, without input on stdin"),
        "-" => Some(first_line(std::io::stdin().lock())?),
        path => {
            let path = Path::new(path);
            let file = File::open(path).map_err(|error| anyhow!(local::reason("open", path, &error)))?;
            Some(first_line(file)?)
        }
    };
    Signer::find(&ring, &options.key, |name| match given {
        Some(passphrase) => Ok(Password::Static(passphrase)),
        None => ask(name),
    })
}

/// Whether standard input is a pipe: Helm takes nothing else.
fn has_piped_input() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        std::fs::metadata("/dev/stdin").is_ok_and(|about| about.file_type().is_fifo())
    }
    #[cfg(not(unix))]
    {
        !std::io::stdin().is_terminal()
    }
}

/// The first line without its end.
fn first_line(source: impl Read) -> Result<Zeroizing<Vec<u8>>> {
    // Large enough at once: growing would leave copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(2 * MAX_PASSPHRASE as usize));
    source.take(MAX_PASSPHRASE).read_to_end(&mut text)?;
    if text.is_empty() {
        bail!("EOF");
    }
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    let line = text.get(..end).unwrap_or_default();
    Ok(Zeroizing::new(line.strip_suffix(b"\r").unwrap_or(line).to_vec()))
}

/// Asks the terminal, which does not show what is typed.
fn ask(name: &str) -> Result<Password> {
    if !std::io::stdin().is_terminal() {
        bail!("the key {name:?} is locked, and there is no terminal to ask for its passphrase; use --passphrase-file");
    }
    // Not on standard output: that is what the command made.
    let mut terminal = std::io::stderr().lock();
    write!(terminal, "Password for key {name:?} >  ")?;
    terminal.flush()?;
    let passphrase = Zeroizing::new(rpassword::read_password()?);
    Ok(Password::from(passphrase.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{MAX_PASSPHRASE, first_line};

    #[test]
    fn a_passphrase_is_the_first_line() {
        for (text, wanted) in [("a b\n", "a b"), ("a", "a"), ("a\r\nb\n", "a"), ("\n", ""), (" \n", " ")] {
            assert_eq!(first_line(text.as_bytes()).unwrap().as_slice(), wanted.as_bytes(), "{text:?}");
        }
        assert_eq!(first_line(&b""[..]).unwrap_err().to_string(), "EOF");
        let endless = std::io::repeat(b'a');
        assert_eq!(first_line(endless).unwrap().len() as u64, MAX_PASSPHRASE);
    }
}
