// The study note's Greeter: grpc-go with server reflection, and optionally registered in etcd.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"rpcdeck.dev/peers/internal/registry"
	"rpcdeck.dev/peers/pb"
)

type greeter struct {
	pb.UnimplementedGreeterServer
}

func (greeter) SayHello(_ context.Context, request *pb.HelloRequest) (*pb.HelloReply, error) {
	return &pb.HelloReply{Message: "hello " + request.Name}, nil
}

// followHealthSignals says NOT_SERVING after SIGUSR1 and SERVING after SIGUSR2.
func followHealthSignals(checks *health.Server) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	for each := range signals {
		status := healthpb.HealthCheckResponse_SERVING
		if each == syscall.SIGUSR1 {
			status = healthpb.HealthCheckResponse_NOT_SERVING
		}
		checks.SetServingStatus("", status)
	}
}

func main() {
	listen := flag.String("listen", "127.0.0.1:50051", "address to listen on; port 0 picks one")
	etcd := flag.String("etcd", "", "etcd endpoints to register at, comma-separated; empty for none")
	target := flag.String("target", "greeter-go", "name to register under")
	withReflection := flag.Bool("reflection", true, "serve server reflection")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	pb.RegisterGreeterServer(server, greeter{})
	checks := health.NewServer()
	healthpb.RegisterHealthServer(server, checks)
	go followHealthSignals(checks)
	if *withReflection {
		reflection.Register(server)
	}
	wait := func() {}
	if *etcd != "" {
		if wait, err = registry.Register(ctx, *etcd, *target, listener.Addr().String(), 5); err != nil {
			log.Fatal(err)
		}
	}
	go func() {
		<-ctx.Done()
		wait()
		server.Stop()
	}()
	fmt.Println("ready", listener.Addr())
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
