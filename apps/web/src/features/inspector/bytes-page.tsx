import { createRegistry } from "@bufbuild/protobuf";
import { useLocation, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { askProtoc } from "#data/ask-protoc.ts";
import { decompress } from "#data/decompress.ts";
import { detailTypes } from "#data/error-details.ts";
import { useKnownSchemas } from "#data/known-schemas.ts";
import { hexOf } from "#lib/hex-of.ts";
import { useTitle } from "#lib/use-title.ts";
import type { BytesSearch } from "./bytes-search.ts";
import { InspectBytes } from "./inspect-bytes.tsx";
import { emptyInput, setInspectInput, useInspectInput, type InspectInput } from "./inspect-input.ts";
import { readSharedFragment } from "./share-link.ts";

const bytesPerLine = 16;

/** The "Inspect bytes" screen: whatever is pasted, dropped or opened, with the types of every known schema. */
export function BytesPage() {
  useTitle("Inspect bytes");
  const input = useInspectInput();
  const search = useSearch({ from: "/bytes" });
  const navigate = useNavigate({ from: "/bytes" });
  const hash = useLocation({ select: (location) => location.hash });
  const { schemas } = useKnownSchemas();
  const registries = useMemo(() => {
    const known = schemas.map(({ registry }) => registry);
    // The details of a google.rpc.Status are of any type.
    return [...known, createRegistry(detailTypes, ...known)];
  }, [schemas]);

  useEffect(() => {
    const shared = readSharedFragment(hash);
    if (shared === undefined) return;
    const { typeName, framing, encoding } = shared;
    setInspectInput({ ...emptyInput, source: { kind: "text", text: hexLines(shared.bytes) }, readAs: "hex", typeName, framing, encoding });
  }, [hash]);

  const go = (change: BytesSearch) => void navigate({ replace: true, search: { ...search, ...change }, hash: true });
  const change = (next: InspectInput) => {
    setInspectInput(next);
    // What the link brought is no longer what is looked at.
    if (hash !== "") void navigate({ replace: true, search: { ...search, path: undefined }, hash: "" });
  };
  return (
    <InspectBytes
      input={input}
      onInput={change}
      registries={registries}
      askProtoc={askProtoc}
      decompress={decompress}
      selected={search.path}
      onSelect={(path) => {
        if (path !== search.path) go({ path });
      }}
      panel={search.show ?? "tree"}
      onPanel={(show) => {
        go({ show: show === "tree" ? undefined : show });
      }}
      linkOf={(fragment) => `${location.origin}/bytes#${fragment}`}
    />
  );
}

function hexLines(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += bytesPerLine) {
    lines.push(hexOf(bytes.subarray(at, at + bytesPerLine)));
  }
  return lines.join("\n");
}
