//! Values flags to values.

use std::io::Read as _;
use std::path::Path;

use anyhow::Result;
use helmx_chart::strvals::Options;
use helmx_yaml::{Data, Map};
use serde_json::Value;

use crate::args::ValuesFlags;
use crate::local;

/// The largest values file that is read.
const MAX_FILE: u64 = 16 << 20;

/// What the flags add up to, as Helm adds it up.
///
/// # Errors
/// A file that cannot be read, a flag that cannot be parsed; in Helm's words.
pub fn of_flags(flags: &ValuesFlags) -> Result<Map> {
    let options = Options {
        value_files: flags.values.clone(),
        set_json: flags.set_json.clone(),
        set: flags.set.clone(),
        set_string: flags.set_string.clone(),
        set_file: flags.set_file.clone(),
        set_literal: flags.set_literal.clone(),
    };
    Ok(options.merge(&mut read)?)
}

/// Whether any flag was given.
pub fn is_empty(flags: &ValuesFlags) -> bool {
    let ValuesFlags { values, set, set_string, set_json, set_file, set_literal } = flags;
    [values, set, set_string, set_json, set_file, set_literal].iter().all(|given| given.is_empty())
}

/// Values for the API: whole numbers as such.
///
/// # Errors
/// Values that are no JSON.
pub fn to_json(values: &Map) -> Result<Value> {
    Ok(serde_json::from_str(&helmx_yaml::json::encode(&Data::Map(values.clone()))?)?)
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    if path.trim() != "-" {
        return local::bytes(Path::new(path), MAX_FILE).map_err(|error| error.to_string());
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("standard input is larger than {MAX_FILE} bytes"));
    }
    Ok(bytes)
}
