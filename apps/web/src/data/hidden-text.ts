import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { decodeDocument, hiddenFromJson } from "@rpcdeck/schema";
import { countOf, bytesText } from "#lib/format.ts";

/** What the JSON of a message does not show, in a sentence; undefined where it shows all. */
export function hiddenText(desc: DescMessage, registry: Registry | undefined, message: Uint8Array): string | undefined {
  const { unknownFields, unreadBytes, unresolvedTypes } = hiddenFromJson(decodeDocument(desc, registry, message).message, registry);
  const [firstType] = unresolvedTypes;
  const parts = [
    ...(unknownFields > 0 ? [`${countOf(unknownFields, "unknown field is", "unknown fields are")} not in the JSON`] : []),
    ...(unreadBytes > 0 ? [`${bytesText(unreadBytes)} that cannot be read are not in it`] : []),
    ...(firstType === undefined
      ? []
      : [
          `${firstType}${unresolvedTypes.length > 1 ? ` and ${unresolvedTypes.length - 1} more types are` : " is"} not in the schema, shown as @bytes`,
        ]),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}
