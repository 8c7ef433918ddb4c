import {
  type FieldRow,
  type Item,
  parseBytes,
  parseEnum,
  parseFloating,
  parseInteger,
  parseJsonItem,
  type Parsed,
  parsed,
} from "@rpcdeck/schema";
import { ScalarType } from "@bufbuild/protobuf";
import { useState } from "react";
import { countOf } from "#lib/format.ts";
import { Button } from "#ui/button.tsx";
import { useForm } from "./form-context.ts";
import s from "./form.module.css";

/** Takes many items at once: one a line, or a JSON array. */
export function PasteList(props: {
  readonly row: FieldRow;
  readonly path: string;
  readonly indent: number;
  readonly onItems: (items: readonly Item[]) => void;
  readonly onCancel: () => void;
}) {
  const { store } = useForm();
  const [text, setText] = useState("");
  const result = readItems(text, props.row, store.registry);
  const count = result.ok ? result.value.length : 0;
  return (
    <div className={s.paste} style={{ paddingInlineStart: `${props.indent + 32}px` }}>
      <textarea
        className={s.pasteArea}
        aria-label={`List for ${props.path}`}
        aria-invalid={!result.ok}
        placeholder={props.row.item.kind === "message" ? "a JSON array of messages" : "one item a line, or a JSON array"}
        rows={4}
        value={text}
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
        }}
      />
      <p className={s.pasteFoot}>
        <Button
          size="sm"
          isDisabled={count === 0}
          onPress={() => {
            if (result.ok) props.onItems(result.value);
          }}
        >
          {`Add ${countOf(count, "item")}`}
        </Button>
        <Button size="sm" variant="ghost" onPress={props.onCancel}>
          Cancel
        </Button>
        {!result.ok && <span className={s.error}>{result.problem.message}</span>}
      </p>
    </div>
  );
}

function readItems(text: string, row: FieldRow, registry: Parameters<typeof parseJsonItem>[1]): Parsed<readonly Item[]> {
  const trimmed = text.trim();
  if (trimmed === "") return parsed([]);
  const items: Item[] = [];
  if (trimmed.startsWith("[") || row.item.kind === "message") return readArray(trimmed, row, registry);
  for (const [at, line] of trimmed.split(/\r?\n/).entries()) {
    if (line.trim() === "" && row.control !== "text") continue;
    const item = readLine(line, row);
    if (!item.ok) return { ok: false, problem: { message: `line ${at + 1}: ${item.problem.message}`, position: item.problem.position } };
    items.push(item.value);
  }
  return parsed(items);
}

function readLine(line: string, row: FieldRow): Parsed<Item> {
  if (row.item.kind === "enum") return parseEnum(line, row.item.enum);
  if (row.item.kind === "message") return parsed(line);
  switch (row.control) {
    case "text":
      return parsed(line);
    case "bytes":
      return parseBytes(line, "hex");
    case "bool": {
      const word = line.trim().toLowerCase();
      if (word === "true" || word === "false") return parsed(word === "true");
      return { ok: false, problem: { message: `“${line.trim()}” is neither true nor false`, position: 0 } };
    }
    case "floating":
      return parseFloating(line, row.item.scalar);
    default:
      return parseInteger(line, row.item.scalar === ScalarType.BOOL ? ScalarType.INT32 : row.item.scalar);
  }
}

/** Reads a JSON array as the list field would be read in JSON. */
function readArray(text: string, row: FieldRow, registry: Parameters<typeof parseJsonItem>[1]): Parsed<readonly Item[]> {
  const items: Item[] = [];
  let elements: readonly string[];
  try {
    elements = splitArray(text);
  } catch (error) {
    return { ok: false, problem: { message: error instanceof Error ? error.message : String(error), position: 0 } };
  }
  for (const [at, element] of elements.entries()) {
    const item = parseJsonItem(row.item, registry, element);
    if (!item.ok) return { ok: false, problem: { message: `item ${at}: ${item.problem.message}`, position: 0 } };
    items.push(item.value);
  }
  return parsed(items);
}

/** The elements of a JSON array as texts, numbers untouched. */
function splitArray(text: string): readonly string[] {
  if (!text.startsWith("[")) throw new Error("a JSON array is needed: [ … ]");
  // Checks the syntax; the elements are cut from the text, because a parsed number may have lost digits.
  JSON.parse(text);
  const elements: string[] = [];
  let depth = 0;
  let start = 1;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inText) {
      if (character === "\\") at++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
    if (!inText && ((character === "," && depth === 1) || (character === "]" && depth === 0))) {
      const element = text.slice(start, at).trim();
      if (element !== "") elements.push(element);
      start = at + 1;
    }
  }
  return elements;
}
