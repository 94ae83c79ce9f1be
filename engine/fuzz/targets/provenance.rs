//! Key rings and provenance files: a ring, and from the first signed message on a provenance file.
#![no_main]

use helmx_provenance::{Error, KeyRing, Password, Signer, verify};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

const MESSAGE: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";
const NAME: &str = "signtest-0.1.0.tgz";

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.windows(MESSAGE.len()).position(|window| window == MESSAGE).unwrap_or(bytes.len());
    let (ring, provenance) = bytes.split_at(at);
    let Ok(ring) = KeyRing::parse("ring", ring) else { return };
    let now = Timestamp::UNIX_EPOCH;
    let _ = verify(b"archive", NAME, provenance, &ring, now);
    let Ok(signer) = Signer::find::<Error>(&ring, "", |_| Ok(Password::from(""))) else { return };
    let _ = signer.sign("name: signtest\n", NAME, b"archive", now);
});
