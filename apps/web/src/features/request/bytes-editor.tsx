import { parseBytes, printBytes } from "@rpcdeck/schema";
import { useRef, useState } from "react";
import { bytesText } from "#lib/format.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { Input } from "#ui/input.tsx";
import { Segmented } from "#ui/segmented.tsx";
import text from "#ui/text.module.css";
import s from "./request.module.css";

type Notation = "hex" | "base64";

/** What was typed, and the bytes it gave; undefined where it is none. */
export interface TypedBytes {
  readonly text: string;
  readonly notation: Notation;
  readonly gave: Uint8Array | undefined;
}

const notations = [
  { id: "hex", label: "hex" },
  { id: "base64", label: "base64" },
] as const;

/** More bytes than this are not put into a text box: they can still be replaced by a file or by pasting. */
const maxEditedBytes = 256 * 1024;
const bytesPerLine = 16;

/** The message as bytes to type or paste. Exactly these bytes are sent; what is no hex or base64 is marked and changes nothing. */
export function BytesEditor(props: {
  message: Uint8Array;
  onChange: (message: Uint8Array) => void;
  /** Kept outside, so that a text that is no bytes yet outlives this editor. */
  typed: TypedBytes | undefined;
  onTyped: (typed: TypedBytes | undefined) => void;
}) {
  const { message, onChange, typed, onTyped: setTyped } = props;
  const [notation, setNotation] = useState<Notation>(typed?.notation ?? "hex");
  const file = useRef<HTMLInputElement>(null);
  // What was typed stays as it is while the message is what it says.
  const shown = typed !== undefined && (typed.gave === undefined || typed.gave === message) ? typed.text : undefined;
  const tooLarge = message.length > maxEditedBytes;
  const value = shown ?? (tooLarge ? "" : print(message, notation));
  const read = shown === undefined ? undefined : parseBytes(shown, notation);
  const problem =
    read?.ok === false
      ? `${read.problem.message}, at ${placeIn(shown ?? "", read.problem.position)}. The message is still the last one that could be read.`
      : undefined;
  return (
    <div className={s.editor}>
      <div className={s.bar}>
        <Segmented
          label="Notation"
          size="sm"
          segments={notations}
          selected={notation}
          onSelect={(next) => {
            setNotation(next);
            setTyped(undefined);
          }}
        />
        <span className={text.quiet}>{bytesText(message.length)}</span>
        <span className={s.gap} />
        <Button size="sm" variant="ghost" onPress={() => file.current?.click()}>
          Load a file
        </Button>
        <input
          ref={file}
          type="file"
          hidden
          aria-label="File with the message's bytes"
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            event.target.value = "";
            void chosen?.arrayBuffer().then((buffer) => {
              setTyped(undefined);
              onChange(new Uint8Array(buffer));
            });
          }}
        />
        <IconButton label="Copy bytes" icon="copy" size="sm" onPress={() => void navigator.clipboard.writeText(print(message, notation))} />
      </div>
      <div className={s.bytes}>
        <Input
          label="Bytes of the message"
          multiline
          mono
          value={value}
          placeholder={
            tooLarge
              ? `${bytesText(message.length)} are too many to edit as text; what you paste replaces them`
              : "empty message; paste hex or base64"
          }
          error={problem}
          onChange={(next) => {
            const parsed = parseBytes(next, notation);
            setTyped({ text: next, notation, gave: parsed.ok ? parsed.value : undefined });
            if (parsed.ok) onChange(parsed.value);
          }}
          slotClassName={s.bytesSlot}
          className={s.bytesField}
        />
      </div>
    </div>
  );
}

function print(message: Uint8Array, notation: Notation): string {
  if (notation === "base64") return printBytes(message, "base64") ?? "";
  const lines: string[] = [];
  for (let at = 0; at < message.length; at += bytesPerLine) lines.push(printBytes(message.subarray(at, at + bytesPerLine), "hex") ?? "");
  return lines.join("\n");
}

function placeIn(value: string, position: number): string {
  const before = value.slice(0, position);
  const line = before.split("\n").length;
  return `line ${line}, column ${position - before.lastIndexOf("\n")}`;
}
