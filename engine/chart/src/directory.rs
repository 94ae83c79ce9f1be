//! A chart folder on disk to a [`Chart`]: the only file here that touches a file system.
