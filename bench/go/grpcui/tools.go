//go:build tools

// A module that only names grpcui, so that it is built by exact version like the other peers.
package tools

import _ "github.com/fullstorydev/grpcui/cmd/grpcui"
