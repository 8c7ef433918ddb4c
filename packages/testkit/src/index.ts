export { clientCertificate, otherCertificate, serverCertificate, testAuthority, type TestCertificate } from "./certificates.ts";
export { startBackend, type BackendOptions, type TestBackend } from "./backend.ts";
export { demoServices, type Seen } from "./demo-services.ts";
export { listen, type TestServer } from "./listen.ts";
export { answerGrpc, grpcEnvelope, startRawH2, type RawH2Server } from "./raw-h2.ts";
