//! The source line of a failed template with a marker, for people at a terminal.

use helmx_chart::{Chart, File};
use helmx_engine::Error;
use helmx_template::Failure;

/// The longest line that is shown whole, in characters.
const MAX_LINE: usize = 160;

/// The line where the innermost template failed; `None` if the position is in no file of the chart.
pub fn of(error: &Error, chart: &Chart) -> Option<String> {
    let (source, line, column) = innermost(error.cause()).position()?;
    let text = find(chart, source)?.text();
    let shown = text.lines().nth(line.checked_sub(1)?)?;
    Some(marked(source, line, column, shown))
}

/// The template error that is the cause of all others.
fn innermost(error: &helmx_template::Error) -> &helmx_template::Error {
    let mut error = error;
    loop {
        let mut failure = error.failure();
        while let Failure::Wrapped { cause, .. } = failure {
            failure = cause;
        }
        match failure {
            Failure::Template(inner) if inner.position().is_some() => error = inner,
            _ => return error,
        }
    }
}

/// A template by its full path, such as `web/charts/db/templates/service.yaml`.
fn find<'c>(chart: &'c Chart, path: &str) -> Option<&'c File> {
    let rest = path.strip_prefix(chart.name())?.strip_prefix('/')?;
    if let Some(file) = chart.templates.iter().find(|file| file.name == rest) {
        return Some(file);
    }
    let below = rest.strip_prefix("charts/")?;
    chart.dependencies.iter().find_map(|dependency| find(dependency, below))
}

/// `column` counts bytes from 0, as Go's messages do.
fn marked(source: &str, line: usize, column: Option<usize>, text: &str) -> String {
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    let shown: String = text.chars().take(MAX_LINE).map(|c| if c == '\t' { ' ' } else { c }).collect();
    let place = column.map_or_else(|| format!("{source}:{line}"), |column| format!("{source}:{line}:{column}"));
    let mut excerpt = format!("{gutter} --> {place}\n{gutter} |\n{number} | {}", shown.trim_end());
    let before = column.and_then(|column| text.get(..column)).map(|before| before.chars().count());
    if let Some(before) = before.filter(|before| *before < MAX_LINE) {
        excerpt.push_str(&format!("\n{gutter} | {}^", " ".repeat(before)));
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use helmx_chart::{Capabilities, Chart, File};
    use helmx_engine::{Input, Limits, MissingKey, Mode, Operation, ReleaseInfo, render};
    use helmx_yaml::Map;

    use super::super::Offline;
    use super::{find, marked, of};

    #[test]
    fn marks_the_place_in_a_jinja_file() {
        let mut chart = Chart::default();
        chart.metadata.name = "web".to_owned();
        chart.metadata.annotations.insert("helmx.dev/templates".to_owned(), "jinja".to_owned());
        chart.templates = vec![File::new("templates/a.yaml.j2", b"a: [1]\nb: {{ [1] ~ nope }}\n".as_slice())];
        let operation = Operation::Install;
        let release = ReleaseInfo { name: "r".to_owned(), namespace: "n".to_owned(), revision: 1, operation };
        let input = Input {
            chart: &chart,
            values: &Map::new(),
            release: &release,
            capabilities: &Capabilities::default(),
            host: &Offline::default(),
            limits: Limits::default(),
            mode: Mode::Render,
            missing_key: MissingKey::Zero,
        };
        let error = render(&input).map(drop).unwrap_err();
        let shown = of(&error, &chart).unwrap();
        let wanted = "  --> web/templates/a.yaml.j2:2:6\n  |\n2 | b: {{ [1] ~ nope }}\n  |       ^";
        assert_eq!(shown, wanted, "{error}");
    }

    #[test]
    fn marks_the_place() {
        let shown = marked("web/templates/a.yaml", 12, Some(6), "  é: {{ fail }}");
        assert_eq!(shown, "   --> web/templates/a.yaml:12:6\n   |\n12 |   é: {{ fail }}\n   |      ^");
        let whole_line = marked("web/templates/a.yaml", 3, None, "x");
        assert_eq!(whole_line, "  --> web/templates/a.yaml:3\n  |\n3 | x");
        let inside_a_character = marked("a", 1, Some(3), "  é");
        assert!(!inside_a_character.contains('^'), "{inside_a_character}");
    }

    #[test]
    fn finds_templates_of_sub_charts() {
        let chart = |name: &str, dependencies| {
            let mut chart = Chart { dependencies, ..Chart::default() };
            chart.metadata.name = name.to_owned();
            chart.templates = vec![File::new("templates/a.yaml", name.as_bytes())];
            chart
        };
        let root = chart("web", vec![chart("db", Vec::new())]);
        let found = |path| find(&root, path).map(File::text);
        assert_eq!(found("web/templates/a.yaml").as_deref(), Some("web"));
        assert_eq!(found("web/charts/db/templates/a.yaml").as_deref(), Some("db"));
        assert_eq!(found("web/templates/b.yaml"), None);
        assert_eq!(found("other/templates/a.yaml"), None);
    }
}
