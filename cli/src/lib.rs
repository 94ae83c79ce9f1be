//! `kubectl helmx`: Helm's commands over the helmx API, and offline.

/// Commands and flags as typed.
mod args;
/// Kubeconfig to typed calls.
mod client;
/// What each command does.
mod command;
/// Indexes and archives of chart repositories.
mod fetch;
/// Kubernetes' JSONPath templates.
mod jsonpath;
/// Charts of this machine.
mod local;
/// Helm's log lines.
mod log;
/// Tables, JSON and YAML.
mod output;
/// Signatures of charts of this machine.
mod provenance;
/// Wrong usage, in Helm's words.
mod usage;
/// Values flags to values.
mod values;

use std::ffi::OsString;
use std::process::ExitCode;

use usage::Refusal;

/// Runs one command line and says how it ended: 0 done, 1 failed.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match usage::parse(arguments) {
        Ok(args) => args,
        Err(Refusal::Answer(answer)) => {
            // An output that is closed already is nobody's fault.
            let _ = answer.print();
            return ExitCode::SUCCESS;
        }
        Err(Refusal::Wrong(text)) => {
            output::error(&format!("Error: {text}"));
            return ExitCode::FAILURE;
        }
    };
    log::set_debug(args.debug);
    match command::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&format!("Error: {}", sentence(&error)));
            ExitCode::FAILURE
        }
    }
}

/// The causes in one line; of an answer of the API server, its message and nothing else.
fn sentence(error: &anyhow::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    for cause in error.chain() {
        if let Some(kube::Error::Api(status)) = cause.downcast_ref() {
            words.push(status.message.clone());
            break;
        }
        let text = cause.to_string();
        // Some libraries repeat their cause in their own text.
        if words.last().is_none_or(|last| !last.ends_with(&text)) {
            words.push(text);
        }
    }
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn flags_do_not_contradict_each_other() {
        crate::args::Args::command().debug_assert();
    }
}
