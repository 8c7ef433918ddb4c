import { createRegistry } from "@bufbuild/protobuf";
import { file_pb_address_book } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { useCallback, useState } from "react";
import { InspectBytes, type InspectPanel } from "./inspect-bytes.tsx";
import type { BytesSearch } from "./bytes-search.ts";
import { emptyInput, type InspectInput } from "./inspect-input.ts";
import { examples, inputOfExample } from "./examples.ts";
import type { AskProtoc } from "./use-protoc-answer.ts";

const registries = [createRegistry(file_pb_address_book)];

interface StoryProps {
  example?: string;
  text?: string;
  typeName?: string;
  panel?: InspectPanel;
  /** What protoc prints; absent, the gateway cannot be reached. */
  protocText?: string;
}

const unreachable: AskProtoc = () => Promise.reject(new Error("the gateway cannot be reached"));

/** The page without its frame. `example` opens one of its examples; `text` is pasted. */
export function Page({ example, text, typeName = "", panel: initial = "tree", protocText }: StoryProps) {
  const opened = examples.find(({ id }) => id === example);
  const [input, setInput] = useState<InspectInput>(() =>
    opened === undefined ? { ...emptyInput, source: { kind: "text", text: text ?? "" }, typeName } : inputOfExample(opened),
  );
  const [look, setLook] = useState<BytesSearch>({ show: initial === "tree" ? undefined : initial });
  const asked = useCallback<AskProtoc>(() => Promise.resolve({ kind: "text", text: protocText ?? "", warnings: [] }), [protocText]);
  return (
    <div style={{ display: "flex", blockSize: "100dvh" }}>
      <InspectBytes
        input={input}
        onInput={setInput}
        registries={registries}
        askProtoc={protocText === undefined ? unreachable : asked}
        look={look}
        onLook={(change) => {
          setLook((before) => ({ ...before, ...change }));
        }}
        linkOf={(fragment) => `http://127.0.0.1/bytes#${fragment}`}
      />
    </div>
  );
}
