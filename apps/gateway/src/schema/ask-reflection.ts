import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from "@rpcdeck/protocol/grpc/reflection/v1/reflection_pb.ts";
import type { Outcome } from "@rpcdeck/frames";
import { gatewayFaultTypeUrl } from "../errors/to-outcome.ts";
import type { Duplex } from "../net/duplex.ts";

/** A question for a reflection server. */
export type ReflectionAsk = ServerReflectionRequest["messageRequest"];
/** Its answer. */
export type ReflectionAnswer = ServerReflectionResponse["messageResponse"];

/** Asks a reflection server, in one stream as long as that lives. */
export interface ReflectionAsker {
  /** Rejects with {@link ReflectionEnded} when the server gives no answer. */
  ask(ask: ReflectionAsk): Promise<ReflectionAnswer>;
  /** Ends the stream; questions under way are rejected. */
  close(): void;
}

/** Why a question got no answer. */
export interface ReflectionEnd {
  /** gRPC status number. */
  readonly code: number;
  readonly message: string;
  /** True when the way there failed: nobody answered, or not in this protocol. */
  readonly local: boolean;
}

/** A reflection stream ended and questions were left without an answer. */
export class ReflectionEnded extends Error {
  readonly end: ReflectionEnd;

  constructor(end: ReflectionEnd) {
    super(end.message);
    this.name = "ReflectionEnded";
    this.end = end;
  }
}

interface Question {
  readonly ask: ReflectionAsk;
  resolve(answer: ReflectionAnswer): void;
  reject(reason: Error): void;
}

/**
 * `conversing`: one stream; questions are sent at once and answered in order. `batching`: each stream is half-closed after the questions of
 * one turn of the event loop, for ways that answer only then (HTTP/1.1). Either way a stream that ended after at least one answer is opened
 * again for the questions that are left, because some servers end after the first error.
 */
export type AskMode = "conversing" | "batching";

/** An asker that opens its streams with `open`. The v1 and v1alpha messages are the same on the wire. */
export function createReflectionAsker(open: () => Duplex, mode: AskMode): ReflectionAsker {
  let pending: Question[] = [];
  let unsent: Question[] = [];
  let stream: Duplex | undefined;
  let flushing = false;
  let closed = false;

  function flush(): void {
    flushing = false;
    if (closed || unsent.length === 0) return;
    if (stream !== undefined && mode === "batching") return; // its answers are still coming; onEnd goes on
    stream ??= start();
    const questions = unsent;
    unsent = [];
    for (const question of questions) {
      pending.push(question);
      stream.send(toBinary(ServerReflectionRequestSchema, create(ServerReflectionRequestSchema, { messageRequest: question.ask })));
    }
    if (mode === "batching") stream.end();
  }

  function start(): Duplex {
    const own = open();
    void follow(own);
    return own;
  }

  /** Hands answers to questions in order until the stream ends. */
  async function follow(own: Duplex): Promise<void> {
    let answers = 0;
    for await (const message of own.messages) {
      if (stream !== own) return;
      answers++;
      const question = pending.shift();
      try {
        question?.resolve(fromBinary(ServerReflectionResponseSchema, message).messageResponse);
      } catch {
        question?.reject(new ReflectionEnded({ code: 13, message: "the answer is no ServerReflectionResponse", local: false }));
      }
    }
    const outcome = await own.outcome;
    if (stream !== own) return;
    stream = undefined;
    const left = [...pending, ...unsent];
    pending = [];
    unsent = [];
    if (left.length > 0 && answers === 0) {
      for (const question of left) question.reject(new ReflectionEnded(endOf(outcome)));
      return;
    }
    unsent = left;
    flush();
  }

  return {
    ask(ask) {
      if (closed) return Promise.reject(new ReflectionEnded(givenUp));
      return new Promise((resolve, reject) => {
        unsent.push({ ask, resolve, reject });
        if (!flushing) setImmediate(flush);
        flushing = true;
      });
    },
    close() {
      closed = true;
      if (pending.length > 0) stream?.cancel();
      else stream?.end();
      stream = undefined;
      for (const question of [...pending, ...unsent]) question.reject(new ReflectionEnded(givenUp));
      pending = [];
      unsent = [];
    },
  };
}

function endOf(outcome: Outcome): ReflectionEnd {
  if (outcome.code === 0) return { code: 13, message: "the server ended the stream without an answer", local: false };
  const isFault = outcome.details.some((detail) => detail.typeUrl === gatewayFaultTypeUrl);
  // An HTTP 404 is a fault too, but it says that the path is not there.
  return { code: outcome.code, message: outcome.message, local: isFault && outcome.code !== 12 };
}

const givenUp: ReflectionEnd = { code: 1, message: "reflection was given up", local: true };
