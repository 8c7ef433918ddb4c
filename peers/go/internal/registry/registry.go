// Package registry registers a server in etcd by the gRPC naming convention, with etcd's own client and nothing else.
package registry

import (
	"context"
	"fmt"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/naming/endpoints"
)

// Register writes target/address with a lease and keeps it alive until ctx ends; then it revokes the lease.
// The returned function waits for that.
func Register(ctx context.Context, etcd, target, address string, ttl int64) (func(), error) {
	client, err := clientv3.New(clientv3.Config{Endpoints: strings.Split(etcd, ","), DialTimeout: 5 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("etcd client: %w", err)
	}
	lease, err := client.Grant(ctx, ttl)
	if err != nil {
		return nil, fmt.Errorf("lease grant: %w", err)
	}
	manager, err := endpoints.NewManager(client, target)
	if err != nil {
		return nil, fmt.Errorf("endpoint manager: %w", err)
	}
	if err := manager.AddEndpoint(ctx, target+"/"+address, endpoints.Endpoint{Addr: address}, clientv3.WithLease(lease.ID)); err != nil {
		return nil, fmt.Errorf("add endpoint: %w", err)
	}
	alive, err := client.KeepAlive(ctx, lease.ID)
	if err != nil {
		return nil, fmt.Errorf("keepalive: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range alive {
		}
		end, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_, _ = client.Revoke(end, lease.ID) // the lease runs out by itself when etcd is away
		_ = client.Close()
	}()
	return func() { <-done }, nil
}
