// One click is one execution, whatever becomes of streams and connections on the way.
import http2, { type ServerHttp2Stream } from "node:http2";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { answerGrpc, startRawH2 } from "@rpcdeck/testkit";
import { expect, it } from "vitest";
import { startTestGateway, testInstance } from "./test-gateway.ts";

const clicks = 1_000;

/** Executions by the click's own id. */
type Executed = Map<string, number>;

function execute(stream: ServerHttp2Stream, id: unknown, executed: Executed): void {
  executed.set(String(id), (executed.get(String(id)) ?? 0) + 1);
  answerGrpc(stream, [new Uint8Array()]);
}

/** Sends every click once, some at a time; answers those that did not end OK, with why. */
async function click(url: string, atOnce: number): Promise<string[]> {
  const client = createClient(Greeter, createGrpcTransport({ baseUrl: url }));
  const failed: string[] = [];
  let next = 0;
  const clicker = async (): Promise<void> => {
    for (let id = next++; id < clicks; id = next++) {
      await client.sayHello({}, { headers: { "x-click": String(id) } }).catch((error: unknown) => failed.push(`${id}: ${String(error)}`));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, clicker));
  return failed;
}

it.each([1, 8])(
  "loses none of 1,000 calls, %i at once, to a server that says GOAWAY when one is over, and executes none twice",
  async (atOnce) => {
    const executed: Executed = new Map();
    let goaways = 0;
    const server = await startRawH2((stream, headers, session) => {
      execute(stream, headers["x-click"], executed);
      stream.once("close", () => {
        if (session.closed) return;
        goaways++;
        session.close(); // GOAWAY with the last stream it takes; those under way are finished
      });
    });
    await using gateway = await startTestGateway({ instances: [testInstance(server.address, "grpc")] });
    expect(await click(gateway.url, atOnce)).toEqual([]);
    expect(executed.size).toBe(clicks);
    expect([...executed.values()].every((times) => times === 1)).toBe(true);
    expect(goaways).toBeGreaterThanOrEqual(clicks / atOnce / 2);
    await server.close();
  },
);

it("sends again only what a server provably did not see, while another one is there", async () => {
  const executed: Executed = new Map();
  const resets = { refused: 0, after: 0 };
  let seen = 0;
  const shaky = await startRawH2((stream, headers, session) => {
    seen++;
    if (seen % 8 === 0) {
      resets.refused++;
      stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
    } else if (seen % 50 === 1) {
      // Executed, and the answer is lost: to send that again would execute it twice.
      resets.after++;
      executed.set(String(headers["x-click"]), (executed.get(String(headers["x-click"])) ?? 0) + 1);
      stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    } else {
      execute(stream, headers["x-click"], executed);
      if (seen % 10 === 5 && !session.closed) session.close();
    }
  });
  const steady = await startRawH2((stream, headers) => execute(stream, headers["x-click"], executed));
  await using gateway = await startTestGateway({
    instances: [testInstance(shaky.address, "grpc", "shaky"), testInstance(steady.address, "grpc", "steady")],
  });
  const failed = await click(gateway.url, 8);
  expect(resets.refused).toBeGreaterThan(30);
  expect(resets.after).toBeGreaterThan(5);
  expect([...executed.values()].filter((times) => times > 1)).toEqual([]);
  expect(executed.size).toBe(clicks);
  expect(failed).toHaveLength(resets.after);
  expect(failed.every((text) => /internal/iu.test(text))).toBe(true);
  await shaky.close();
  await steady.close();
});
