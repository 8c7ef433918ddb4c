import { printBytes } from "@rpcdeck/schema";
import { recognisePaste } from "@rpcdeck/wire";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { type ByteRange, HexGrid, type HexPart } from "#ui/hex-grid.tsx";
import { caretAt, createEditedBytes, type HexCaret, type HexEdited, putIn, takeOut, typeDigit } from "./hex-edit.ts";
import s from "./request.module.css";

/** What the schema says of the bytes, for the grid to show. */
export interface BytesLook {
  readonly partAt: (offset: number) => HexPart | undefined;
  /** The bytes of a field. */
  readonly rangeOf: (path: string) => ByteRange | undefined;
  /** The field of a byte; undefined behind the last one. */
  readonly pathAt: (offset: number) => string | undefined;
}

export interface HexEditorProps {
  readonly message: Uint8Array;
  readonly onChange: (message: Uint8Array) => void;
  /** What the edited bytes are compared with: the message as it was sent. */
  readonly base: Uint8Array;
  readonly look: BytesLook | undefined;
  readonly selectedPath: string | undefined;
  readonly onSelectPath: ((path: string) => void) | undefined;
  /** A byte to go to; each new object goes there again. */
  readonly goTo: { readonly offset: number } | undefined;
  readonly isInserting: boolean;
  readonly onInserting: (isInserting: boolean) => void;
  /** What cannot be put in, in a sentence; undefined once something could. */
  readonly onProblem: (problem: string | undefined) => void;
}

const nothing = new Uint8Array();

/** Bytes to type over, insert and take out, digit by digit. Ctrl Z is left to the page. */
export function HexEditor(props: HexEditorProps) {
  const { message, onChange, base, look, selectedPath, onSelectPath, goTo, isInserting } = props;
  const holder = useRef<HTMLDivElement>(null);
  // With the message it was set for: of another, which came from elsewhere, half a byte was not typed here.
  const [last, setLast] = useState<{ readonly caret: HexCaret; readonly of: Uint8Array }>();
  const [went, setWent] = useState<HexEditorProps["goTo"]>();
  const shown = last && within(last.caret, { length: message.length, isOwn: last.of === message });
  const current = shown ?? caretAt(0);
  const isEdited = useMemo(() => createEditedBytes(base, message), [base, message]);
  const selected = selectedPath === undefined || selectedPath === "" ? undefined : look?.rangeOf(selectedPath);

  if (goTo !== went) {
    setWent(goTo);
    if (goTo !== undefined) setLast({ caret: caretAt(goTo.offset), of: nothing });
  }
  useEffect(() => {
    if (goTo !== undefined) holder.current?.querySelector<HTMLElement>('[role="grid"]')?.focus();
  }, [goTo]);

  const take = (edited: HexEdited | undefined) => {
    if (edited === undefined) return;
    props.onProblem(undefined);
    setLast({ caret: edited.caret, of: edited.bytes });
    onChange(edited.bytes);
  };
  const onKey = (event: KeyboardEvent): boolean => {
    const { key } = event;
    if (key === "Insert") {
      props.onInserting(!isInserting);
      return true;
    }
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && key.toLowerCase() === "a") {
      setLast({ caret: { at: Math.max(0, message.length - 1), anchor: 0, isHalf: false }, of: message });
      return true;
    }
    if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === "x") {
      const [start, end] = [Math.min(current.at, current.anchor), Math.max(current.at, current.anchor) + 1];
      void navigator.clipboard.writeText(printBytes(message.subarray(start, end), "hex") ?? "");
      take(takeOut(message, current, "Delete"));
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (key === "Delete" || key === "Backspace") {
      take(takeOut(message, current, key));
      return true;
    }
    if (!/^[0-9a-f]$/i.test(key)) return false;
    take(typeDigit(message, current, { digit: Number.parseInt(key, 16), isInserting }));
    return true;
  };
  return (
    <div ref={holder} className={s.hexHolder}>
      <HexGrid
        label="Bytes of the message"
        className={s.hexGrid}
        bytes={message}
        partAt={look?.partAt}
        selected={selected}
        caret={shown?.at}
        anchor={shown?.anchor}
        onCaret={(at, isExtending) => {
          setLast({ caret: { at, anchor: isExtending ? current.anchor : at, isHalf: false }, of: message });
          const path = isExtending ? undefined : look?.pathAt(at);
          if (path !== undefined && path !== selectedPath) onSelectPath?.(path);
        }}
        isEdited={isEdited}
        edit={{
          onKey,
          onPaste: (text) => {
            const pasted = bytesOfText(text);
            if (pasted === undefined) props.onProblem("What was pasted is no hex, base64, dump or escape. The message is as it was.");
            else take(putIn(message, current, pasted));
          },
          isHalf: current.isHalf,
          isInserting,
        }}
        empty="Empty message. Type hex digits, or paste hex or base64."
      />
    </div>
  );
}

function within({ at, anchor, isHalf }: HexCaret, { length, isOwn }: { length: number; isOwn: boolean }): HexCaret {
  return { at: Math.min(at, length), anchor: Math.min(anchor, length), isHalf: isHalf && isOwn };
}

/** The bytes that a pasted text writes, in the notation that is recognised first; undefined where there is none. */
function bytesOfText(text: string): Uint8Array | undefined {
  return recognisePaste(text).find(({ format }) => format !== "text")?.bytes;
}
