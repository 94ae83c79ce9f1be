//! Signing with one program, checking with the other; what must not count for either.

use std::path::Path;

use helmx_tests::assets::{Assets, shared};
use helmx_tests::repository::Repository;
use pgp::composed::{ArmorOptions, KeyType, SecretKeyParamsBuilder, SignedPublicKey, SignedSecretKey};
use pgp::ser::Serialize as _;
use pgp::types::Timestamp;
use tempfile::TempDir;

use crate::program::{Outcome, Program};

const ARCHIVE: &str = "alpine-0.1.0.tgz";
const PASSPHRASE: &str = "correct horse";

fn programs() -> [Program; 2] {
    [Program::helm(Assets::locate().unwrap().binary("helm")), Program::plugin()]
}

fn data(path: &str) -> String {
    let path = shared().join("helm-golden/testdata").join(path);
    path.canonicalize().unwrap().to_string_lossy().into_owned()
}

fn done(outcome: Outcome) -> String {
    assert_eq!(outcome.code, Some(0), "{}{}", outcome.stdout, outcome.stderr);
    outcome.stdout
}

fn builder(owner: &str) -> SecretKeyParamsBuilder {
    let mut builder = SecretKeyParamsBuilder::default();
    builder.key_type(KeyType::Ed25519Legacy).can_certify(true).can_sign(true).primary_user_id(owner.to_owned());
    builder
}

fn made(builder: &SecretKeyParamsBuilder) -> SignedSecretKey {
    builder.build().unwrap().generate(rand::thread_rng()).unwrap()
}

/// A folder with rings of every kind: `ann` and `bob` are locked with [`PASSPHRASE`] and open.
fn rings() -> TempDir {
    let folder = TempDir::new().unwrap();
    let ann = made(builder("Ann <ann@x>").passphrase(Some(PASSPHRASE.to_owned())));
    let bob = made(&builder("Bob <bob@x>"));
    let old = made(builder("Old <old@x>").created_at(Timestamp::from_secs(1_500_000_000)));
    let [ann_public, bob_public] = [&ann, &bob].map(|key| SignedPublicKey::from(key.clone()));
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let both = [ann.to_bytes().unwrap(), bob.to_bytes().unwrap(), old.to_bytes().unwrap()].concat();
    write("both.secret", &both);
    write("ann.secret", &ann.to_bytes().unwrap());
    write("bob.secret", &bob.to_bytes().unwrap());
    write("bob.pub", &bob_public.to_bytes().unwrap());
    write("cut.pub", &ann_public.to_bytes().unwrap()[..100]);
    write("both.pub", &[ann_public.to_bytes().unwrap(), bob_public.to_bytes().unwrap()].concat());
    let armored = |key: &SignedPublicKey| key.to_armored_string(ArmorOptions::default()).unwrap();
    write("both.asc", format!("{}{}", armored(&bob_public), armored(&ann_public)).as_bytes());
    write("bad.asc", armored(&ann_public).replace("KEY BLOCK", "MESSAGE").as_bytes());
    write("both.kbx", &keybox(&[&bob_public.to_bytes().unwrap(), &ann_public.to_bytes().unwrap()]));
    write("empty.kbx", &keybox(&[]));
    write("bad.kbx", &[keybox(&[]), vec![0, 0, 0, 9, 2]].concat());
    write("pass", format!("{PASSPHRASE}\nmore\n").as_bytes());
    write("wrong", b"wrong");
    write("nothing", b"");
    folder
}

/// GnuPG's container, without the notes that nobody reads here.
fn keybox(keys: &[&[u8]]) -> Vec<u8> {
    let number = |value: usize| u32::try_from(value).unwrap().to_be_bytes();
    let mut data = [&number(16)[..], &[1, 1, 0, 2], b"KBXf", &[0; 4]].concat();
    for key in keys {
        data.extend([&number(16 + key.len())[..], &[2, 1, 0, 0], &number(16), &number(key.len()), key].concat());
    }
    data
}

fn sign(program: &Program, folder: &Path, rings: &Path, key: &str) {
    let (ring, pass) = (rings.join("both.secret"), rings.join("pass"));
    let [ring, pass] = [&ring, &pass].map(|path| path.to_string_lossy().into_owned());
    let chart = data("testcharts/alpine");
    let line = ["package", &chart, "--sign", "--key", key, "--keyring", &ring, "--passphrase-file", &pass];
    let said = done(program.run(&line, folder));
    assert!(said.starts_with("Successfully packaged chart and saved it to: "), "{said}");
}

fn verify(program: &Program, folder: &Path, ring: &Path) -> Outcome {
    program.run(&["verify", ARCHIVE, "--keyring", &ring.to_string_lossy()], folder)
}

#[test]
fn what_one_signs_the_other_believes() {
    let (programs, rings) = (programs(), rings());
    for signer in &programs {
        for key in ["Ann <ann@x>", "bob@"] {
            let folder = TempDir::new().unwrap();
            sign(signer, folder.path(), rings.path(), key);
            for ring in ["both.pub", "both.asc", "both.kbx", "both.secret"] {
                let [helm, ours] = [0, 1].map(|one| verify(&programs[one], folder.path(), &rings.path().join(ring)));
                assert_eq!(helm, ours, "{ring}");
                let said = done(ours);
                assert!(said.starts_with("Signed by: ") && said.contains("Chart Hash Verified: sha256:"), "{said}");
            }
        }
    }
}

#[test]
fn the_signed_text_is_the_same() {
    let rings = rings();
    let [helm, ours] = programs().map(|program| {
        let folder = TempDir::new().unwrap();
        let ring = rings.path().join("bob.secret").to_string_lossy().into_owned();
        let chart = data("testcharts/subchart");
        let line = ["package", &chart, "--sign", "--key", "Bob", "--keyring", &ring];
        done(program.run_with(&line, folder.path(), &[("SOURCE_DATE_EPOCH", "1700000000")]));
        let text = std::fs::read_to_string(folder.path().join("subchart-0.1.0.tgz.prov")).unwrap();
        let (text, signature) = text.split_once("-----BEGIN PGP SIGNATURE-----").unwrap();
        assert!(signature.ends_with("\n-----END PGP SIGNATURE-----"), "{signature}");
        // The digest depends on the program that compressed the archive.
        text.lines().map(|line| line.split("sha256:").next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    });
    assert_eq!(helm, ours);
}

#[test]
fn what_neither_believes() {
    let (programs, rings) = (programs(), rings());
    let folder = TempDir::new().unwrap();
    sign(&programs[1], folder.path(), rings.path(), "Ann");
    let ring = rings.path().join("both.pub");
    let (archive, beside) = (folder.path().join(ARCHIVE), folder.path().join(format!("{ARCHIVE}.prov")));
    let good = std::fs::read_to_string(&beside).unwrap();
    let same = |ring: &Path| {
        let [helm, ours] = [0, 1].map(|one| verify(&programs[one], folder.path(), ring));
        assert_eq!(helm, ours);
        assert_eq!((ours.code, ours.stdout.as_str()), (Some(1), ""), "{}", ours.stderr);
        ours.stderr
    };
    for ring in ["bob.pub", "cut.pub", "bad.asc", "empty.kbx", "bad.kbx", "pass", "nosuch", "."] {
        same(&rings.path().join(ring));
    }
    for bad in [
        good.replace("name: alpine", "name: alpinf"),
        good.replace("sha256:", "sha256:0"),
        good.replace("-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP MESSAGE-----"),
        good.replace("Hash: SHA512", "Comment: none"),
        good.replace("-----END PGP SIGNATURE-----", ""),
        String::new(),
    ] {
        std::fs::write(&beside, bad).unwrap();
        same(&ring);
    }
    std::fs::write(&beside, &good).unwrap();
    let bytes = std::fs::read(&archive).unwrap();
    std::fs::write(&archive, [&bytes[..], b"x"].concat()).unwrap();
    let said = same(&ring);
    assert!(said.starts_with("Error: sha256 sum does not match for alpine-0.1.0.tgz: "), "{said}");
    std::fs::write(&archive, &bytes).unwrap();
    std::fs::remove_file(&beside).unwrap();
    same(&ring);
    // Under another name.
    for (from, to) in [(&bytes[..], "other.tgz"), (good.as_bytes(), "other.tgz.prov")] {
        std::fs::write(folder.path().join(to), from).unwrap();
    }
    let line = ["verify", "other.tgz", "--keyring", &ring.to_string_lossy()];
    let [helm, ours] = [0, 1].map(|one| programs[one].run(&line, folder.path()));
    assert_eq!(helm, ours);
    assert_eq!(ours.stderr, "Error: provenance does not contain a SHA for a file named \"other.tgz\"\n");
}

#[test]
fn what_cannot_be_signed() {
    let rings = rings();
    let path = |name: &str| rings.path().join(name).to_string_lossy().into_owned();
    let (chart, wrong, nothing) = (data("testcharts/alpine"), path("wrong"), path("nothing"));
    for (ring, key, more) in [
        ("both.secret", "nobody", &[][..]),
        ("both.secret", "@x", &[]),
        ("both.pub", "Ann", &[]),
        ("nosuch", "Ann", &[]),
        ("pass", "Ann", &[]),
        ("ann.secret", "Ann", &["--passphrase-file", &wrong]),
        ("ann.secret", "Ann", &["--passphrase-file", &nothing]),
        ("ann.secret", "Ann", &["--passphrase-file", "nosuch"]),
        ("bob.secret", "Bob", &["--passphrase-file", "nosuch"]),
        // Standard input is no pipe.
        ("ann.secret", "Ann", &["--passphrase-file", "-"]),
    ] {
        let ring = path(ring);
        let line = [&["package", &chart, "--sign", "--key", key, "--keyring", &ring], more].concat();
        let [helm, ours] = programs().map(|program| {
            let folder = TempDir::new().unwrap();
            let outcome = program.run(&line, folder.path());
            let files = ["", ".prov"].map(|end| folder.path().join(format!("{ARCHIVE}{end}")).exists());
            assert!(!outcome.stderr.contains(PASSPHRASE));
            (outcome, files)
        });
        assert_eq!(helm, ours, "{line:?}");
        assert_eq!(ours.0.code, Some(1));
    }
    // Helm asks here, and complains of its terminal.
    let line = ["package", &chart, "--sign", "--key", "Ann", "--keyring", &path("ann.secret")];
    let folder = TempDir::new().unwrap();
    let outcome = Program::plugin().run(&line, folder.path());
    let wanted = "Error: the key \"Ann <ann@x>\" is locked, and there is no terminal to ask for its passphrase; use \
                  --passphrase-file\n";
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(1), wanted));
}

#[test]
fn a_passphrase_from_a_pipe_serves_all_charts() {
    let rings = rings();
    let ring = rings.path().join("ann.secret").to_string_lossy().into_owned();
    let (one, two) = (data("testcharts/alpine"), data("testcharts/subchart"));
    let line = ["package", &one, &two, "--sign", "--key", "Ann", "--keyring", &ring, "--passphrase-file", "-"];
    for (input, code) in [(format!("{PASSPHRASE}\r\nmore"), 0), ("wrong\n".to_owned(), 1), (String::new(), 1)] {
        let [helm, ours] = programs().map(|program| {
            let folder = TempDir::new().unwrap();
            let outcome = program.run_fed(&line, folder.path(), &input);
            assert_eq!(outcome.code, Some(code), "{}", outcome.stderr);
            let signed =
                ["alpine-0.1.0", "subchart-0.1.0"].map(|name| folder.path().join(format!("{name}.tgz.prov")).exists());
            (outcome.stderr, signed)
        });
        assert_eq!(helm, ours);
    }
}

#[test]
fn gnupgs_own_ring_is_the_default() {
    let (programs, rings) = (programs(), rings());
    let folder = TempDir::new().unwrap();
    sign(&programs[0], folder.path(), rings.path(), "Bob");
    let home = TempDir::new().unwrap();
    let gnupg = home.path().to_string_lossy().into_owned();
    let both = || {
        let [helm, ours] =
            [0, 1].map(|one| programs[one].run_with(&["verify", ARCHIVE], folder.path(), &[("GNUPGHOME", &gnupg)]));
        assert_eq!(helm, ours);
        ours.code
    };
    assert_eq!(both(), Some(1));
    std::fs::copy(rings.path().join("both.kbx"), home.path().join("pubring.kbx")).unwrap();
    assert_eq!(both(), Some(0));
    std::fs::copy(rings.path().join("empty.kbx"), home.path().join("pubring.gpg")).unwrap();
    assert_eq!(both(), Some(1));
}

#[test]
fn dependencies_of_a_repository_are_checked() {
    let (plugin, rings, place) = (Program::plugin(), rings(), TempDir::new().unwrap());
    let charts = place.path().join("charts");
    std::fs::create_dir(&charts).unwrap();
    sign(&plugin, &charts, rings.path(), "Bob");
    std::fs::copy(data("testcharts/compressedchart-0.1.0.tgz"), charts.join("compressedchart-0.1.0.tgz")).unwrap();
    let server = Repository::serve(&charts, place.path()).unwrap();
    let authority = server.authority.to_string_lossy().into_owned();
    let access = ["--ca-file", &authority, "--username", server.username, "--password", server.password];
    let run = |command: &str, chart: &str, ring: &str| {
        let folder = TempDir::new().unwrap();
        let entry = format!("{{name: {chart}, version: 0.1.0, repository: \"{}\"}}", server.url);
        let text = format!("apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {entry}\n");
        std::fs::write(folder.path().join("Chart.yaml"), text).unwrap();
        let ring = rings.path().join(ring).to_string_lossy().into_owned();
        let line = [&["dependency", command, "--verify", "--keyring", &ring], &access[..]].concat();
        let outcome = plugin.run(&line, folder.path());
        assert!(!outcome.stderr.contains(server.password));
        (outcome, folder.path().join(format!("charts/{chart}-0.1.0.tgz")).exists())
    };
    for (command, chart, ring, stored, wanted) in [
        ("update", "alpine", "both.pub", true, ""),
        ("build", "alpine", "both.kbx", true, ""),
        ("update", "alpine", "cut.pub", false, "failed to load keyring: unexpected EOF"),
        ("build", "alpine", "ann.secret", false, "openpgp: signature made by unknown entity"),
        ("update", "compressedchart", "both.pub", false, "failed to fetch provenance"),
    ] {
        let (outcome, found) = run(command, chart, ring);
        assert_eq!((outcome.code == Some(0), found), (stored, stored), "{command} {chart}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(wanted), "{wanted}: {}", outcome.stderr);
    }
}
