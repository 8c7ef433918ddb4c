import { fromBinary } from "@bufbuild/protobuf";
import type { MethodKind, Outcome } from "@rpcdeck/frames";
import { GatewayFaultSchema } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { startCall } from "./call-session.ts";
import type { CallSession } from "./call-state.ts";
import { compress } from "./compress.ts";
import { decompress } from "./decompress.ts";
import type { Draft } from "./draft.ts";
import { announce, keepRecentCall, keepSession, sentCall, type RecentCall } from "./sessions.ts";
import { createStreamSlots } from "./stream-slots.ts";
import { gatewayToken } from "./token.ts";
import { tunnel } from "./tunnel.ts";
import { uploadAgain } from "./uploaded-schemas.ts";

/**
 * A call that ends within this time is shown once, with its end: drawing "Sending" meanwhile would hold up the answer and lengthen the time that
 * the page measures.
 */
const quickAnswerMs = 40;

/** Places for server streams by fetch, shared by all calls of the page. */
export const streamSlots = createStreamSlots();

/**
 * Sends a draft: its session becomes the draft's last one, and one that still runs is cancelled. `first` is the first message in the draft's
 * codec, undefined to open a stream without one.
 */
export function sendDraft(draft: Draft, kind: MethodKind, first: Uint8Array | undefined): CallSession {
  sentCall(draft.id)?.session.cancel();
  return begin(draft, kind, first, true);
}

/** Sends the draft's message into its open stream. `message` is in the call's codec. */
export function sendNext(draft: Draft, message: Uint8Array): void {
  const open = sentCall(draft.id);
  if (open === undefined) return;
  open.session.send(message);
  keepSession(open.session, draft);
  announce();
}

function begin(draft: Draft, kind: MethodKind, first: Uint8Array | undefined, mayUpload: boolean): CallSession {
  const session = startCall(draft, {
    kind,
    first,
    origin: location.origin,
    token: gatewayToken(),
    tunnel: tunnel(),
    slots: streamSlots,
    compression: { compress, decompress },
  });
  keepSession(session, draft);
  const { startedAt } = session.snapshot();
  const call: RecentCall = {
    id: session.id,
    draftId: draft.id,
    service: draft.service,
    method: draft.method,
    kind,
    startedAt,
    end: "running",
  };
  keepRecentCall(call);
  const stop = session.subscribe(() => {
    const { state, receivedCount, sentCount } = session.snapshot();
    if (state.kind !== "ended") return;
    stop();
    const { outcome, cancelled } = state;
    keepRecentCall({ ...call, end: { outcome, cancelled, elapsedMs: state.endedAt - state.since, receivedCount } });
    announce();
    if (mayUpload && draft.schemaId !== undefined && receivedCount === 0 && sentCount <= 1 && isSchemaUnknown(outcome)) {
      void uploadAndRetry(draft, kind, first, session);
    }
  });
  setTimeout(announce, quickAnswerMs);
  return session;
}

/** The gateway keeps uploaded schemas for a while only: where it forgot one, nothing was dialled, and it is given once more (decision 13). */
async function uploadAndRetry(draft: Draft, kind: MethodKind, first: Uint8Array | undefined, failed: CallSession): Promise<void> {
  const uploaded = draft.schemaId !== undefined && (await uploadAgain(draft.schemaId).catch(() => false));
  if (uploaded && sentCall(draft.id)?.session === failed) begin(draft, kind, first, false);
}

/** True for the gateway's fault `schema_unknown`. */
function isSchemaUnknown(outcome: Outcome): boolean {
  return outcome.details.some((detail) => {
    if (!detail.typeUrl.endsWith(GatewayFaultSchema.typeName)) return false;
    try {
      return fromBinary(GatewayFaultSchema, detail.bytes).code === "schema_unknown";
    } catch {
      return false; // somebody else's bytes under this name
    }
  });
}
