import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { isMessageValue, type Item, type MessageValue, unknownRecords } from "./document.ts";
import { unpackAny } from "./field-path.ts";

/** What JSON cannot show of a message. */
export interface HiddenFromJson {
  /** Fields that the schema does not have, in all messages inside, those in an Any too. */
  readonly unknownFields: number;
  /** Bytes that could not be read. */
  readonly unreadBytes: number;
  /** Types of Any that the registry does not know: shown as `@bytes`. Each once. */
  readonly unresolvedTypes: readonly string[];
}

/** Counts what JSON does not show. */
export function hiddenFromJson(message: MessageValue, registry: Registry | undefined): HiddenFromJson {
  const unresolved = new Set<string>();
  const hidden = { unknownFields: 0, unreadBytes: 0 };
  const inItem = (item: Item) => {
    if (isMessageValue(item)) inMessage(item);
  };
  const inMessage = (inner: MessageValue) => {
    for (const record of unknownRecords(inner)) {
      if (record.number === -1) hidden.unreadBytes += record.end - record.start;
      else hidden.unknownFields++;
    }
    if (isAny(inner.desc)) {
      const payload = unpackAny(inner, registry);
      const url = inner.fields.get(1)?.value;
      if (payload !== undefined) inMessage(payload);
      else if (url?.kind === "single" && typeof url.item === "string" && url.item !== "") unresolved.add(url.item);
    }
    for (const { value } of inner.fields.values()) {
      if (value.kind === "single") inItem(value.item);
      else if (value.kind === "list") for (const item of value.items) inItem(item);
      else for (const entry of value.entries) inItem(entry.value);
    }
  };
  inMessage(message);
  return { ...hidden, unresolvedTypes: [...unresolved] };
}

function isAny(desc: DescMessage): boolean {
  return desc.typeName === "google.protobuf.Any";
}
