//! Private keys, in the forms in which Go writes them.

use data_encoding::BASE64;
use helmx_template::{Failure, Flow, Run, Value};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer};

use super::super::Library;
use super::super::argument::Arguments;
use super::rsa::Bits;

/// What a new key costs of the budget: RSA keys of 2048 bits take tens of milliseconds, of 4096 bits ten times that.
const RSA_2048_STEPS: u64 = 1_000_000;
const RSA_4096_STEPS: u64 = 10_000_000;
const CURVE_STEPS: u64 = 20_000;

/// `genPrivateKey kind`: a new key in PEM: `rsa` (4096 bits, also for no name), `ecdsa` (P-256) or `ed25519`.
/// Sprig reports failures as the result. DSA is not supported: no maintained library makes such keys.
pub(super) fn private(library: &Library<'_>, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let failed = |error: rcgen::Error| format!("failed to generate private key: {error}");
    let pair = match &*args.str(0) {
        "" | "rsa" => Ok(rsa(library, run, Bits::Private)?),
        "ecdsa" => {
            library.charge(run, CURVE_STEPS)?;
            KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)
        }
        "ed25519" => {
            library.charge(run, CURVE_STEPS)?;
            KeyPair::generate_for(&PKCS_ED25519).map_err(failed)
        }
        "dsa" => Err("failed to generate dsa key: DSA is not supported".to_owned()),
        other => Err(format!("Unknown type {other}")),
    };
    Ok(Value::from(pair.map_or_else(|message| message, |pair| to_pem(&pair))).into())
}

/// A new RSA key, checked by the library that will use it.
pub(super) fn rsa(library: &Library<'_>, run: &mut Run<'_>, bits: Bits) -> Result<KeyPair, Failure> {
    let steps = match bits {
        Bits::Certificate => RSA_2048_STEPS,
        Bits::Private => RSA_4096_STEPS,
    };
    library.charge(run, steps)?;
    let failed = |error: &dyn std::fmt::Display| Failure::text(format!("error generating rsa key: {error}"));
    let der = library.keys.generate(bits, library.host).map_err(|error| failed(&error))?;
    let der = PrivateKeyDer::Pkcs1(PrivatePkcs1KeyDer::from(der));
    KeyPair::from_der_and_sign_algo(&der, &PKCS_RSA_SHA256).map_err(|error| failed(&error))
}

/// RSA keys as PKCS#1, elliptic ones as SEC 1, others as PKCS#8. A given key may be in any of these forms.
pub(super) fn to_pem(pair: &KeyPair) -> String {
    let der = pair.serialize_der();
    let form = element(&der).and_then(|(_, sequence, _)| element(sequence)).and_then(|(_, _, rest)| rest.first());
    match form.copied() {
        // The second element: a number of a PKCS#1 key, the secret of a SEC 1 key, the algorithm of a PKCS#8 key.
        Some(0x02) => pem("RSA PRIVATE KEY", &der),
        Some(0x04) => pem("EC PRIVATE KEY", &der),
        _ => from_pkcs8(pair, &der),
    }
}

fn from_pkcs8(pair: &KeyPair, pkcs8: &[u8]) -> String {
    let algorithm = pair.algorithm();
    match inner_key(pkcs8) {
        Some(inner) if *algorithm == PKCS_RSA_SHA256 => pem("RSA PRIVATE KEY", inner),
        Some(inner) if *algorithm == PKCS_ECDSA_P256_SHA256 => match sec1(inner) {
            Some(sec1) => pem("EC PRIVATE KEY", &sec1),
            None => pem("PRIVATE KEY", pkcs8),
        },
        _ => pem("PRIVATE KEY", pkcs8),
    }
}

pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// One DER element: tag, content, and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..0x80 => (usize::from(first), rest),
        _ => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().try_fold(0usize, |length, &byte| length.checked_mul(256)?.checked_add(byte.into()))?, rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The key inside a PKCS#8 structure: version, algorithm, octet string.
fn inner_key(pkcs8: &[u8]) -> Option<&[u8]> {
    let (_, sequence, _) = element(pkcs8)?;
    let (_, _, rest) = element(sequence)?;
    let (_, _, rest) = element(rest)?;
    let (tag, key, _) = element(rest)?;
    (tag == 0x04).then_some(key)
}

/// An elliptic key with the name of its curve, which PKCS#8 keeps outside.
fn sec1(key: &[u8]) -> Option<Vec<u8>> {
    const P256: &[u8] = &[0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let (_, content, _) = element(key)?;
    let (_, _, rest) = element(content)?;
    let (_, _, rest) = element(rest)?;
    let head = &content[..content.len() - rest.len()];
    let public = if rest.first() == Some(&0xa0) { element(rest)?.2 } else { rest };
    let body = [head, P256, public].concat();
    let length = u8::try_from(body.len()).ok()?;
    let prefix = if length < 0x80 { vec![0x30, length] } else { vec![0x30, 0x81, length] };
    Some([prefix, body].concat())
}
