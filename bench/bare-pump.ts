// The least a Node process can do: node:http2 streams joined by hand, no policy, no catalog, no limit. What the runtime allows.
// Usage: node bench/bare-pump.ts BACKEND_URL
import { connect, createServer, type IncomingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";

const backend = connect(process.argv[2] ?? "");
const server = createServer();
server.on("stream", (inbound, headers) => {
  const outbound = backend.request({
    ":method": "POST",
    ":path": headers[":path"],
    "content-type": headers["content-type"],
    te: "trailers",
  });
  let trailers: IncomingHttpHeaders = {};
  inbound.on("data", (chunk: Buffer) => outbound.write(chunk));
  inbound.on("end", () => outbound.end());
  outbound.on("response", (answer, flags) => {
    const { ":status": status, ...rest } = answer;
    if ((flags & 1) !== 0) inbound.respond({ ":status": status, ...rest }, { endStream: true });
    else inbound.respond({ ":status": status, ...rest }, { waitForTrailers: true });
  });
  outbound.on("data", (chunk: Buffer) => inbound.write(chunk));
  outbound.on("trailers", (found) => {
    trailers = found;
  });
  inbound.on("wantTrailers", () => inbound.sendTrailers(trailers));
  outbound.on("end", () => inbound.end());
  inbound.on("error", () => outbound.close());
  outbound.on("error", () => inbound.close());
});
server.listen(0, "127.0.0.1", () => {
  console.log(`ready 127.0.0.1:${(server.address() as AddressInfo).port}`);
});
