import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type DemoService, demoServices, startDemoServer } from "./demo-server.ts";
import { register } from "./registration.ts";

/** What the supervisor may send. */
interface BehaviourMessage {
  readonly kind: "behaviour";
  readonly delayMs: number;
  readonly failPercent: number;
}

const { values } = parseArgs({
  options: {
    name: { type: "string" },
    service: { type: "string" },
    protocol: { type: "string", default: "grpc" },
    registry: { type: "string" },
    zone: { type: "string", default: "local" },
    version: { type: "string", default: "0.1.0" },
    descriptors: { type: "string" },
  },
});
const { name, service, protocol, registry } = values;
if (name === undefined || registry === undefined || !isDemoService(service) || !["grpc", "connect", "grpc-web"].includes(protocol)) {
  console.error(
    "usage: main.ts --name NAME --service greeter|arith|addressbook --protocol grpc|connect|grpc-web --registry URL [--zone ZONE] [--version VERSION] [--descriptors FILE]",
  );
  process.exit(2);
}

const descriptors = values.descriptors ?? new URL("../../../packages/protocol/descriptors.binpb", import.meta.url);
const server = await startDemoServer({ name, service, descriptorSet: readFileSync(descriptors) });
const metadata = { "rpcdeck.protocol": protocol, version: values.version, zone: values.zone };
const registration = register({
  registry,
  password: process.env["RPCDECK_REGISTRY_PASSWORD"],
  key: `${demoServices[service][0]}/${name}`,
  value: JSON.stringify({ Op: 0, Addr: server.address, Metadata: metadata }),
});

let isEnding = false;
const end = async () => {
  if (!isEnding) {
    isEnding = true;
    await registration.revoke();
    await server.close();
    process.exit(0);
  }
};
process.on("SIGTERM", () => void end());
// Ctrl-C reaches every process of the terminal. Under a supervisor that one decides: calls to us may be under way.
process.on("SIGINT", () => {
  if (process.send === undefined) void end();
});
// The supervisor is gone, and with it the registry: nobody needs us any more.
process.on("disconnect", () => process.exit(0));
process.on("message", (message) => {
  if (isBehaviour(message)) {
    server.setBehaviour(message);
    process.send?.({ kind: "behaved" });
  }
});

process.send?.({ kind: "listening", address: server.address });
await registration.registered;
if (process.send === undefined) {
  console.log(`${name} registered as ${demoServices[service][0]} at ${server.address}`);
} else {
  process.send({ kind: "registered" });
}

function isDemoService(text: string | undefined): text is DemoService {
  return text !== undefined && Object.hasOwn(demoServices, text);
}

function isBehaviour(message: unknown): message is BehaviourMessage {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === "behaviour";
}
