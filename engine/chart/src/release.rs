//! The record of a release, exactly as Helm stores it.
