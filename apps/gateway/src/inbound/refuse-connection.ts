import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** Why a connection is refused before it had a request. */
export interface ConnectionRefusal {
  /** HTTP/1.1 status. */
  readonly status: 400 | 403 | 408 | 431 | 503;
  /** Error code of HTTP/2's GOAWAY (RFC 9113, section 7). */
  readonly goaway: typeof enhanceYourCalm | typeof inadequateSecurity;
  /** What is wrong and what to do about it, without a full stop. */
  readonly message: string;
}

/** GOAWAY code of a client that asks for too much. */
export const enhanceYourCalm = 0xb;
/** GOAWAY code of a connection whose security does not do. */
export const inadequateSecurity = 0xc;

const settingsFrame = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
/** The caller may read the refusal for so long, in milliseconds. */
const lingerMs = 1_000;

/** Says why to a caller that is to be sent away, in its protocol, and hangs up. `socket` may carry TLS. */
export function refuseConnection(socket: Duplex, protocol: "h2" | "h1", refusal: ConnectionRefusal): void {
  const timer = setTimeout(() => {
    socket.destroy();
  }, lingerMs);
  timer.unref();
  socket
    .on("error", ignore)
    .once("close", () => {
      clearTimeout(timer);
    })
    .resume() // what is unread when a socket closes makes a reset, which takes the answer with it
    .end(protocol === "h2" ? inHttp2(refusal) : inHttp1(refusal));
}

function inHttp1({ status, message }: ConnectionRefusal): Buffer {
  const body = Buffer.from(`${message}\n`);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "connection: close",
    "content-type: text/plain; charset=utf-8",
    "x-content-type-options: nosniff",
    ...(status === 503 ? ["retry-after: 1"] : []),
    `content-length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}

/** SETTINGS, which every server sends first, and GOAWAY with the message as its debug data. */
function inHttp2({ goaway, message }: ConnectionRefusal): Buffer {
  const debug = Buffer.from(message);
  const head = Buffer.alloc(17);
  head.writeUIntBE(8 + debug.length, 0, 3);
  head[3] = 7; // GOAWAY, whose last stream is 0: none was looked at
  head.writeUInt32BE(goaway, 13);
  return Buffer.concat([settingsFrame, head, debug]);
}

function ignore(): void {}
