import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  InstanceSchema,
  WatchTrafficResponse_InstanceTrafficSchema as InstanceTrafficSchema,
  WatchTrafficResponse_TickSchema as TickSchema,
} from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { expect, it } from "vitest";
import { loadOf } from "./load-of.ts";

const now = 1_000_000_000;
const both = create(InstanceSchema, { id: "both", services: ["pb.Greeter", "arith.v1.Arith", "grpc.health.v1.Health"] });
const one = create(InstanceSchema, { id: "one", services: ["pb.Greeter", "grpc.health.v1.Health"] });
const ticks = (service: string, instanceId: string, ...secondsAgo: number[]) =>
  secondsAgo.map((seconds) => create(TickSchema, { service, instanceId, at: timestampFromMs(now - seconds * 1000 - 1) }));
const traffic = {
  byInstance: new Map([
    ["both", create(InstanceTrafficSchema, { instanceId: "both", calls: 30, callsPerSecond: [9, 9] })],
    ["one", create(InstanceTrafficSchema, { instanceId: "one", calls: 10, callsPerSecond: [1, 2] })],
  ]),
  ticksByService: new Map([
    ["pb.Greeter", [...ticks("pb.Greeter", "both", 90, 3), ...ticks("pb.Greeter", "one", 3, 1, 0)]],
    ["arith.v1.Arith", ticks("arith.v1.Arith", "both", 2)],
  ]),
};
const group = (kind: "service" | "source", name: string) => ({ key: name, name, kind, instances: [both, one] });

it("shares a service's calls of the last minute among its instances, calls to other services left out", () => {
  expect(loadOf(both, group("service", "pb.Greeter"), traffic, now)).toEqual({ share: 1 / 4, perSecond: [1, 0, 0, 0] });
  expect(loadOf(one, group("service", "pb.Greeter"), traffic, now)).toEqual({ share: 3 / 4, perSecond: [1, 2] });
  expect(loadOf(both, group("service", "arith.v1.Arith"), traffic, now)).toEqual({ share: 1, perSecond: [1, 0, 0] });
});

it("shares all calls where the group is a source, and says nothing without calls", () => {
  expect(loadOf(one, group("source", "embedded"), traffic, now).share).toBe(1 / 4);
  expect(loadOf(one, group("service", "rpcdeck.demo.v1.Chat"), traffic, now)).toEqual({ share: undefined, perSecond: [] });
  expect(loadOf(one, group("source", "embedded"), undefined, now)).toEqual({ share: undefined, perSecond: [] });
});
