import { recognisePaste } from "@rpcdeck/wire";
import { bytesText } from "#lib/format.ts";
import { IconButton } from "#ui/button.tsx";
import { Icon } from "#ui/icon.tsx";
import { emptyInput, type InspectInput, type InspectSource } from "./inspect-input.ts";
import s from "./inspect-bytes.module.css";

/** A pasted text longer than this is read at once and not kept in the text box, in UTF-16 units. */
const maxBoxLength = 256 * 1024;

/** Where the bytes come from: a text box, or the name of the file that was opened. */
export function SourcePane({ input, onChange }: { input: InspectInput; onChange: (input: InspectInput) => void }) {
  const { source } = input;
  const take = (next: InspectSource): void => {
    // Another input is recognised anew; the message type stays, so that one type can be tried on many inputs.
    onChange({ ...emptyInput, source: next, typeName: input.typeName });
  };
  if (source.kind === "file") {
    return (
      <div className={s.file}>
        <Icon name="bytes" />
        <b>{source.name}</b>
        <span className={s.quiet}>{bytesText(source.bytes.length)}</span>
        <IconButton
          label={`Close ${source.name}`}
          icon="x"
          size="sm"
          onPress={() => {
            onChange({ ...emptyInput, typeName: input.typeName });
          }}
        />
      </div>
    );
  }
  return (
    <textarea
      className={s.source}
      data-empty={source.text === "" ? "" : undefined}
      aria-label="Bytes to inspect"
      placeholder={"Paste hex, base64, escapes, Protoscope, text format or a Connect GET URL.\nOr drop a file anywhere on this page."}
      spellCheck="false"
      autoComplete="off"
      value={source.text}
      onChange={(event) => {
        take({ kind: "text", text: event.target.value });
      }}
      onPaste={(event) => {
        const text = event.clipboardData.getData("text/plain");
        if (text.length <= maxBoxLength) return;
        event.preventDefault();
        const [reading] = recognisePaste(text);
        if (reading !== undefined) take({ kind: "file", name: `Pasted ${reading.format}`, bytes: reading.bytes });
      }}
    />
  );
}
