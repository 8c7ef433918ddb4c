import { useState } from "react";
import { jsonLines } from "#lib/json-lines.ts";
import { JsonTree } from "./json-tree.tsx";

const { lines } = jsonLines('{"name": "Ada", "phones": [{"number": "1"}, {"number": "2"}], "empty": []}', undefined, undefined);
const many = jsonLines(JSON.stringify(Array.from({ length: 50_000 }, (_, at) => at)), undefined, undefined).lines;

/** A small value, or one of 50,000 lines. */
export function Tree({ isLarge = false }: { isLarge?: boolean }) {
  const [selected, setSelected] = useState<string>();
  return (
    <div style={{ display: "flex", inlineSize: 480, blockSize: 320 }}>
      <JsonTree label="Value" lines={isLarge ? many : lines} selected={selected} onSelect={setSelected} />
    </div>
  );
}
