import {
  codeFromHttpStatus,
  connectTimeoutFrom,
  headerValue,
  outcomeFromConnectError,
  rpcContentType,
  splitUnaryTrailers,
  type Frame,
  type Header,
  type Outcome,
  isKnownEncoding,
} from "@rpcdeck/frames";
import type { LegListener, OutboundCall, OutboundLeg, OutcomeFacts } from "../call/call.ts";
import { decompress } from "../call/compression.ts";
import type { Instance } from "../catalog/instance.ts";
import type { GatewayFaultCode } from "../errors/gateway-error.ts";
import { outcomeFromFault } from "../errors/to-outcome.ts";
import { endpointOf } from "../net/endpoint.ts";
import type { Exchange } from "../net/exchange.ts";
import type { LegContext } from "./envelope-leg.ts";
import { outcomeFromExchangeFault, outcomeOfForeignAnswer, outcomeOfOtherCodec } from "./fault-outcome.ts";
import { appendMetadata, responseMetadata } from "./request-headers.ts";
import { legProtocol } from "./leg-protocol.ts";
import { refuseLeg } from "./refuse-leg.ts";

/** Version and deadline headers of every Connect request. */
export function connectHeaders(contentType: string, call: OutboundCall): Header[] {
  const headers: Header[] = [
    ["content-type", contentType],
    ["connect-protocol-version", "1"],
  ];
  if (call.deadlineMs !== undefined) headers.push(["connect-timeout-ms", connectTimeoutFrom(call.deadlineMs - performance.now())]);
  return headers;
}

/**
 * A unary Connect call: one message is the whole request body, one the whole answer. Headers say whether it is compressed, so nothing is
 * sent before the request has ended; `onOpen` asks for it at once.
 */
export function openConnectUnaryLeg(context: LegContext, call: OutboundCall, instance: Instance, listener: LegListener): OutboundLeg {
  const { trace } = call;
  const endpoint = endpointOf(instance);
  const headers = connectHeaders(rpcContentType("connect-unary", call.codec), call);
  const problem = appendMetadata(headers, call.metadata, instance);
  if (problem !== undefined) return refuseLeg("Connect", outcomeFromFault("request_malformed", problem), listener);

  let isOver = false;
  let isPaused = false;
  let onResume: (() => void) | undefined;
  let request: Frame | undefined;
  let exchange: Exchange | undefined;
  let status = 0;
  let received: readonly Header[] = [];
  let body: Uint8Array[] = [];
  let bodyLength = 0;

  const finish = (outcome: Outcome, facts: OutcomeFacts): void => {
    if (isOver) return;
    isOver = true;
    listener.onOutcome(outcome, facts);
  };
  const fault = (why: string, code: GatewayFaultCode = "backend_malformed"): void => {
    if (isOver) return;
    trace?.aborted("outbound", "response", why);
    exchange?.cancel();
    finish(outcomeFromFault(code, `${instance.address}: ${why}`), { unseen: false, local: true });
  };
  const tooLarge = (size: string): void => {
    fault(`message of ${size} bytes is larger than the limit of ${context.maxMessageBytes} bytes (--max-message)`, "message_too_large");
  };
  queueMicrotask(() => {
    if (!isOver) listener.onOpen();
  });

  const send = (frame: Frame): void => {
    // A name that nobody here knows goes along even with a plain message: the backend refuses it, as it would without us.
    const isNamed = frame.compressed || (call.encoding !== "identity" && !isKnownEncoding(call.encoding));
    if (isNamed && call.encoding !== "identity") headers.push(["content-encoding", call.encoding]);
    // Without this header HTTP means "any encoding".
    headers.push(["accept-encoding", call.acceptEncodings.length === 0 ? "identity" : call.acceptEncodings.join(",")]);
    headers.push(["content-length", String(frame.bytes.length)]);
    exchange = context.connections.open(
      endpoint,
      { path: call.path, headers },
      {
        onOpen() {
          trace?.headers("outbound", "request", [[":method", "POST"], [":path", call.path], ...headers]);
          trace?.data("outbound", "request", frame.bytes);
          trace?.end("outbound", "request");
          exchange?.end(frame.bytes);
        },
        onHeaders(code, given) {
          status = code;
          received = given;
          trace?.headers("outbound", "response", [[":status", String(code)], ...given]);
          const announced = Number(headerValue(given, "content-length") ?? 0);
          if (announced > context.maxMessageBytes) tooLarge(String(announced));
        },
        onData(bytes) {
          trace?.data("outbound", "response", bytes);
          bodyLength += bytes.length;
          if (bodyLength <= context.maxMessageBytes) return void body.push(bytes);
          tooLarge(`more than ${context.maxMessageBytes}`);
        },
        onDrain: () => undefined,
        onEnd() {
          trace?.end("outbound", "response");
          void settle();
        },
        onFault(broken) {
          trace?.aborted("outbound", "response", broken.error.message);
          const facts = { unseen: broken.unseen, local: true, ...(broken.refused === undefined ? {} : { refused: broken.refused }) };
          finish(outcomeFromExchangeFault(broken), facts);
        },
      },
    );
    if (isPaused) exchange.pause();
  };

  async function settle(): Promise<void> {
    if (isOver) return;
    const bytes = body.length === 1 ? (body[0] as Uint8Array) : Buffer.concat(body);
    body = [];
    const encoding = headerValue(received, "content-encoding") ?? "identity";
    const type = headerValue(received, "content-type")?.split(";")[0]?.trim().toLowerCase();
    const { headers: own, trailers } = splitUnaryTrailers(received);
    const metadata = responseMetadata(own);
    if (status === 200 && type === rpcContentType("connect-unary", call.codec)) {
      listener.onHeaders(metadata, encoding);
      if (!isOver) listener.onFrame({ compressed: encoding !== "identity", bytes });
      if (isPaused && !isOver) await new Promise<void>((resume) => (onResume = resume));
      return finish({ code: 0, message: "", details: [], headers: [], trailers }, { unseen: false, local: false });
    }
    if (status !== 200 && type === "application/json") {
      const plain = await decompress(bytes, encoding, context.maxMessageBytes).catch(() => new Uint8Array());
      const error = outcomeFromConnectError(plain, codeFromHttpStatus(status));
      return finish({ ...error, headers: metadata, trailers }, { unseen: false, local: false });
    }
    const otherCodec = status === 200 && type !== undefined ? outcomeOfOtherCodec(instance.address, type, call.codec) : undefined;
    const foreign = outcomeOfForeignAnswer(`Connect with codec ${call.codec}`, instance.address, status, received);
    finish(otherCodec ?? foreign, { unseen: false, local: true });
  }

  return {
    protocol: legProtocol("Connect", endpoint, context.connections.versionOf(endpoint)),
    write(frame) {
      if (isOver) return true;
      if (request === undefined) request = frame;
      else finish(outcomeFromFault("request_malformed", `${call.path} takes one message, not more`), { unseen: false, local: true });
      return true;
    },
    end() {
      if (isOver || exchange !== undefined) return;
      if (request === undefined) {
        finish(outcomeFromFault("request_malformed", `${call.path} takes one message, not none`), { unseen: false, local: true });
      } else send(request);
    },
    cancel() {
      if (isOver) return;
      isOver = true;
      trace?.aborted("outbound", "request", "cancelled");
      onResume?.();
      exchange?.cancel();
    },
    pauseResponses() {
      isPaused = true;
      exchange?.pause();
    },
    resumeResponses() {
      isPaused = false;
      onResume?.();
      exchange?.resume();
    },
  };
}
