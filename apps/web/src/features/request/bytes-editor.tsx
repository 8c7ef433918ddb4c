import { parseBytes, printBytes } from "@rpcdeck/schema";
import { hexOffset } from "@rpcdeck/wire";
import { useMemo, useRef, useState } from "react";
import { bytesText } from "#lib/format.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { Input } from "#ui/input.tsx";
import { NoticeBar } from "#ui/notice-bar.tsx";
import { Segmented } from "#ui/segmented.tsx";
import { type BytesLook, HexEditor } from "./hex-editor.tsx";
import s from "./request.module.css";

type Notation = "hex" | "base64";

/** What was typed, and the bytes it gave; undefined where it is none. */
export interface TypedBytes {
  readonly text: string;
  readonly notation: Notation;
  readonly gave: Uint8Array | undefined;
}

const notations = [
  { id: "grid", label: "grid" },
  { id: "hex", label: "hex" },
  { id: "base64", label: "base64" },
] as const;

/** More bytes than this are not put into a text box: they can still be replaced by a file or by pasting. */
const maxEditedBytes = 256 * 1024;
const bytesPerLine = 16;

/** What other views and the schema tell of the bytes. */
export interface BytesContext {
  /** The message as it was sent last; undefined when it was not. */
  readonly sent: Uint8Array | undefined;
  /** What the schema says of a message; undefined without one. */
  readonly look: ((message: Uint8Array) => BytesLook) | undefined;
  /** Where the bytes stop being a message of the schema, and why. */
  readonly breakOf: ((message: Uint8Array) => { readonly offset: number; readonly message: string } | undefined) | undefined;
  readonly selectedPath: string | undefined;
  readonly onSelectPath: (path: string) => void;
  /** A byte that another view sends to; each new object goes there again. */
  readonly goTo: { readonly offset: number } | undefined;
}

/** The message as bytes: to edit in a grid, or to type and paste as text. Exactly these bytes are sent; what is no hex or base64 is marked and changes nothing. */
export function BytesEditor(props: {
  message: Uint8Array;
  onChange: (message: Uint8Array) => void;
  /** Kept outside, so that a text that is no bytes yet outlives this editor. */
  typed: TypedBytes | undefined;
  onTyped: (typed: TypedBytes | undefined) => void;
  context: BytesContext;
}) {
  const { message, onChange, typed, onTyped: setTyped, context } = props;
  const { look, breakOf } = context;
  // A text that is no bytes yet must be seen again.
  const [view, setView] = useState<"grid" | Notation>(typed !== undefined && typed.gave === undefined ? typed.notation : "grid");
  const notation: Notation = view === "grid" ? "hex" : view;
  const [opened] = useState(message);
  const [isInserting, setInserting] = useState(false);
  const [pasteProblem, setPasteProblem] = useState<string>();
  const [jump, setJump] = useState<{ readonly offset: number }>();
  const shownLook = useMemo(() => look?.(message), [look, message]);
  const broken = useMemo(() => breakOf?.(message), [breakOf, message]);
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
          selected={view}
          onSelect={(next) => {
            setView(next);
            setTyped(undefined);
          }}
        />
        {view === "grid" && (
          <Segmented<"over" | "insert">
            label="Typing"
            size="sm"
            segments={[
              { id: "over", label: "overwrite" },
              { id: "insert", label: "insert" },
            ]}
            selected={isInserting ? "insert" : "over"}
            onSelect={(next) => {
              setInserting(next === "insert");
            }}
          />
        )}
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
      {broken !== undefined && (
        <NoticeBar
          tone="warn"
          fact={`Breaks at ${hexOffset(broken.offset)}`}
          reason={`${broken.message}. Exactly these bytes are sent.`}
          action={
            <Button
              size="sm"
              onPress={() => {
                setView("grid");
                setTyped(undefined);
                setJump({ offset: broken.offset });
              }}
            >
              {`Go to ${hexOffset(broken.offset)}`}
            </Button>
          }
        />
      )}
      {view === "grid" ? (
        <HexEditor
          message={message}
          onChange={onChange}
          base={context.sent ?? opened}
          look={shownLook}
          selectedPath={context.selectedPath}
          onSelectPath={context.onSelectPath}
          goTo={jump ?? context.goTo}
          isInserting={isInserting}
          onInserting={setInserting}
          onProblem={setPasteProblem}
        />
      ) : (
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
      )}
      <p className={s.foot} role="status">
        {pasteProblem ?? `${bytesText(message.length)}, sent exactly as they are`}
      </p>
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
