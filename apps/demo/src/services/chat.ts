import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@rpcdeck/protocol/google/rpc/error_details_pb.ts";
import { type Chat, ConverseResponseSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { pause } from "./pause.ts";

/** Most answers to one "burst N". */
const maxBurst = 1_000_000;
/** Answers of a burst sent in a run before the event loop gets a turn, so that cancels and other calls come through. */
const answersPerTurn = 256;

/** What the chat needs. */
export interface ChatOptions {
  /** Name of the instance, put into answers. */
  readonly servedBy: string;
}

/** The conversation machine and the echoes. Keeps nothing beyond one stream. */
export function createChat(options: ChatOptions): ServiceImpl<typeof Chat> {
  return {
    async *converse(requests, context) {
      let seq = 0n;
      const say = (text: string): MessageInitShape<typeof ConverseResponseSchema> =>
        create(ConverseResponseSchema, { seq: ++seq, from: options.servedBy, text, at: timestampNow() });
      for await (const request of requests) {
        const text = request.text.trim();
        const burst = /^burst\s+(\d{1,9})$/iu.exec(text);
        if (burst !== null) {
          const count = Number(burst[1]);
          if (count > maxBurst) {
            throw new ConnectError(`burst of ${count} is more than the limit of ${maxBurst}`, Code.InvalidArgument);
          }
          for (let index = 1; index <= count; index++) {
            if (index % answersPerTurn === 0) {
              await pause(0, context.signal);
            }
            yield say(`burst ${index} of ${count}`);
          }
        } else if (text.toLowerCase() === "fail") {
          throw new ConnectError("you asked for it", Code.Aborted, undefined, [
            { desc: ErrorInfoSchema, value: { reason: "ASKED_TO_FAIL", domain: "chat.rpcdeck.dev" } },
          ]);
        } else {
          yield say(answerTo(text, request.inReplyTo));
        }
      }
    },
    echoKitchenSink: (request) => request,
    echoProto2: (request) => request,
    echoEditions: (request) => request,
    echoBooking: (request) => request,
  };
}

function answerTo(text: string, inReplyTo: bigint | undefined): string {
  if (text === "") {
    return "you said nothing";
  }
  const said = /^(?:(?:hi|hello|hey)\b|你好)/iu.test(text) ? "hello to you" : `you said: ${text}`;
  return inReplyTo === undefined ? said : `${said} (to my answer ${inReplyTo})`;
}
