//! In which order kinds are created and deleted.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindOrder {
    Install,
    Uninstall,
}
