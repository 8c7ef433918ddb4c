import { setTimeout } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { Arith } from "@rpcdeck/protocol/arith/v1/arith_pb.ts";
import { BadRequestSchema } from "@rpcdeck/protocol/google/rpc/error_details_pb.ts";
import { AddressBookService, type Person, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { Chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";

/** What the services of one backend saw, for assertions. */
export interface Seen {
  /** Calls that reached a handler. */
  calls: number;
  /** Calls whose signal was aborted before the handler ended. */
  cancelled: number;
  /** Time left that the last call came with, in milliseconds. */
  timeoutMs: number | undefined;
  /** Headers of the last call. */
  headers: Headers;
}

/**
 * The demo services, small: Greeter, Arith, AddressBookService and Chat. Request headers that start with `x-echo-` come back as headers,
 * and once more as trailers named `x-trailer-...`. `Converse` with text "wait" waits until it is cancelled; `Table` sends as many rows as
 * it is asked for.
 */
export function demoServices(name: string, seen: Seen): (router: ConnectRouter) => void {
  const enter = (context: HandlerContext): void => {
    seen.calls++;
    seen.timeoutMs = context.timeoutMs();
    seen.headers = context.requestHeader;
    context.signal.addEventListener("abort", () => seen.cancelled++);
    context.requestHeader.forEach((value, header) => {
      if (!header.startsWith("x-echo-")) return;
      context.responseHeader.append(header, value);
      context.responseTrailer.append(header.replace("x-echo-", "x-trailer-"), value);
    });
  };
  const book = new Map<number, Person>();
  return (router) => {
    router.service(Greeter, {
      sayHello(request, context) {
        enter(context);
        if (request.name === "fail") throw new ConnectError("no such guest: ünknown", Code.NotFound);
        return { message: `hello ${request.name}` };
      },
    });
    router.service(Arith, {
      mul(request, context) {
        enter(context);
        return { product: BigInt.asIntN(64, request.a * request.b) };
      },
      div(request, context) {
        enter(context);
        if (request.b !== 0n) return { quo: request.a / request.b, rem: request.a % request.b };
        throw new ConnectError("division by zero", Code.InvalidArgument, undefined, [
          { desc: BadRequestSchema, value: { fieldViolations: [{ field: "b", description: "must not be 0" }] } },
        ]);
      },
      async *table(request, context) {
        enter(context);
        for (let b = 1n; b <= BigInt(request.rows); b++) {
          if (b > 1n && request.intervalMs > 0) await setTimeout(request.intervalMs, undefined, { signal: context.signal });
          yield { b, product: request.a * b };
        }
      },
    });
    router.service(AddressBookService, {
      addPerson(person, context) {
        enter(context);
        const created = !book.has(person.id);
        book.set(person.id, person);
        return { person, created, servedBy: name };
      },
      getPerson(request, context) {
        enter(context);
        return book.get(request.id) ?? create(PersonSchema, { id: request.id, name: `person ${request.id}` });
      },
      async *listPeople(request, context) {
        enter(context);
        for (let id = 1; id <= request.limit; id++) yield { id, name: `${request.namePrefix}${id}` };
      },
      async importPeople(people, context) {
        enter(context);
        let added = 0;
        for await (const _person of people) added++;
        return { added, replaced: 0, servedBy: name };
      },
    });
    router.service(Chat, {
      async *converse(messages, context) {
        enter(context);
        let seq = 0n;
        for await (const { text } of messages) {
          if (text === "fail") throw new ConnectError("told to fail", Code.Aborted);
          if (text === "wait") await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
          yield { seq: ++seq, from: name, text: `you said ${text}` };
        }
      },
      echoKitchenSink: (message) => message,
      echoProto2: (message) => message,
      echoEditions: (message) => message,
      echoBooking: (message) => message,
    });
  };
}
