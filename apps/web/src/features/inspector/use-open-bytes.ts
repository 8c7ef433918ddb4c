import { useNavigate } from "@tanstack/react-router";
import { emptyInput, setInspectInput } from "./inspect-input.ts";
import { sharedFragment } from "./share-link.ts";

/** Opens one message on the "Inspect bytes" screen, with its type ("" for none) and a field of it; as a link where a link can hold it. */
export function useOpenBytes(): (bytes: Uint8Array, typeName: string, path?: string) => void {
  const navigate = useNavigate();
  return (bytes, typeName, path) => {
    const fragment = sharedFragment({ bytes, typeName, framing: "none", encoding: "", codec: "proto", readAs: "hex", look: {} });
    if (fragment === undefined) {
      const name = typeName === "" ? "Bytes of a call" : typeName;
      setInspectInput({ ...emptyInput, source: { kind: "file", name, bytes }, typeName, framing: "none", encoding: "" });
    }
    void navigate({ to: "/bytes", search: { path }, hash: fragment ?? "" });
  };
}
