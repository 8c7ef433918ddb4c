import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { decodeDocument, encodeDocument } from "@rpcdeck/schema";

/** What the form's document promises of any bytes: reading never throws, and nothing is normalised by it. The promise broken, in words. */
export function checkDocument(bytes: Uint8Array, type: DescMessage, registry: Registry | undefined): string | undefined {
  const { message, problems } = decodeDocument(type, registry, bytes);
  const back = encodeDocument(message);
  if (Buffer.compare(back, bytes) !== 0) return `the document gives back ${Buffer.from(back).toString("hex")}`;
  // What was read is written record by record once a field is touched: every byte belongs to one record.
  let next = 0;
  for (const { start, end } of message.source?.records ?? []) {
    if (start !== next || end < start) return `record ${start}-${end} of the document follows ${next}`;
    next = end;
  }
  if (message.source !== undefined && next !== bytes.length) return `the document's records end at ${next} of ${bytes.length}`;
  const misplaced = problems.find(({ offset }) => offset < 0 || offset > bytes.length);
  return misplaced === undefined ? undefined : `a problem at ${misplaced.offset} of ${bytes.length}: ${misplaced.message}`;
}
