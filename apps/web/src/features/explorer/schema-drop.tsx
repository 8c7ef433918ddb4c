import { ConnectError } from "@connectrpc/connect";
import { DropZone } from "react-aria-components/DropZone";
import { FileTrigger } from "react-aria-components/FileTrigger";
import type { DropItem } from "react-aria-components";
import { useState } from "react";
import { maxUploadBytes, uploadSchema, type UploadedSchema } from "#data/uploaded-schemas.ts";
import { bytesText, countOf } from "#lib/format.ts";
import { Button } from "#ui/button.tsx";
import { Lamp } from "#ui/lamp.tsx";
import { Spinner } from "#ui/spinner.tsx";
import text from "#ui/text.module.css";
import s from "./schema-drop.module.css";

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "busy"; readonly files: number }
  | { readonly kind: "problems"; readonly problems: readonly { readonly place: string; readonly message: string }[] };

/** A place for .proto files, folders of them, descriptor sets and buf images. Problems are shown at their file, line and column. */
export function SchemaDrop({ services, onDone }: { services: readonly string[]; onDone: (schemaId: string) => void }) {
  const [state, setState] = useState<State>({ kind: "idle" });

  const take = async (pending: Promise<UploadedSchema["files"]>) => {
    setState({ kind: "busy", files: 0 });
    try {
      const files = await pending;
      const size = files.reduce((sum, file) => sum + file.content.length, 0);
      if (files.length === 0) throw new Error("no file in what was dropped");
      if (size > maxUploadBytes) throw new Error(`${bytesText(size)} of files is more than the limit of ${bytesText(maxUploadBytes)}`);
      setState({ kind: "busy", files: files.length });
      const result = await uploadSchema(files, services);
      if (result.kind === "done") {
        setState({ kind: "idle" });
        onDone(result.schemaId);
        return;
      }
      setState({
        kind: "problems",
        problems: result.problems.map((problem) => ({
          place: [problem.path, problem.line, problem.column].filter((part) => part !== 0 && part !== "").join(":"),
          message: problem.message,
        })),
      });
    } catch (error) {
      setState({ kind: "problems", problems: [{ place: "", message: ConnectError.from(error).rawMessage }] });
    }
  };

  return (
    <div>
      <DropZone
        className={s.zone ?? ""}
        aria-label="Drop .proto files or a descriptor set"
        onDrop={(event) => {
          void take(filesOfDrop(event.items));
        }}
      >
        {state.kind === "busy" ? (
          <span>
            <Spinner /> Reading {state.files === 0 ? "files" : countOf(state.files, "file")}
          </span>
        ) : (
          <span>Drop .proto files, a folder of them, a descriptor set or a buf image</span>
        )}
        {/* Stands while files are read: a button that goes away takes the focus with it, and Escape out of the dialog. */}
        <FileTrigger
          allowsMultiple
          onSelect={(list) => {
            if (list && list.length > 0 && state.kind !== "busy") void take(filesOfList(list));
          }}
        >
          <Button size="sm">Choose files</Button>
        </FileTrigger>
      </DropZone>
      <div role="status">
        {state.kind === "problems" && (
          <ul className={s.problems} aria-label="Problems">
            {state.problems.map((problem) => (
              <li key={`${problem.place} ${problem.message}`}>
                <Lamp state="error" />
                {problem.place !== "" && <span className={text.mono}>{problem.place}</span>}
                <span>{problem.message}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

async function filesOfList(list: FileList): Promise<UploadedSchema["files"]> {
  return Promise.all(
    Array.from(list, async (file) => ({
      path: file.webkitRelativePath === "" ? file.name : file.webkitRelativePath,
      content: await bytesOf(file),
    })),
  );
}

/** All files of a drop. A single dropped folder is the import root, so its own name is left out. */
async function filesOfDrop(items: readonly DropItem[]): Promise<UploadedSchema["files"]> {
  const found: { path: string; content: Uint8Array }[] = [];
  const walk = async (item: DropItem, path: string): Promise<void> => {
    if (item.kind === "file") found.push({ path: path + item.name, content: await bytesOf(await item.getFile()) });
    else if (item.kind === "directory") {
      const below = path === "" && items.length === 1 ? "" : `${path}${item.name}/`;
      for await (const entry of item.getEntries()) await (entry.kind === "file" ? walk(entry, below) : walkBelow(entry, below));
    }
  };
  const walkBelow = async (item: Extract<DropItem, { kind: "directory" }>, path: string): Promise<void> => {
    if (item.name.startsWith(".")) return;
    for await (const entry of item.getEntries()) {
      await (entry.kind === "file" ? walk(entry, `${path}${item.name}/`) : walkBelow(entry, `${path}${item.name}/`));
    }
  };
  for (const item of items) await walk(item, "");
  return found;
}

async function bytesOf(file: File): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer());
}
