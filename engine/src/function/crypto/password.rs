//! Password hashes, and passwords derived from a master password.

use aws_lc_rs::hmac;
use helmx_template::{Failure, Flow, Run, Value};

use super::super::argument::Arguments;
use super::super::text::text;
use super::super::{Answer, Library};

/// Sprig reports failures as the result.
fn hash(library: &Library<'_>, password: &[u8]) -> Result<String, Failure> {
    const COST: u32 = 10;
    if password.len() > 72 {
        return Ok("failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".to_owned());
    }
    let mut salt = [0; 16];
    library.host.random(&mut salt)?;
    let hashed = bcrypt::hash_with_salt(password, COST, salt);
    Ok(match hashed {
        Ok(parts) => parts.format_for_version(bcrypt::Version::TwoA),
        Err(error) => format!("failed to encrypt string with bcrypt: {error}"),
    })
}

pub(super) fn bcrypt(library: &Library<'_>, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    library.charge(run, HASH_STEPS)?;
    Ok(Value::from(hash(library, args.text(0))?).into())
}

/// `user:hash` for an Apache password file.
pub(super) fn htpasswd(library: &Library<'_>, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let user = args.str(0);
    if user.contains(':') {
        return Ok(Value::from(format!("invalid username: {user}")).into());
    }
    library.charge(run, HASH_STEPS)?;
    Ok(Value::from(format!("{user}:{}", hash(library, args.text(1))?)).into())
}

/// What one hash costs of the budget: it takes tens of milliseconds.
const HASH_STEPS: u64 = 500_000;

/// The same of a derived password: scrypt with 32 MiB.
const DERIVE_STEPS: u64 = 2_000_000;

const SEED: &[u8] = b"com.lyndir.masterpassword";

/// Templates of the Master Password algorithm: each letter stands for a set of characters.
const TEMPLATES: &[(&str, &[&str])] = &[
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("short", &["Cvcn"]),
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    ("pin", &["nnnn"]),
];

fn characters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// `derivePassword counter type password user site`
pub(super) fn derive(library: &Library<'_>, run: &mut Run<'_>, args: &[Value]) -> Result<Flow, Failure> {
    let kind = args.str(1);
    let Some((_, templates)) = TEMPLATES.iter().find(|(name, _)| *name == kind) else {
        return Ok(text(format!("cannot find password template {kind}"))?.into());
    };
    library.charge(run, DERIVE_STEPS)?;
    Ok(derived(templates, args)?.into())
}

fn derived(templates: &[&str], args: &[Value]) -> Answer {
    let counter = match args.any(0) {
        Value::Uint(_, counter) => *counter as u32,
        _ => 0,
    };
    let salted = |name: &[u8], tail: &[u8]| [SEED, &(name.len() as u32).to_be_bytes(), name, tail].concat();
    let mut key = [0; 64];
    let params =
        scrypt::Params::new(15, 8, 2).map_err(|error| Failure::text(format!("failed to derive password: {error}")))?;
    scrypt::scrypt(args.text(2), &salted(args.text(3), b""), &params, &mut key)
        .map_err(|error| Failure::text(format!("failed to derive password: {error}")))?;
    let message = salted(args.text(4), &counter.to_be_bytes());
    let seed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &message);
    let Some((&choice, rest)) = seed.as_ref().split_first() else { return text("") };
    let template = templates[usize::from(choice) % templates.len()];
    let letter = |(class, byte): (u8, &u8)| {
        let characters = characters(class);
        characters[usize::from(*byte) % characters.len()]
    };
    text(template.bytes().zip(rest).map(letter).collect::<Vec<u8>>())
}
