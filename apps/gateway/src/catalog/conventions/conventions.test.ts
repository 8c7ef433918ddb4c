import { describe, expect, test } from "vitest";
import type { RawRecord } from "../instance.ts";
import { readRecord } from "./conventions.ts";
import { registeredAddress } from "./registered-address.ts";

const record = (key: string, value: string): RawRecord => ({
  key,
  value: new TextEncoder().encode(value),
  createRevision: 5n,
  modRevision: 7n,
  version: 2n,
  lease: 9n,
  convention: "",
});

function read(key: string, value: string) {
  const { record: named, instances } = readRecord(record(key, value), "etcd");
  return { convention: named.convention, instances };
}

describe("grpc naming records", () => {
  test("say address, protocol and version; the key up to its last slash is the name", () => {
    const value = { Op: 0, Addr: "10.0.0.1:50051", Metadata: { "rpcdeck.protocol": "connect", version: "1.2.0", weight: 3, zone: "a" } };
    const { convention, instances } = read("pb.Greeter/greeter-1", JSON.stringify(value));
    expect(convention).toBe("grpc-naming");
    expect(instances).toMatchObject([
      {
        id: "etcd/pb.Greeter/greeter-1",
        label: "greeter-1",
        registeredAs: "pb.Greeter",
        services: undefined,
        protocol: "connect",
        protocolName: "Connect",
        address: "10.0.0.1:50051",
        version: "1.2.0",
        weight: 3,
        labels: { zone: "a", weight: "3" },
        lease: { id: 9n, grantedMs: undefined },
        revision: 7n,
        raw: { convention: "grpc-naming", key: "pb.Greeter/greeter-1" },
      },
    ]);
  });

  test("are gRPC without metadata, and may have any name", () => {
    expect(read("/svc/user/127.0.0.1:1", '{"Op":0,"Addr":"127.0.0.1:1","Metadata":null}').instances).toMatchObject([
      { registeredAs: "/svc/user", label: "127.0.0.1:1", protocol: "grpc", version: "", weight: 1 },
    ]);
    expect(read("alone", '{"Addr":"host:80"}').instances).toMatchObject([{ registeredAs: "alone", label: "alone" }]);
  });

  test("name a protocol that cannot be called yet as it is", () => {
    expect(read("a/b", '{"Addr":"h:1","Metadata":{"rpcdeck.protocol":"thrift"}}').instances).toMatchObject([
      { protocol: "other", protocolName: "thrift" },
    ]);
  });

  test.each(["", "{", "[]", "null", '"Addr"', '{"Addr":1}', "x".repeat(100)])("are not what %j is", (value) => {
    expect(read("a/b", value)).toEqual({ convention: "", instances: [] });
  });
});

describe("rpcx records", () => {
  test("are instances with a query string, which cannot be called yet", () => {
    expect(read("/rpcx/test/Arith/tcp@localhost:8972", "group=a&group=b&weight=10")).toMatchObject({
      convention: "rpcx",
      instances: [
        {
          label: "tcp@localhost:8972",
          registeredAs: "Arith",
          services: [],
          protocol: "other",
          protocolName: "rpcx",
          address: "localhost:8972",
          weight: 10,
          labels: { network: "tcp", group: "a, b", weight: "10" },
        },
      ],
    });
    expect(read("my/base/Arith/quic@h:1", "").instances).toHaveLength(1);
  });

  test.each([
    ["/rpcx/test", "rpcx_path"],
    ["rpcx/test/Arith", "Arith"],
    ["/other/base", "rpcx_path"],
  ])("have base and service keys, such as %s, without an instance", (key, value) => {
    expect(read(key, value)).toEqual({ convention: "rpcx", instances: [] });
  });
});

test.each([
  ["10.0.0.1:80", "10.0.0.1:80"],
  ["[::1]:80", "[::1]:80"],
  ["my-host.example:65535", "my-host.example:65535"],
  ["host", undefined],
  ["host:0", undefined],
  ["host:65536", undefined],
  ["unix:/tmp/x", undefined],
  ["user@host:80", undefined],
  ["host:80/path", undefined],
  [" host:80", undefined],
])("takes %j from a registry as the address %j", (text, expected) => {
  expect(registeredAddress(text)).toBe(expected);
});
