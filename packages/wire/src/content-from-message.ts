import type { DescField, DescMessage, Message, Registry } from "@bufbuild/protobuf";
import { isReflectMessage, reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { encodeValue, type WireValue } from "./encode-value.ts";
import type { FieldContent, MessageContent, UnknownContent, ValueContent } from "./message-content.ts";
import { messageTable, type MessageTable, type WireField } from "./message-table.ts";

const nothing = new Uint8Array();

/**
 * A message of protobuf-es as content, so that it can be encoded with a source map or compared. Extensions are unknown fields, as they are in
 * protobuf-es. Required fields may be absent.
 */
export function contentFromMessage(desc: DescMessage, message: Message, registry?: Registry): MessageContent {
  return contentOf(reflect(desc, message, false), messageTable(desc, registry));
}

function contentOf(message: ReflectMessage, table: MessageTable): MessageContent {
  const fields: FieldContent[] = [];
  for (const desc of message.sortedFields) {
    const field = table.byNumber(desc.number);
    if (field === undefined || !message.isSet(desc)) continue;
    const values = valuesOf(message, desc, field);
    if (values.length > 0) fields.push({ field, values });
  }
  const unknown = (message.getUnknown() ?? []).map(({ no, wireType, data }): UnknownContent => ({
    number: no,
    wireType: wireType === 4 ? 3 : wireType,
    data,
    from: [],
  }));
  return { table, fields, unknown };
}

function valuesOf(message: ReflectMessage, desc: DescField, field: WireField): ValueContent[] {
  switch (desc.fieldKind) {
    case "list":
      return [...message.get(desc)].map((item) => valueOf(field, item));
    case "map": {
      const entry = field.message?.();
      const [key, value] = entry?.fields ?? [];
      if (entry === undefined || key === undefined || value === undefined) return [];
      return [...message.get(desc)].map(([name, item]) => ({
        value: {
          table: entry,
          fields: [
            { field: key, values: [valueOf(key, name)] },
            { field: value, values: [valueOf(value, item)] },
          ],
          unknown: [],
        },
        from: [],
      }));
    }
    default:
      return [valueOf(field, message.get(desc))];
  }
}

function valueOf(field: WireField, item: unknown): ValueContent {
  if (isReflectMessage(item)) {
    const table = field.message?.();
    return { value: table === undefined ? nothing : contentOf(item, table), from: [] };
  }
  const payload = isWireValue(item) ? encodeValue(field.type, item) : nothing;
  return { value: typeof payload === "string" ? nothing : payload, from: [] };
}

function isWireValue(item: unknown): item is WireValue {
  return item instanceof Uint8Array || ["number", "bigint", "boolean", "string"].includes(typeof item);
}
