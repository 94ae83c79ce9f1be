//! Cases as text: `=== NAME`, then sections. `--- template` is `templates/t.yaml.j2`, `--- values` are the user's,
//! `--- output` or `--- output FILE` is what the file (of `templates/`, or by its full path) must render to, `--- error` the whole message, and any other
//! section is a file of the chart. A backslash before a line of `---` or `===` is dropped.

use std::path::Path;

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) values: String,
    pub(crate) expected: Expected,
}

pub(crate) enum Expected {
    /// Full path and text.
    Output(String, String),
    Error(String),
}

#[allow(clippy::disallowed_methods, reason = "a test reads files")]
pub(crate) fn all(folder: &Path) -> Vec<Case> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    let text = |path: &std::path::PathBuf| String::from_utf8(std::fs::read(path).unwrap()).unwrap();
    paths.iter().flat_map(|path| of_text(&text(path))).collect()
}

fn of_text(text: &str) -> Vec<Case> {
    text.split("=== ").skip(1).map(one).collect()
}

fn one(text: &str) -> Case {
    let (name, rest) = text.split_once('\n').unwrap();
    let mut case = Case {
        name: name.to_owned(),
        files: Vec::new(),
        values: String::new(),
        expected: Expected::Error("nothing is expected".to_owned()),
    };
    for section in format!("\n{rest}").split("\n--- ").skip(1) {
        let (title, body) = section.split_once('\n').unwrap_or((section, ""));
        // The line break before the next section is part of the body.
        let body = format!("{body}\n").replace("\n\\---", "\n---");
        match title.split_once(' ').unwrap_or((title, "t.yaml.j2")) {
            ("template", _) => case.files.push(("templates/t.yaml.j2".to_owned(), body)),
            ("values", _) => case.values = body,
            ("output", file) if file.contains('/') => case.expected = Expected::Output(file.to_owned(), body),
            ("output", file) => case.expected = Expected::Output(format!("web/templates/{file}"), body),
            ("error", _) => case.expected = Expected::Error(body.trim_end().to_owned()),
            _ => case.files.push((title.to_owned(), body)),
        }
    }
    match &mut case.expected {
        Expected::Output(_, body) if body.ends_with("\n\n") => {
            body.pop();
        }
        _ => {}
    }
    case
}
