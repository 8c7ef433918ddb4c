/** An RPC content type: which protocol it belongs to and which codec its messages have. */
export interface RpcContentType {
  readonly protocol: "grpc" | "grpc-web" | "grpc-web-text" | "connect-stream" | "connect-unary";
  /** "proto", "json" or any other subtype, in lower case. */
  readonly codec: string;
}

/**
 * What a content-type header says; undefined when it is no RPC's. Parameters such as charset are ignored. Only `application/proto` and
 * `application/json` are unary Connect: any other `application/` type may be an ordinary upload.
 */
export function parseRpcContentType(value: string): RpcContentType | undefined {
  const semicolon = value.indexOf(";");
  const type = (semicolon === -1 ? value : value.slice(0, semicolon)).trim().toLowerCase();
  if (!type.startsWith("application/")) return undefined;
  const subtype = type.slice("application/".length);
  if (subtype === "grpc") return { protocol: "grpc", codec: "proto" };
  if (subtype.startsWith("grpc+")) return withCodec("grpc", subtype.slice(5));
  if (subtype === "grpc-web") return { protocol: "grpc-web", codec: "proto" };
  if (subtype.startsWith("grpc-web+")) return withCodec("grpc-web", subtype.slice(9));
  if (subtype === "grpc-web-text") return { protocol: "grpc-web-text", codec: "proto" };
  if (subtype.startsWith("grpc-web-text+")) return withCodec("grpc-web-text", subtype.slice(14));
  if (subtype.startsWith("connect+")) return withCodec("connect-stream", subtype.slice(8));
  if (subtype === "proto" || subtype === "json") return { protocol: "connect-unary", codec: subtype };
  return undefined;
}

/** The content-type header of a protocol and codec. */
export function rpcContentType(protocol: RpcContentType["protocol"], codec: string): string {
  switch (protocol) {
    case "connect-unary":
      return `application/${codec}`;
    case "connect-stream":
      return `application/connect+${codec}`;
    case "grpc":
    case "grpc-web":
    case "grpc-web-text":
      return `application/${protocol}+${codec}`;
  }
}

function withCodec(protocol: RpcContentType["protocol"], codec: string): RpcContentType | undefined {
  return codec === "" ? undefined : { protocol, codec };
}
