import { outcomeFromTrailers, toBase64, writeConnectError, type Outcome } from "@rpcdeck/frames";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readConnectError } from "./read-connect-error.ts";
import { readSource } from "./read-source.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const noSchema = { desc: undefined, registry: undefined };

test("reads any error body as the status that gRPC sends for it", () => {
  const detail = fc.record({
    typeUrl: fc.constantFrom("type.googleapis.com/google.rpc.ErrorInfo", "type.googleapis.com/a.B"),
    bytes: fc.uint8Array({ maxLength: 20 }),
  });
  const errors = fc.record({
    code: fc.integer({ min: 1, max: 16 }),
    message: fc.string(),
    details: fc.array(detail, { minLength: 1, maxLength: 3 }),
  });
  fc.assert(
    fc.property(errors, (error) => {
      const outcome: Outcome = { ...error, headers: [], trailers: [] };
      const bytes = readConnectError(text(writeConnectError(outcome)));
      const back = outcomeFromTrailers([
        ["grpc-status", String(error.code)],
        ["grpc-status-details-bin", toBase64(bytes ?? new Uint8Array())],
      ]);
      expect({ ...back, details: back?.details.map((one) => [one.typeUrl, [...one.bytes]]) }).toMatchObject({
        code: error.code,
        message: error.message,
        details: error.details.map((one) => [one.typeUrl, [...one.bytes]]),
      });
    }),
  );
});

test("reads the error at the end of a Connect stream, and names the type", () => {
  const read = readSource({ kind: "text", text: '{"error":{"code":"not_found","message":"no"},"metadata":{}}' }, undefined, noSchema);
  expect(read).toMatchObject({ readAs: "connect-error", typeName: "google.rpc.Status", bytes: Uint8Array.of(8, 5, 18, 2, 110, 111) });
  expect(read.choices).toContain("text");
});

test("leaves the text itself to whoever wants it", () => {
  const source = { kind: "text", text: '{"code":"internal"}' } as const;
  expect(readSource(source, "text", noSchema)).toMatchObject({ readAs: "text", typeName: undefined });
});

test.each(["", "{", '{"code":5}', '{"code":"none_of_ours"}', '{"message":"x"}', '[{"code":"internal"}]', "null", "0a02"])(
  "takes no error from %j",
  (other) => {
    expect(readConnectError(other)).toBeUndefined();
  },
);
