import type { Registry } from "@bufbuild/protobuf";
import type { ReactNode } from "react";
import { CanonicalPanel } from "./canonical-panel.tsx";
import { PrintPanel } from "./print-panel.tsx";
import { ReadersPanel } from "./readers-panel.tsx";
import { SizesPanel } from "./sizes-panel.tsx";
import type { AskProtoc } from "./use-protoc-answer.ts";
import type { WireView } from "./use-wire-view.ts";

/** What can stand beside the bytes. */
export type BesideBytes = "tree" | "text" | "json" | "protoscope" | "sizes" | "canonical" | "readers";

/** What stands beside the bytes in place of the wire tree; undefined for the tree, and while there is nothing else to show. */
export function besideBytes(
  what: BesideBytes,
  view: WireView,
  context: { registry: Registry | undefined; askProtoc: AskProtoc; onSelect: (path: string | undefined) => void },
): ReactNode {
  const { inspected } = view;
  if (inspected.kind !== "bytes" || what === "tree") return undefined;
  const { index, check, hex, base } = inspected;
  const { registry, askProtoc } = context;
  // Breakdown and readers name fields, the tree records: the first one of a field is gone to.
  const select = (path: string): void => {
    const record = index?.find(path);
    if (index !== undefined) context.onSelect(record === undefined ? undefined : index.pathOf(record));
  };
  if (what === "sizes") return check && <SizesPanel check={check} totalBytes={hex.length - base} onSelect={select} />;
  if (index === undefined) return undefined;
  switch (what) {
    case "canonical":
      return <CanonicalPanel index={index} registry={registry} onSelect={select} />;
    case "readers":
      return <ReadersPanel index={index} registry={registry} askProtoc={askProtoc} onSelect={select} />;
    default:
      return <PrintPanel index={index} format={what} registry={registry} />;
  }
}
