// vanguard-go in front of one gRPC backend over h2c: the peer our relay is measured beside.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"

	"connectrpc.com/vanguard"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	backend := flag.String("backend", "127.0.0.1:50051", "gRPC backend")
	descriptors := flag.String("descriptors", "", "FileDescriptorSet")
	services := flag.String("services", "pb.Greeter", "services to relay, comma-separated")
	flag.Parse()

	bytes, err := os.ReadFile(*descriptors)
	if err != nil {
		log.Fatal(err)
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(bytes, &set); err != nil {
		log.Fatal(err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		log.Fatal(err)
	}
	transport := &http2.Transport{AllowHTTP: true, DialTLSContext: func(ctx context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: *backend})
	proxy.Transport = transport
	proxy.FlushInterval = -1
	var relayed []*vanguard.Service
	for _, name := range strings.Split(*services, ",") {
		found, err := files.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			log.Fatal(err)
		}
		relayed = append(relayed, vanguard.NewServiceWithSchema(found.(protoreflect.ServiceDescriptor), proxy, vanguard.WithTargetProtocols(vanguard.ProtocolGRPC), vanguard.WithTargetCodecs("proto")))
	}
	handler, err := vanguard.NewTranscoder(relayed)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready", listener.Addr())
	log.Fatal(http.Serve(listener, h2c.NewHandler(handler, &http2.Server{})))
}
