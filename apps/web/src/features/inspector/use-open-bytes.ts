import { useNavigate } from "@tanstack/react-router";
import { emptyInput, setInspectInput } from "./inspect-input.ts";
import { sharedFragment } from "./share-link.ts";

/** Opens one message on the "Inspect bytes" screen, with its type ("" for none); as a link where a link can hold it. */
export function useOpenBytes(): (bytes: Uint8Array, typeName: string) => void {
  const navigate = useNavigate();
  return (bytes, typeName) => {
    const fragment = sharedFragment({ bytes, typeName, framing: "none", encoding: "" });
    if (fragment === undefined) {
      const name = typeName === "" ? "Bytes of a call" : typeName;
      setInspectInput({ ...emptyInput, source: { kind: "file", name, bytes }, typeName, framing: "none", encoding: "" });
    }
    void navigate({ to: "/bytes", hash: fragment ?? "" });
  };
}
