// AddressBook and Chat in grpc-go: all four kinds of method, with server reflection, and optionally registered in etcd.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"sort"
	"strings"
	"sync"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"rpcdeck.dev/peers/demo"
	"rpcdeck.dev/peers/internal/registry"
	"rpcdeck.dev/peers/pb"
)

type book struct {
	pb.UnimplementedAddressBookServiceServer
	mu     sync.Mutex
	people map[int32]*pb.Person
	name   string
}

func (b *book) put(person *pb.Person) (created bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if person.Id == 0 {
		for b.people[person.Id] != nil || person.Id == 0 {
			person.Id++
		}
	}
	_, exists := b.people[person.Id]
	b.people[person.Id] = person
	return !exists
}

func (b *book) AddPerson(_ context.Context, person *pb.Person) (*pb.AddPersonResponse, error) {
	created := b.put(person)
	return &pb.AddPersonResponse{Person: person, Created: created, ServedBy: b.name}, nil
}

func (b *book) GetPerson(_ context.Context, request *pb.GetPersonRequest) (*pb.Person, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	person := b.people[request.Id]
	if person == nil {
		return nil, status.Errorf(codes.NotFound, "nobody has id %d", request.Id)
	}
	return person, nil
}

func (b *book) ListPeople(request *pb.ListPeopleRequest, stream grpc.ServerStreamingServer[pb.Person]) error {
	b.mu.Lock()
	var found []*pb.Person
	for _, person := range b.people {
		if strings.HasPrefix(person.Name, request.NamePrefix) {
			found = append(found, person)
		}
	}
	b.mu.Unlock()
	sort.Slice(found, func(i, j int) bool { return found[i].Id < found[j].Id })
	if request.Limit > 0 && int(request.Limit) < len(found) {
		found = found[:request.Limit]
	}
	for _, person := range found {
		if err := stream.Send(person); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) ImportPeople(stream grpc.ClientStreamingServer[pb.Person, pb.ImportPeopleResponse]) error {
	answer := &pb.ImportPeopleResponse{ServedBy: b.name}
	for {
		person, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(answer)
		}
		if err != nil {
			return err
		}
		if b.put(person) {
			answer.Added++
		} else {
			answer.Replaced++
		}
	}
}

type chat struct {
	demo.UnimplementedChatServer
	name string
}

func (c *chat) Converse(stream grpc.BidiStreamingServer[demo.ConverseRequest, demo.ConverseResponse]) error {
	var seq uint64
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if request.Text == "fail" {
			return status.Error(codes.Aborted, "you asked for it")
		}
		seq++
		if err := stream.Send(&demo.ConverseResponse{Seq: seq, From: c.name, Text: "you said " + request.Text, At: timestamppb.Now()}); err != nil {
			return err
		}
	}
}

func (c *chat) EchoKitchenSink(_ context.Context, sink *demo.KitchenSink) (*demo.KitchenSink, error) {
	return sink, nil
}

func (c *chat) EchoProto2(_ context.Context, sink *demo.KitchenSinkProto2) (*demo.KitchenSinkProto2, error) {
	return sink, nil
}

func (c *chat) EchoEditions(_ context.Context, sink *demo.KitchenSinkEditions) (*demo.KitchenSinkEditions, error) {
	return sink, nil
}

func main() {
	listen := flag.String("listen", "127.0.0.1:50052", "address to listen on; port 0 picks one")
	etcd := flag.String("etcd", "", "etcd endpoints to register at, comma-separated; empty for none")
	target := flag.String("target", "addressbook-go", "name to register under")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(64 << 20))
	pb.RegisterAddressBookServiceServer(server, &book{people: map[int32]*pb.Person{}, name: *target})
	demo.RegisterChatServer(server, &chat{name: *target})
	reflection.Register(server)
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
