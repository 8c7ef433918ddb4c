import { createRegistry } from "@bufbuild/protobuf";
import { useLocation, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { askProtoc } from "#data/ask-protoc.ts";
import { decompress } from "#data/decompress.ts";
import { detailTypes } from "#data/error-details.ts";
import { useKnownSchemas } from "#data/known-schemas.ts";
import { useTitle } from "#lib/use-title.ts";
import type { BytesSearch } from "./bytes-search.ts";
import { InspectBytes } from "./inspect-bytes.tsx";
import { emptyInput, setInspectInput, useInspectInput, type InspectInput } from "./inspect-input.ts";
import { printSource } from "./print-source.ts";
import { readSharedFragment, sharedFragment } from "./share-link.ts";

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
    const { typeName, framing, encoding, codec, look } = shared;
    const { text, readAs } = printSource(shared.bytes, shared.readAs);
    setInspectInput({ ...emptyInput, source: { kind: "text", text }, readAs, typeName, framing, encoding, codec });
    // How it is looked at goes on in the search, so that what is chosen from now on outlives a reload.
    if (Object.keys(look).length > 0) void navigate({ replace: true, search: look, hash: sharedFragment({ ...shared, look: {} }) ?? "" });
  }, [hash, navigate]);

  const go = (change: BytesSearch) => void navigate({ replace: true, search: (before) => ({ ...before, ...change }), hash: true });
  const change = (next: InspectInput) => {
    setInspectInput(next);
    // What the link brought is no longer what is looked at.
    if (hash !== "") void navigate({ replace: true, search: ({ show }) => ({ show }), hash: "" });
  };
  return (
    <InspectBytes
      input={input}
      onInput={change}
      registries={registries}
      askProtoc={askProtoc}
      decompress={decompress}
      look={search}
      onLook={go}
      linkOf={(fragment) => `${location.origin}/bytes#${fragment}`}
    />
  );
}
