//! kubectl helmx: Helm's commands over the helmx API, and offline.
