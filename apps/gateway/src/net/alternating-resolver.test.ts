// A name whose answer changes between the check and the call (DNS rebinding of the gateway itself).
import { startRawH2 } from "@rpcdeck/testkit";
import { expect, it } from "vitest";
import { createAddressPolicy } from "./address-policy.ts";
import { dial } from "./dial.ts";
import { createEndpoint } from "./endpoint.ts";

it("asks a resolver once for each connection and dials that answer only, in 1,000 dials of a name that alternates", async () => {
  const server = await startRawH2(() => {});
  const port = server.address.split(":")[1] ?? "";
  let lookups = 0;
  const policy = createAddressPolicy({
    lookup: () => Promise.resolve([{ address: lookups++ % 2 === 0 ? "127.0.0.1" : "169.254.169.254", family: 4 }]),
  });
  const endpoint = createEndpoint(`two-faced.test:${port}`, { kind: "plaintext" }, "typed", "h2");
  const far = new Map<string, number>();
  for (let at = 0; at < 1_000; at++) {
    const end = await dial(endpoint, { policy, alpn: ["h2"], timeoutMs: 5_000 }).then(
      ({ raw }) => {
        const address = raw.remoteAddress ?? "";
        raw.destroy();
        return address;
      },
      (error: Error & { code: string }) => error.code,
    );
    far.set(end, (far.get(end) ?? 0) + 1);
  }
  expect(Object.fromEntries(far)).toEqual({ "127.0.0.1": 500, target_forbidden: 500 });
  expect(lookups).toBe(1_000);
  await server.close();
});
