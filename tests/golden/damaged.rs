//! Charts of the corpus with one file damaged by chance: both programs say the same of it, or still do the same.

use std::path::Path;

use helmx_chart::{File, archive};
use helmx_tests::random::Random;

use crate::chance::{self, Case};

const RUNS: usize = 64;

/// Larger archives only take longer.
const BYTES: u64 = 80_000;

/// What gets into actions.
const WORDS: &[&str] = &[
    "nil",
    "1",
    "1.5",
    ".",
    "$",
    ".Values",
    "\"a\"",
    "`b`",
    "true",
    "(list)",
    "(dict)",
    ".Values.x.y",
    "$x",
    "quote",
    "| quote",
    "| int",
    "not",
    "and",
    "or",
    "include",
    "tpl",
    "index",
    "len",
    "end",
    "else",
    "range",
    "if",
    "with",
    "define",
    "template",
    "-",
    "{{",
    "}}",
    "(",
    ")",
    "\"",
    "'",
    ":=",
    "=",
    "|",
    ",",
    "\\",
    "é",
    "\0",
    "\n",
    "break",
    "continue",
    ".Chart.Name",
    "toYaml",
    "nindent 4",
    "default",
    "0x1g",
    "1i",
    "'a'",
    "$.",
    ".a.b.",
    "/* c */",
    "fail \"x\"",
    "required",
    "printf \"%d\"",
    "lookup",
    ".Files.Get",
];

/// What gets into YAML, JSON and patterns.
const PIECES: &[&str] = &[
    ":",
    "- ",
    "  ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "!!str ",
    "|",
    ">",
    "~",
    "null",
    "true",
    "1e3",
    "0x1",
    "---",
    "...",
    "%",
    "@",
    "`",
    ",",
    "?",
    "<<: ",
    "é",
    "\0",
    "\n",
    "key: ",
    "1:30",
    "2001-01-01",
    "yes",
    "\\",
    "|-\n",
    "- - ",
    "!",
    "**",
];

/// Which commands look at a file, and how it is damaged.
struct Kind {
    fits: fn(&str) -> bool,
    damage: fn(&mut Random, &str) -> Option<String>,
    commands: &'static [&'static [&'static str]],
}

const KINDS: &[Kind] = &[
    Kind {
        fits: is_template,
        damage: damage_action,
        commands: &[&["template", "rel"], &["template", "rel"], &["lint"]],
    },
    Kind {
        fits: |name| name.ends_with("values.yaml"),
        damage: |random, text| Some(damage_text(random, text)),
        commands: &[&["template", "rel"], &["lint"], &["show", "values"]],
    },
    Kind {
        fits: |name| ["Chart.yaml", "requirements.yaml", "Chart.lock"].iter().any(|file| name.ends_with(file)),
        damage: |random, text| Some(damage_text(random, text)),
        commands: &[&["template", "rel"], &["lint"], &["show", "chart"], &["dependency", "list"], &["show", "all"]],
    },
    Kind {
        fits: |name| name.ends_with("values.schema.json"),
        damage: damage_schema,
        commands: &[&["template", "rel"], &["lint"]],
    },
    Kind {
        fits: |name| name == ".helmignore",
        damage: |random, text| Some(damage_text(random, text)),
        commands: &[&["template", "rel"], &["lint"], &["show", "all"]],
    },
];

fn is_template(name: &str) -> bool {
    name.contains("templates/") && [".yaml", ".tpl", ".txt"].iter().any(|ending| name.ends_with(ending))
}

/// One action is changed, moved, left out or doubled.
fn damage_action(random: &mut Random, text: &str) -> Option<String> {
    let actions: Vec<(usize, usize)> = text
        .match_indices("{{")
        .filter_map(|(start, _)| Some((start, start + text[start..].find("}}")? + 2)))
        .collect();
    let any = |random: &mut Random| actions.get(random.below(actions.len())).copied();
    let (start, end) = any(random)?;
    let action = &text[start..end];
    let words: Vec<&str> = action[2..action.len() - 2].split_inclusive([' ', '(', ')', '|']).collect();
    let at = random.below(words.len());
    let damaged = match random.below(8) {
        0 => String::new(),
        1 => action.repeat(2),
        2 => any(random).map(|(start, end)| text[start..end].to_owned())?,
        3 => format!("{{{{ {} {} }}}}{action}", random.pick(WORDS), random.pick(WORDS)),
        4 => without_a_character(random, action),
        way => {
            let mut words: Vec<String> = words.iter().map(ToString::to_string).collect();
            let word = words.get_mut(at)?;
            match way {
                5 => word.clear(),
                6 => *word = format!("{} ", random.pick(WORDS)),
                _ => *word = format!("{} {word}", random.pick(WORDS)),
            }
            format!("{{{{{}}}}}", words.concat())
        }
    };
    Some(format!("{}{damaged}{}", &text[..start], &text[end..]))
}

fn without_a_character(random: &mut Random, text: &str) -> String {
    let at = random.below(text.chars().count());
    text.chars().enumerate().filter(|(index, _)| *index != at).map(|(_, character)| character).collect()
}

/// One to three places are changed.
fn damage_text(random: &mut Random, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(6) / 3 {
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let (line, other) = (random.below(lines.len()), random.below(lines.len()));
        let piece = random.pick(PIECES);
        lines[line] = match random.below(7) {
            0 => String::new(),
            1 => lines[other].clone(),
            2 => format!("{}{}", " ".repeat(random.below(3)), lines[line]),
            3 => format!("{}: {piece}", lines[line].split(':').next().unwrap_or_default()),
            4 => without_a_character(random, &lines[line]),
            way => {
                let at = random.below(lines[line].chars().count() + 1);
                let (before, after) = (lines[line].chars().take(at), lines[line].chars().skip(at + way - 5));
                before.chain(piece.chars()).chain(after).collect()
            }
        };
        text = lines.join("\n");
    }
    text
}

/// The version of a schema stays: helm would ask the network for another.
fn damage_schema(random: &mut Random, text: &str) -> Option<String> {
    let version = |text: &str| text.lines().find(|line| line.contains("$schema")).map(str::to_owned);
    let references = |text: &str| text.matches("$ref").count();
    let damaged = damage_text(random, text);
    (version(&damaged) == version(text) && references(&damaged) == references(text)).then_some(damaged)
}

#[test]
fn says_of_damaged_charts_what_helm_says() {
    let charts = chance::charts(BYTES);
    assert!(charts.len() > 150);
    chance::side_by_side("damaged charts", RUNS, &|random, folder| {
        (0..8).find_map(|_| {
            let chart = &charts[random.below(charts.len())];
            damaged(random, chart, folder)
        })
    });
}

/// A chart in the folder `c`, one file of it damaged; `None` if it has no such file.
fn damaged(random: &mut Random, path: &Path, folder: &Path) -> Option<Case> {
    let files = archive::unpack(&std::fs::read(path).unwrap()).unwrap();
    let kind = &KINDS[random.below(KINDS.len())];
    let fitting: Vec<&File> = files.iter().filter(|file| (kind.fits)(&file.name)).collect();
    let file = fitting.get(random.below(fitting.len()))?;
    let text = std::str::from_utf8(&file.data).ok()?;
    let changed = (kind.damage)(random, text).filter(|changed| changed != text)?;
    for one in &files {
        let path = folder.join("c").join(&one.name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, if one.name == file.name { changed.as_bytes() } else { &one.data }).unwrap();
    }
    let command = kind.commands[random.below(kind.commands.len())];
    let arguments: Vec<String> = command.iter().chain(&["c"]).map(ToString::to_string).collect();
    let lines = text.lines().zip(changed.lines()).enumerate().find(|(_, (old, new))| old != new);
    let shown = format!("{} of {}, {}: {lines:?}", arguments.join(" "), path.display(), file.name);
    Some(Case { arguments, shown })
}
