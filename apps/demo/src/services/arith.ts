import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { Arith } from "@rpcdeck/protocol/arith/v1/arith_pb.ts";
import { BadRequestSchema, ErrorInfoSchema } from "@rpcdeck/protocol/google/rpc/error_details_pb.ts";
import { pause } from "./pause.ts";

/** Rows that Table sends when asked for 0. */
const defaultRows = 12;
/** Most rows that Table sends. */
const maxRows = 1_000_000;
/** Longest pause between two rows, in milliseconds. */
const maxIntervalMs = 10_000;
/** Rows sent in a run before the event loop gets a turn, so that a long table does not starve other calls. */
const rowsPerTurn = 256;

/** Whole-number arithmetic on int64, wrapping around like Go's. Keeps no state. */
export function createArith(): ServiceImpl<typeof Arith> {
  return {
    mul: (request) => ({ product: BigInt.asIntN(64, request.a * request.b) }),

    div(request) {
      if (request.b === 0n) {
        throw invalidField("b", "is 0, and nothing can be divided by zero", "DIVISION_BY_ZERO");
      }
      return { quo: BigInt.asIntN(64, request.a / request.b), rem: request.a % request.b };
    },

    async *table(request, context) {
      if (request.rows < 0 || request.rows > maxRows) {
        throw invalidField("rows", `is ${request.rows}; allowed are 0 to ${maxRows}`, "OUT_OF_RANGE");
      }
      if (request.intervalMs < 0 || request.intervalMs > maxIntervalMs) {
        throw invalidField("interval_ms", `is ${request.intervalMs}; allowed are 0 to ${maxIntervalMs}`, "OUT_OF_RANGE");
      }
      const rows = request.rows === 0 ? defaultRows : request.rows;
      for (let row = 1; row <= rows; row++) {
        if (row > 1 && (request.intervalMs > 0 || row % rowsPerTurn === 0)) {
          await pause(request.intervalMs, context.signal);
        }
        yield { b: BigInt(row), product: BigInt.asIntN(64, request.a * BigInt(row)) };
      }
    },
  };
}

function invalidField(field: string, problem: string, reason: string): ConnectError {
  return new ConnectError(`field ${field} ${problem}`, Code.InvalidArgument, undefined, [
    { desc: BadRequestSchema, value: { fieldViolations: [{ field, description: problem }] } },
    { desc: ErrorInfoSchema, value: { reason, domain: "arith.rpcdeck.dev", metadata: { field } } },
  ]);
}
