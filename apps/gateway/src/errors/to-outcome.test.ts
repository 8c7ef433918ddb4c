import { fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@rpcdeck/protocol/google/rpc/error_details_pb.ts";
import { GatewayFaultSchema } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { expect, test } from "vitest";
import { GatewayError, gatewayFaults } from "./gateway-error.ts";
import { toConnectError, toOutcome } from "./to-outcome.ts";

test("a gateway fault carries its status, message, literal code, hint and info", () => {
  const outcome = toOutcome(new GatewayError("unknown_method", "pb.Greeter has no method SayHi", { info: { near: "SayHello" } }));
  expect(outcome.code).toBe(12);
  expect(outcome.message).toBe("pb.Greeter has no method SayHi");
  const fault = fromBinary(GatewayFaultSchema, outcome.details[0]!.bytes);
  expect(outcome.details[0]!.typeUrl).toBe("type.googleapis.com/rpcdeck.v1.GatewayFault");
  expect(fault).toMatchObject({ code: "unknown_method", hint: gatewayFaults.unknown_method.hint, info: { near: "SayHello" } });
});

test("an error of our own services keeps code, details and metadata", () => {
  const error = new ConnectError("no", Code.NotFound, { "x-a": "1" }, [{ desc: ErrorInfoSchema, value: { reason: "R" } }]);
  const outcome = toOutcome(error);
  expect(outcome).toMatchObject({ code: 5, message: "no", trailers: [["x-a", "1"]] });
  expect(fromBinary(ErrorInfoSchema, outcome.details[0]!.bytes).reason).toBe("R");
});

test("an unexpected error says nothing about itself", () => {
  expect(toOutcome(new Error("password=hunter2"))).toMatchObject({ code: 13, details: [] });
  expect(toOutcome(new Error("password=hunter2")).message).not.toContain("hunter2");
});

test("a fault thrown by a service of our own has the same status and detail", () => {
  const error = new GatewayError("schema_unknown", "schema abc is not known here");
  expect(toOutcome(toConnectError(error))).toEqual(toOutcome(error));
});
