//! Names that Helm and Kubernetes accept.
