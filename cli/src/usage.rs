//! The command line as Helm's users write it, and wrong usage in Helm's words (`pkg/cmd/require`, pflag).

use std::any::TypeId;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::builder::ValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory as _, FromArgMatches as _};

use crate::args::Args;

/// Why there is nothing to run.
pub enum Refusal {
    /// Help or the version was asked for: text for standard output.
    Answer(clap::Error),
    /// A message for standard error.
    Wrong(String),
}

/// What a command wants of its arguments.
pub enum Wanted {
    Exactly(usize),
    AtLeast(usize),
    AtMost(usize),
}

/// Reads a command line.
///
/// # Errors
/// [`Refusal`]
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Args, Refusal> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let name = program(arguments.first().map(OsString::as_os_str));
    let command = with_go_switches(Args::command().name(name).bin_name(name));
    match command.clone().try_get_matches_from(&arguments).and_then(|matches| Args::from_arg_matches(&matches)) {
        Ok(args) => Ok(args),
        Err(error) if error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Err(Refusal::Wrong(sentence(&error, command, &arguments)))
        }
        Err(error) => Err(Refusal::Answer(error)),
    }
}

/// How the user calls this program: kubectl's plugin, or `helm` where a link of that name leads here.
pub fn program(first: Option<&OsStr>) -> &'static str {
    let stem = first.map(Path::new).and_then(Path::file_stem);
    if stem == Some(OsStr::new("helm")) { "helm" } else { "kubectl helmx" }
}

/// Checks the number of arguments.
///
/// # Errors
/// Helm's text: what is wanted, and the usage line.
pub fn require(path: &str, usage: &str, wanted: &Wanted, given: usize) -> anyhow::Result<()> {
    let (holds, text) = match *wanted {
        Wanted::Exactly(count) => (given == count, format!("requires {}", arguments(count))),
        Wanted::AtLeast(count) => (given >= count, format!("requires at least {}", arguments(count))),
        Wanted::AtMost(0) => (given == 0, "accepts no arguments".to_owned()),
        Wanted::AtMost(count) => (given <= count, format!("accepts at most {}", arguments(count))),
    };
    if holds {
        return Ok(());
    }
    let name = program(std::env::args_os().next().as_deref());
    let usage = if usage.is_empty() { String::new() } else { format!(" {usage}") };
    anyhow::bail!("\"{name} {path}\" {text}\n\nUsage:  {name} {path}{usage} [flags]")
}

fn arguments(count: usize) -> String {
    if count == 1 { "1 argument".to_owned() } else { format!("{count} arguments") }
}

/// Lets every switch take `=true` and `=false`, as pflag does. Where it matters whether one was given, the field is an
/// `Option<bool>`, and there is no default.
fn with_go_switches(command: Command) -> Command {
    command
        .mut_args(|arg| match arg.get_action() {
            ArgAction::SetTrue => go_switch(arg).action(ArgAction::Set).default_value("false").hide_default_value(true),
            ArgAction::Set if arg.get_value_parser().type_id() == TypeId::of::<bool>() => go_switch(arg),
            _ => arg,
        })
        .mut_subcommands(with_go_switches)
}

fn go_switch(arg: Arg) -> Arg {
    arg.num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
        .hide_possible_values(true)
        .value_name("BOOL")
        .value_parser(ValueParser::new(switch))
}

/// Checks a duration as Go writes it: `1h2m3.5s`.
///
/// # Errors
/// Go's text.
pub fn duration(text: &str) -> Result<String, String> {
    helmx_engine::go::parse_duration(text).map(|_| text.to_owned())
}

/// Go's `strconv.ParseBool`.
fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {text:?}: invalid syntax")),
    }
}

/// A refusal of clap in the words of cobra and pflag, where those have a word for it.
fn sentence(error: &clap::Error, command: Command, arguments: &[OsString]) -> String {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
        _ => None,
    };
    let flag = word(ContextKind::InvalidArg).map(|text| text.split([' ', '=', '[']).next().unwrap_or(text));
    match (error.kind(), flag) {
        (ErrorKind::UnknownArgument, Some(flag)) if flag.starts_with("--") => format!("unknown flag: {flag}"),
        (ErrorKind::UnknownArgument, Some(flag)) if flag.starts_with('-') => {
            let letter = flag.chars().nth(1).unwrap_or_default();
            format!("unknown shorthand flag: {letter:?} in {flag}")
        }
        (ErrorKind::InvalidValue, Some(flag)) if word(ContextKind::InvalidValue) == Some("") && !flag.contains('[') => {
            missing_value(flag, arguments)
        }
        (ErrorKind::ValueValidation, Some(flag)) => {
            let value = word(ContextKind::InvalidValue).unwrap_or_default();
            let reason = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            match word(ContextKind::InvalidArg).filter(|_| !flag.starts_with('-')) {
                Some(argument) => format!("invalid value '{value}' for {argument}: {reason}"),
                None => format!("invalid argument {value:?} for {flag:?} flag: {reason}"),
            }
        }
        (ErrorKind::InvalidSubcommand, _) => unknown_command(&command, arguments, word(ContextKind::InvalidSubcommand)),
        (ErrorKind::MissingRequiredArgument, _) => {
            missing_arguments(command, arguments).unwrap_or_else(|| clap_text(error))
        }
        _ => clap_text(error),
    }
}

fn missing_value(flag: &str, arguments: &[OsString]) -> String {
    let last = arguments.last().map(|last| last.to_string_lossy().into_owned()).unwrap_or_default();
    match last.strip_prefix('-') {
        Some(letters) if !letters.starts_with('-') && !letters.is_empty() => {
            format!("flag needs an argument: {:?} in {last}", letters.chars().last().unwrap_or_default())
        }
        _ => format!("flag needs an argument: {flag}"),
    }
}

fn unknown_command(command: &Command, arguments: &[OsString], given: Option<&str>) -> String {
    let name = program(arguments.first().map(OsString::as_os_str));
    let path = path(command.clone(), arguments);
    let place = if path.is_empty() { name.to_owned() } else { format!("{name} {path}") };
    format!("unknown command {:?} for {place:?}\nRun '{place} --help' for usage.", given.unwrap_or_default())
}

/// The text for commands that take names.
fn missing_arguments(command: Command, arguments: &[OsString]) -> Option<String> {
    let path = path(command, arguments);
    let (usage, wanted) = match path.as_str() {
        "install" => ("[NAME] [CHART]", Wanted::AtLeast(1)),
        "upgrade" => ("[RELEASE] [CHART]", Wanted::Exactly(2)),
        "uninstall" => ("RELEASE_NAME [...]", Wanted::AtLeast(1)),
        "rollback" => ("<RELEASE> [REVISION]", Wanted::AtLeast(1)),
        "status" | "history" | "get all" | "get hooks" | "get manifest" | "get notes" | "get values" => {
            ("RELEASE_NAME", Wanted::Exactly(1))
        }
        "repo remove" => ("[REPO1 [REPO2 ...]]", Wanted::AtLeast(1)),
        "repo add" => ("[NAME] [URL]", Wanted::Exactly(2)),
        _ => return None,
    };
    require(&path, usage, &wanted, 0).err().map(|error| error.to_string())
}

/// The subcommands that a command line names, as far as they exist.
fn path(command: Command, arguments: &[OsString]) -> String {
    let Ok(matches) = command.ignore_errors(true).try_get_matches_from(arguments) else { return String::new() };
    let mut names = Vec::new();
    let mut inner = matches.subcommand();
    while let Some((name, matches)) = inner {
        names.push(name.to_owned());
        inner = matches.subcommand();
    }
    names.join(" ")
}

/// clap's own message, without its prefix.
fn clap_text(error: &clap::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("error: ").unwrap_or(&text).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Args, Refusal, parse};

    fn refused(line: &str) -> String {
        match parse(line.split(' ').map(Into::into)) {
            Err(Refusal::Wrong(text)) => text,
            Err(Refusal::Answer(_)) => "help".to_owned(),
            Ok(_) => "accepted".to_owned(),
        }
    }

    #[test]
    fn wrong_usage_in_the_words_of_helm() {
        let cases = [
            ("helm template --nosuch x", "unknown flag: --nosuch"),
            ("helm template -z", "unknown shorthand flag: 'z' in -z"),
            ("helm template x --kube-version", "flag needs an argument: --kube-version"),
            ("helm template x -n", "flag needs an argument: 'n' in -n"),
            (
                "helm template x --no-hooks=x",
                "invalid argument \"x\" for \"--no-hooks\" flag: strconv.ParseBool: parsing \"x\": invalid syntax",
            ),
            ("helm nosuch", "unknown command \"nosuch\" for \"helm\"\nRun 'helm --help' for usage."),
            (
                "helm get all",
                "\"kubectl helmx get all\" requires 1 argument\n\nUsage:  kubectl helmx get all RELEASE_NAME [flags]",
            ),
            (
                "helm rollback",
                "\"kubectl helmx rollback\" requires at least 1 argument\n\nUsage:  kubectl helmx rollback <RELEASE> [REVISION] [flags]",
            ),
            ("helm template x --help", "help"),
        ];
        for (line, wanted) in cases {
            assert_eq!(refused(line), wanted, "{line}");
        }
    }

    #[test]
    fn durations_as_in_go() {
        for text in ["5m", "1h2m3.5s", "0", "-1s", "100ms", ".5s"] {
            assert!(super::duration(text).is_ok(), "{text}");
        }
        for (text, wanted) in [
            ("3", "time: missing unit in duration \"3\""),
            ("", "time: invalid duration \"\""),
            ("x", "time: invalid duration \"x\""),
            ("1d", "time: unknown unit \"d\" in duration \"1d\""),
            ("1.2.3s", "time: missing unit in duration \"1.2.3s\""),
        ] {
            assert_eq!(super::duration(text), Err(wanted.to_owned()));
        }
    }

    #[test]
    fn switches_as_in_go() {
        for (line, wanted) in [("--no-hooks", true), ("--no-hooks=t", true), ("--no-hooks --no-hooks=False", false)] {
            let line = format!("helm template x {line}");
            let Ok(Args { command: crate::args::Command::Template(options), .. }) =
                parse(line.split(' ').map(Into::into))
            else {
                panic!("{line}: refused")
            };
            assert_eq!(options.no_hooks, wanted, "{line}");
        }
    }
}
