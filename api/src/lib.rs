//! The resources of helmx as they go over the wire.
