//! Slash paths (Go's `path` package). The `os…` functions do the same: the server is no Windows machine.

use helmx_template::{Type, Value};

use super::argument::Arguments;
use super::text::text;
use super::{Entry, plain};

const S: &[Type] = &[Type::String];

pub(super) const TABLE: &[Entry] = &[
    plain("base", S, |args| text(base(args.text(0)))),
    plain("dir", S, |args| text(dir(args.text(0)))),
    plain("clean", S, |args| text(clean(args.text(0)))),
    plain("ext", S, |args| text(extension(args.text(0)))),
    plain("isAbs", S, |args| Ok(Value::Bool(args.text(0).starts_with(b"/")))),
    plain("osBase", S, |args| text(base(args.text(0)))),
    plain("osDir", S, |args| text(dir(args.text(0)))),
    plain("osClean", S, |args| text(clean(args.text(0)))),
    plain("osExt", S, |args| text(extension(args.text(0)))),
    plain("osIsAbs", S, |args| Ok(Value::Bool(args.text(0).starts_with(b"/")))),
];

/// The last element; `.` for an empty path, `/` for slashes only.
pub(crate) fn base(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    let Some(end) = path.iter().rposition(|&byte| byte != b'/') else { return b"/" };
    let path = &path[..=end];
    &path[path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1)..]
}

fn dir(path: &[u8]) -> Vec<u8> {
    clean(&path[..path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1)])
}

/// The shortest equal path: no `.`, no double slashes, no `..` that something before it takes back.
pub(super) fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => drop(parts.pop()),
            b".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}

/// From the last dot of the last element.
fn extension(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|&byte| byte == b'.' || byte == b'/') {
        Some(at) if path[at] == b'.' => &path[at..],
        _ => b"",
    }
}
