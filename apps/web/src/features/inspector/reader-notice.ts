import type { Registry } from "@bufbuild/protobuf";
import type { WireIndex } from "@rpcdeck/wire";
import { isOtherReading, ownReading, protobufEsReading } from "./other-readings.ts";
import { reasonToDiffer } from "./reader-reason.ts";

/** Larger messages are not given to protobuf-es unasked, in bytes. */
const maxUnaskedBytes = 256 * 1024;

/** A warning where protobuf-es, which clients in the browser and in Node.js use, reads these bytes otherwise than protobuf's rules say. */
export function readerNotice(index: WireIndex, registry: Registry | undefined): string | undefined {
  const { bytes, type } = index;
  if (type === undefined || bytes.length > maxUnaskedBytes) return undefined;
  const own = ownReading(index, type, registry);
  const es = protobufEsReading(bytes, type, registry);
  if (!isOtherReading(own, es)) return undefined;
  const reason = reasonToDiffer("protobuf-es", index);
  const fact =
    es.kind === "refused" ? `It refuses them: ${es.reason}` : own.kind === "refused" ? "It accepts them, we do not" : "Its values differ";
  return reason === undefined ? `${fact}.` : `${fact}. ${reason}.`;
}
