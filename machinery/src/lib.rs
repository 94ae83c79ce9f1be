//! The Kubernetes side of an extension API server.
