//! Behaviour across crates: differential against Helm, end to end on a real control plane.
