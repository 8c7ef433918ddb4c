import { setTimeout as pause } from "node:timers/promises";
import { fromBinary, type DescMethod, type Message } from "@bufbuild/protobuf";
import { anyPack, type Any } from "@bufbuild/protobuf/wkt";
import { ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import type { MessageFields } from "./message-fields.ts";
import type { SuiteTypes } from "./suite-types.ts";

/** What is written into a message: fields by their names in JavaScript. */
type Init = Record<string, unknown>;

/**
 * Adds the suite's service to a router. It does what its .proto file says: answers as the request asks, and tells what it saw of the request.
 */
export function registerConformanceService(router: ConnectRouter, types: SuiteTypes): void {
  for (const method of types.service.methods) {
    if (method.name === "Unimplemented") continue;
    if (isOfKind(method, "unary")) router.rpc(method, unary);
    else if (isOfKind(method, "client_streaming")) router.rpc(method, clientStream);
    else if (isOfKind(method, "server_streaming")) router.rpc(method, serverStream);
    else if (isOfKind(method, "bidi_streaming")) router.rpc(method, bidiStream);
  }

  async function unary(request: Message, context: HandlerContext): Promise<Init> {
    const seen = requestInfo(context, [packed(request)]);
    return { payload: await oneAnswer(types.fields(request).child("response_definition"), seen, context) };
  }

  async function clientStream(requests: AsyncIterable<Message>, context: HandlerContext): Promise<Init> {
    const all: Message[] = [];
    for await (const request of requests) all.push(request);
    const definition = all[0] === undefined ? undefined : types.fields(all[0]).child("response_definition");
    return { payload: await oneAnswer(definition, requestInfo(context, all.map(packed)), context) };
  }

  async function* serverStream(request: Message, context: HandlerContext): AsyncGenerator<Init> {
    const definition = types.fields(request).child("response_definition");
    if (definition === undefined) return;
    writeMetadata(definition, context);
    yield* remainingAnswers(definition, 0, requestInfo(context, [packed(request)]), context);
  }

  async function* bidiStream(requests: AsyncIterable<Message>, context: HandlerContext): AsyncGenerator<Init> {
    let definition: MessageFields | undefined;
    let isFirst = true;
    let isFullDuplex = false;
    let answered = 0;
    let unanswered: Any[] = [];
    for await (const request of requests) {
      unanswered.push(packed(request));
      if (isFirst) {
        const first = types.fields(request);
        definition = first.child("response_definition");
        isFullDuplex = first.flag("full_duplex");
        if (definition !== undefined) writeMetadata(definition, context);
        isFirst = false;
      }
      if (!isFullDuplex) continue;
      const data = definition?.blobs("response_data")[answered];
      if (data === undefined) break;
      await pause(definition?.number("response_delay_ms"), undefined, { signal: context.signal });
      yield { payload: { data, requestInfo: answered === 0 ? requestInfo(context, unanswered) : { requests: unanswered } } };
      answered += 1;
      unanswered = [];
    }
    if (definition !== undefined) yield* remainingAnswers(definition, answered, requestInfo(context, unanswered), context);
  }

  /** The answers from number `from` on, and the error where there is one. The very first tells of the request. */
  async function* remainingAnswers(definition: MessageFields, from: number, seen: Init, { signal }: HandlerContext): AsyncGenerator<Init> {
    const answers = definition.blobs("response_data");
    for (const [at, data] of answers.entries()) {
      if (at < from) continue;
      await pause(definition.number("response_delay_ms"), undefined, { signal });
      yield { payload: at === 0 ? { data, requestInfo: seen } : { data } };
    }
    const error = definition.child("error");
    if (error !== undefined) throw errorFrom(error, answers.length === 0 ? seen : undefined);
  }

  /** The payload of a call that is answered once. Throws the error that the request asks for. */
  async function oneAnswer(definition: MessageFields | undefined, seen: Init, context: HandlerContext): Promise<Init> {
    if (definition === undefined) return { requestInfo: seen };
    writeMetadata(definition, context);
    await pause(definition.number("response_delay_ms"), undefined, { signal: context.signal });
    const error = definition.child("error");
    if (error !== undefined) throw errorFrom(error, seen);
    return { data: definition.bytes("response_data"), requestInfo: seen };
  }

  /** An error with the details it names, and with what was seen of the request as one more. */
  function errorFrom(error: MessageFields, seen: Init | undefined): ConnectError {
    const details = error.children("details").map((any) => {
      const desc = types.registry.getMessage(any.text("type_url").replace(/^.*\//u, ""));
      if (desc === undefined) throw new Error(`${any.text("type_url")} is in no descriptor`);
      return { desc, value: { ...fromBinary(desc, any.bytes("value")) } };
    });
    const told = seen === undefined ? [] : [{ desc: types.message("ConformancePayload.RequestInfo"), value: seen }];
    return new ConnectError(error.text("message"), error.number("code"), undefined, [...details, ...told]);
  }

  function requestInfo(context: HandlerContext, requests: readonly Any[]): Init {
    const timeoutMs = context.timeoutMs();
    return {
      requestHeaders: [...context.requestHeader].map(([name, value]) => ({ name, value: [value] })),
      ...(timeoutMs === undefined ? {} : { timeoutMs: BigInt(Math.round(timeoutMs)) }),
      requests,
    };
  }

  function packed(request: Message): Any {
    return anyPack(types.typeOf(request), request);
  }
}

function isOfKind<Kind extends DescMethod["methodKind"]>(method: DescMethod, kind: Kind): method is DescMethod & { methodKind: Kind } {
  return method.methodKind === kind;
}

function writeMetadata(definition: MessageFields, context: HandlerContext): void {
  for (const header of definition.children("response_headers"))
    for (const value of header.texts("value")) context.responseHeader.append(header.text("name"), value);
  for (const trailer of definition.children("response_trailers"))
    for (const value of trailer.texts("value")) context.responseTrailer.append(trailer.text("name"), value);
}
