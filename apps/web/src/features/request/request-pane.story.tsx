import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { parse } from "@rpcdeck/wire";
import { useState } from "react";
import { messageBreak } from "#data/message-break.ts";
import type { Draft, RequestView } from "#data/draft.ts";
import { hexOf } from "#lib/hex-of.ts";
import type { BytesLook } from "./hex-editor.tsx";
import { RequestPane } from "./request-pane.tsx";

const draft: Draft = {
  id: "d",
  service: "pb.AddressBookService",
  method: "AddPerson",
  target: undefined,
  schemaId: undefined,
  protocol: "connect",
  codec: "proto",
  message: new Uint8Array([8, 7]),
  jsonText: undefined,
  lastGood: undefined,
  metadata: [],
  deadlineMs: undefined,
  deadlineChosen: false,
  encoding: "",
  select: undefined,
  fail: undefined,
  hedgeMs: undefined,
  useGet: false,
};

/** Where fields are, without colours. */
function look(message: Uint8Array): BytesLook {
  const index = parse(message, PersonSchema);
  return {
    partAt: () => undefined,
    rangeOf: (path) => index.find(path),
    pathAt: (offset) => {
      const record = index.partAt(offset)?.record;
      return record === undefined ? undefined : index.pathOf(record);
    },
  };
}

/** A draft with its editors; form and JSON are stood in for. */
export function Pane(props: {
  view?: RequestView;
  hedgeProblem?: string;
  /** The message in hex; 0807 without. */
  message?: string;
  /** The field that another view has chosen: its button, "Choose", does so again. */
  selectedPath?: string;
  onDraft?: (draft: { metadata: string; hex: string; useGet: boolean; deadlineMs: number | null; hedgeMs: number | null }) => void;
}) {
  const [current, setCurrent] = useState(() =>
    props.message === undefined
      ? draft
      : { ...draft, message: Uint8Array.from(props.message.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)) },
  );
  const [path, setPath] = useState(props.selectedPath);
  const [view, setView] = useState(props.view ?? "form");
  const change = (changed: Partial<Draft>) => {
    const next = { ...current, ...changed };
    setCurrent(next);
    props.onDraft?.({
      metadata: next.metadata.map(({ name, value, enabled }) => `${enabled ? "" : "#"}${name}=${value}`).join("&"),
      hex: hexOf(next.message, ""),
      useGet: next.useGet,
      deadlineMs: next.deadlineMs ?? null,
      hedgeMs: next.hedgeMs ?? null,
    });
  };
  return (
    <div style={{ display: "flex", inlineSize: 560, blockSize: 420, background: "var(--bg-panel)" }}>
      <RequestPane
        draft={current}
        deadlineMs={current.deadlineChosen ? current.deadlineMs : 15_000}
        onChange={change}
        view={view}
        onView={setView}
        type={{ typeName: "pb.Person", fieldCount: 11, origin: "schema from reflection v1" }}
        form={
          <button
            type="button"
            onClick={() => {
              setPath(props.selectedPath);
            }}
          >
            Choose
          </button>
        }
        json={<p>json</p>}
        messageProblem={undefined}
        brokenRules={{ violations: [], isStopped: false, failure: undefined, onShow: () => undefined }}
        onBytes={(message) => {
          change({ message, jsonText: undefined });
        }}
        bytes={{
          sent: undefined,
          look: props.selectedPath === undefined ? undefined : look,
          breakOf: (message) => messageBreak({ desc: PersonSchema, registry: undefined }, message),
          selectedPath: path,
          onSelectPath: setPath,
          goTo: undefined,
        }}
        onUndo={undefined}
        onRedo={undefined}
        hedgeProblem={props.hedgeProblem}
        getProblem={undefined}
        carrier={{ kind: "fetch" }}
      />
    </div>
  );
}
