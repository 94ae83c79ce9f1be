//go:build tools

// Package etcd pins the command that tests/cluster builds.
package etcd

import _ "go.etcd.io/etcd/server/v3"
