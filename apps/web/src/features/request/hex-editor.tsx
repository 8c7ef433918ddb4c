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

/** The caret as it was set last. */
interface LastCaret {
  readonly caret: HexCaret;
  /** The message it was set for: of another, which came from elsewhere, half a byte was not typed here. */
  readonly of: Uint8Array;
  /** The field that was chosen with it. */
  readonly path: string | undefined;
}

const nothing = new Uint8Array();

/**
 * Bytes to type over, insert and take out, digit by digit. Insert switches between over and between; Escape lets go of a range and of half a
 * byte; cut and copy take the range, else the byte at the caret. Ctrl Z is left to the page.
 */
export function HexEditor(props: HexEditorProps) {
  const { message, onChange, base, look, selectedPath, onSelectPath, goTo, isInserting } = props;
  const holder = useRef<HTMLDivElement>(null);
  const [last, setLast] = useState<LastCaret>();
  const [went, setWent] = useState<HexEditorProps["goTo"]>();
  const [seenPath, setSeenPath] = useState(selectedPath);
  const isEdited = useMemo(() => createEditedBytes(base, message), [base, message]);
  const selected = selectedPath === undefined || selectedPath === "" ? undefined : look?.rangeOf(selectedPath);
  // Where the grid draws it is where keys must act: at the selected field until it was moved.
  const current =
    last === undefined ? caretAt(selected?.start ?? 0) : within(last.caret, { length: message.length, isOwn: last.of === message });

  if (selectedPath !== seenPath) {
    setSeenPath(selectedPath);
    // A field that was chosen in another view.
    if (selected !== undefined && selectedPath !== last?.path) setLast({ caret: caretAt(selected.start), of: nothing, path: selectedPath });
  }

  if (goTo !== went) {
    setWent(goTo);
    if (goTo !== undefined) setLast({ caret: caretAt(goTo.offset), of: nothing, path: undefined });
  }
  useEffect(() => {
    if (goTo !== undefined) holder.current?.querySelector<HTMLElement>('[role="grid"]')?.focus();
  }, [goTo]);

  const take = (edited: HexEdited | undefined) => {
    if (edited === undefined) return;
    props.onProblem(undefined);
    setLast({ caret: edited.caret, of: edited.bytes, path: undefined });
    onChange(edited.bytes);
  };
  const onKey = (event: KeyboardEvent): boolean => {
    const { key } = event;
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && !event.shiftKey && key.toLowerCase() === "a") {
      setLast({ caret: { at: Math.max(0, message.length - 1), anchor: 0, isHalf: false }, of: message, path: undefined });
      return true;
    }
    const isCut = (isCommand && key.toLowerCase() === "x") || (event.shiftKey && key === "Delete");
    if (isCut || (isCommand && (key.toLowerCase() === "c" || key === "Insert"))) {
      const [start, end] = [Math.min(current.at, current.anchor), Math.max(current.at, current.anchor) + 1];
      const text = printBytes(message.subarray(start, end), "hex") ?? "";
      // Behind the last byte there is nothing to take, and what was copied before stays.
      if (text !== "") void navigator.clipboard.writeText(text);
      if (isCut) take(takeOut(message, current, "Delete"));
      return true;
    }
    if (isCommand || event.altKey) return false;
    if (key === "Insert" && !event.shiftKey) {
      props.onInserting(!isInserting);
      return true;
    }
    if (key === "Escape" && (current.isHalf || current.at !== current.anchor)) {
      setLast({ caret: caretAt(current.at), of: message, path: undefined });
      return true;
    }
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
        caret={current.at}
        anchor={current.anchor}
        onCaret={(at, isExtending) => {
          const path = isExtending ? undefined : look?.pathAt(at);
          setLast({ caret: { at, anchor: isExtending ? current.anchor : at, isHalf: false }, of: message, path });
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
