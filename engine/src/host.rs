//! Everything impure, supplied by the caller: the cluster, the clock, randomness.

use helmx_chart::Warning;
use helmx_yaml::Data;
use jiff::Timestamp;

/// What a render may ask of the world outside.
pub trait Host {
    /// `lookup`: an object, or a list if `name` is empty. An empty `namespace` means all of them.
    /// What does not exist is an empty map, not an error.
    ///
    /// # Errors
    /// A message that ends the render.
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Data, String>;

    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Fills `buffer` with bytes fit for keys and passwords.
    ///
    /// # Errors
    /// A message that ends the render, if there is no randomness.
    fn random(&self, buffer: &mut [u8]) -> Result<(), String>;

    /// Takes what Helm logs of `required` and `fail` while it lints.
    fn log(&self, _warning: Warning) {}

    /// Whether the render has to end now: its time is over. It is asked often, so it should only look at a flag.
    fn is_over(&self) -> bool {
        false
    }
}
