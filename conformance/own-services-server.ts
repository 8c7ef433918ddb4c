// The "server under test" of the Connect conformance runner: the suite's service as one of the gateway's own, behind its inbound side, its
// relay and its transcoder, in this process and without a backend. Environment: DESCRIPTORS.
import { createLocalCodec } from "../apps/gateway/src/outbound/local.ts";
import { startTestGateway, testInstance } from "../apps/gateway/src/test-gateway.ts";
import { registerConformanceService } from "./conformance-service.ts";
import { readSizedMessage, sizedMessage } from "./sized-messages.ts";
import { readSuiteTypes } from "./suite-types.ts";

const types = readSuiteTypes(process.env["DESCRIPTORS"] ?? "");
const { registry } = types;
const request = types.read("ServerCompatRequest", await readSizedMessage(process.stdin));
const certificate = request.child("server_creds");
const clientAuthority = request.bytes("client_tls_cert");
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const tls =
  certificate === undefined
    ? undefined
    : {
        cert: text(certificate.bytes("cert")),
        key: text(certificate.bytes("key")),
        clientCa: clientAuthority.length === 0 ? undefined : text(clientAuthority),
      };
const local = createLocalCodec({
  routes: (router) => registerConformanceService(router, types),
  registry,
  maxMessageBytes: request.number("message_receive_limit"),
  bidiHeadersWaitMs: 5_000, // the first request says which headers are wanted
  onBug: (error, path) => console.error(path, error),
});
const gateway = await startTestGateway({
  instances: [testInstance("127.0.0.1:0", "local")],
  codecs: { local },
  registry,
  inbound: { tls },
});
const pemCert = certificate?.bytes("cert") ?? new Uint8Array();
process.stdout.write(sizedMessage(types.write("ServerCompatResponse", { host: "127.0.0.1", port: gateway.port, pemCert })));
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => void gateway[Symbol.asyncDispose]().then(() => process.exit(0)));
}
