import type { Registry } from "@bufbuild/protobuf";
import { decodeDocument, printText } from "@rpcdeck/schema";
import { toProtoscope, type WireIndex } from "@rpcdeck/wire";
import { useMemo } from "react";
import { messageText } from "#data/message-text.ts";
import { bytesText } from "#lib/format.ts";
import { IconButton } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import s from "./inspect-bytes.module.css";

/** Ways to print a message. */
export type PrintFormat = "text" | "json" | "protoscope";

const titles: Record<PrintFormat, string> = { text: "Text format", json: "JSON", protoscope: "Protoscope" };

/** Larger messages are not printed as one text. */
const maxPrintedBytes = 1024 * 1024;

/** A message as text that can be selected and copied. */
export function PrintPanel({ index, format, registry }: { index: WireIndex; format: PrintFormat; registry: Registry | undefined }) {
  const text = useMemo(() => print(index, format, registry), [index, format, registry]);
  if (text === undefined) {
    return index.bytes.length > maxPrintedBytes ? (
      <EmptyState icon="bytes" title="Too large to print">
        <p>{`${bytesText(index.bytes.length)}; up to ${bytesText(maxPrintedBytes)} are printed as text. The tree has all of it.`}</p>
      </EmptyState>
    ) : (
      <EmptyState icon="schemas" title={`${titles[format]} needs a message type`}>
        <p>Choose one above. Protoscope prints bytes without any.</p>
      </EmptyState>
    );
  }
  return (
    <div className={s.print}>
      <IconButton
        label={`Copy as ${titles[format]}`}
        icon="copy"
        size="sm"
        className={s.copy}
        onPress={() => void navigator.clipboard.writeText(text)}
      />
      <textarea aria-label={`Message as ${titles[format]}`} readOnly value={text} spellCheck="false" />
    </div>
  );
}

function print(index: WireIndex, format: PrintFormat, registry: Registry | undefined): string | undefined {
  const { bytes, type } = index;
  if (bytes.length > maxPrintedBytes) return undefined;
  switch (format) {
    case "protoscope":
      return toProtoscope(index);
    case "text":
      return type === undefined ? undefined : printText(decodeDocument(type, registry, bytes).message, registry);
    case "json": {
      const read = messageText(bytes, "proto", type, registry);
      return read.kind === "json" ? read.text : undefined;
    }
  }
}
