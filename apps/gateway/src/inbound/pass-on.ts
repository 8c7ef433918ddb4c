import type http from "node:http";
import net from "node:net";
import type { TLSSocket } from "node:tls";
import { createEnvelopeSplitter, type Header } from "@rpcdeck/frames";
import { plain } from "./accept-rpc.ts";
import type { Exchange } from "./exchange.ts";
import type { HandleUpgrade } from "./listener.ts";
import {
  maxPassedFrameBytes,
  passingTypes,
  readValue,
  writeData,
  writeSign,
  writeValue,
  type PassedAnswer,
  type PassedConnection,
  type PassedRequest,
} from "./passing.ts";
import { peerOf } from "./peer-of.ts";

/** Passes on what a worker does not serve itself. */
export interface PassOn {
  readonly exchange: (exchange: Exchange) => void;
  readonly upgrade: HandleUpgrade;
  /** WebSockets that were passed on and are open. */
  upgrades(): number;
}

/** Passes on to the lead, which listens on the unix socket at `path`. */
export function createPassOn(path: string): PassOn {
  let upgrades = 0;
  return {
    exchange(exchange) {
      passExchange(exchange, net.connect(path));
    },
    upgrade(request, socket, head) {
      const lead = net.connect(path);
      upgrades++;
      const from: PassedConnection = { encrypted: (request.socket as TLSSocket).encrypted === true, peer: peerOf(request.socket) };
      writeValue(lead, passingTypes.upgrade, from);
      lead.write(headText(request), "latin1");
      lead.write(head);
      socket.pipe(lead).pipe(socket);
      socket.once("close", () => {
        upgrades--;
        lead.destroy();
      });
      lead.once("close", () => socket.destroy());
      for (const each of [socket, lead]) each.on("error", ignore); // "close" follows
    },
    upgrades: () => upgrades,
  };
}

function passExchange(exchange: Exchange, lead: net.Socket): void {
  const { http, encrypted, method, target, host, peer, headers } = exchange;
  let isOver = false;
  let hasAnswered = false;
  let whole: { readonly answer: PassedAnswer; readonly body: Uint8Array[] } | undefined;
  // Why the caller is to send no more for now.
  let isFull = false;
  let isUnwanted = false;

  function over(): void {
    isOver = true;
    exchange.onAbort = ignore;
    exchange.onDrain = ignore;
    lead.destroy();
  }
  function hold(change: () => void): void {
    const before = isFull || isUnwanted;
    change();
    const now = isFull || isUnwanted;
    if (now && !before) exchange.pause();
    else if (before && !now) exchange.resume();
  }
  function end(): void {
    if (whole === undefined) exchange.end();
    else exchange.answer(whole.answer.status, whole.answer.headers, whole.body.length === 0 ? undefined : Buffer.concat(whole.body));
    over();
  }
  function take(type: number, bytes: Uint8Array): void {
    if (isOver) return;
    switch (type) {
      case passingTypes.respond: {
        const answer = readValue<PassedAnswer>(bytes);
        hasAnswered = true;
        return exchange.respond(answer.status, answer.headers, answer.hasTrailers ? "trailers" : undefined);
      }
      case passingTypes.answer:
        whole = { answer: readValue(bytes), body: [] };
        return;
      case passingTypes.data:
        if (whole !== undefined) whole.body.push(bytes);
        else if (!exchange.write(bytes)) writeSign(lead, passingTypes.pause);
        return;
      case passingTypes.end:
        return end();
      case passingTypes.trailers:
        exchange.endWithTrailers(readValue<readonly Header[]>(bytes));
        return over();
      case passingTypes.destroy:
        exchange.destroy();
        return over();
      case passingTypes.pause:
        return hold(() => (isUnwanted = true));
      case passingTypes.resume:
        return hold(() => (isUnwanted = false));
    }
  }

  const splitter = createEnvelopeSplitter(maxPassedFrameBytes, { onEnvelope: take, onTooLarge: () => lead.destroy(), onEnd: ignore });
  lead.on("error", ignore); // "close" follows
  lead.on("data", (chunk: Buffer) => splitter.push(chunk));
  lead.on("drain", () => {
    if (!isOver) hold(() => (isFull = false));
  });
  lead.once("close", () => {
    if (isOver) return;
    if (hasAnswered) exchange.destroy();
    else plain(exchange, 503, "the gateway's lead process did not answer");
    over();
  });
  exchange.onAbort = over;
  exchange.onDrain = () => writeSign(lead, passingTypes.resume);
  writeValue(lead, passingTypes.exchange, { http, encrypted, method, target, host, peer, headers } satisfies PassedRequest);
  exchange.readBody({
    onData(bytes) {
      if (!isOver && !writeData(lead, bytes)) hold(() => (isFull = true));
    },
    onEnd() {
      if (!isOver) writeSign(lead, passingTypes.end);
    },
  });
}

/** The head of a request as it was read. */
function headText({ method, url, httpVersion, rawHeaders }: http.IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function ignore(): void {}
