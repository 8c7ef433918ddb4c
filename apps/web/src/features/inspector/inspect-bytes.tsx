import type { Registry } from "@bufbuild/protobuf";
import { startTransition, useEffect, useMemo, useRef, useState, type DragEvent } from "react";
import { cx } from "#lib/cx.ts";
import { bytesText } from "#lib/format.ts";
import { Button } from "#ui/button.tsx";
import { NoticeBar } from "#ui/notice-bar.tsx";
import { Segmented } from "#ui/segmented.tsx";
import type { BytesSearch } from "./bytes-search.ts";
import { besideBytes, type BesideBytes } from "./beside-bytes.tsx";
import { FitNotice } from "./fit-notice.tsx";
import { CompressionSwitch, FrameSteps } from "./frame-steps.tsx";
import { emptyInput, type InspectInput } from "./inspect-input.ts";
import { InputChoices } from "./input-choices.tsx";
import { NoInput } from "./no-input.tsx";
import { openFile } from "./open-file.ts";
import { PersonSteps } from "./person-steps.tsx";
import { useReaderNotice } from "./use-reader-notice.ts";
import { readSource } from "./read-source.ts";
import { inputBytes, recogniseEncoding, recogniseFraming } from "./recognise-framing.ts";
import { maxSharedBytes, sharedFragment } from "./share-link.ts";
import { SourcePane } from "./source-pane.tsx";
import { maxReadAtOnceBytes } from "./use-large-message.ts";
import { useInspected } from "./use-inspected.ts";
import { useKnownTypes } from "./use-known-types.ts";
import type { AskProtoc } from "./use-protoc-answer.ts";
import { useWireView } from "./use-wire-view.ts";
import { WireBody } from "./wire-body.tsx";
import { WireTools } from "./wire-tools.tsx";
import d from "./wire-dock.module.css";
import s from "./inspect-bytes.module.css";

/** What stands beside the hex grid. */
export type InspectPanel = BesideBytes;

const panels = [
  { id: "tree", label: "Tree" },
  { id: "text", label: "Text" },
  { id: "json", label: "JSON" },
  { id: "protoscope", label: "Protoscope" },
  { id: "sizes", label: "Sizes" },
  { id: "canonical", label: "Canonical" },
  { id: "readers", label: "Other readers" },
] as const;

const noChoices: Partial<InspectInput> = { readAs: undefined, framing: undefined, encoding: undefined, codec: undefined };

export interface InspectBytesProps {
  readonly input: InspectInput;
  readonly onInput: (input: InspectInput) => void;
  /** Registries to look for message types in; keep their identity. */
  readonly registries: readonly Registry[];
  /** Has protoc read a message, for the other readers. */
  readonly askProtoc: AskProtoc;
  /** Undoes br and zstd, which the browser cannot. */
  readonly decompress?: ((bytes: Uint8Array, encoding: string) => Promise<Uint8Array>) | undefined;
  /** Frame, selected field and panel. */
  readonly look: BytesSearch;
  /** What of it changes. */
  readonly onLook: (change: BytesSearch) => void;
  /** The address of a link with this fragment. */
  readonly linkOf: (fragment: string) => string;
}

/** Any bytes, pasted, dropped or from a file: what they are, byte by byte, with or without a schema. */
export function InspectBytes(props: InspectBytesProps) {
  const { input, onInput, look, onLook } = props;
  const panel = look.show ?? "tree";
  const frameAt = (look.frame ?? 1) - 1;
  const showsCompressed = look.sent === true;
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [shared, setShared] = useState<string | undefined>(undefined);
  const [isOver, setOver] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const [reading, setReading] = useState<File | undefined>(undefined);
  // Counts what is looked at: a file that was read meanwhile must not take the place of what came after it, nor of another screen.
  const turn = useRef(0);
  useEffect(
    () => () => {
      turn.current++;
    },
    [],
  );

  const types = useKnownTypes(props.registries);
  const wanted = types.get(input.typeName);
  const read = useMemo(
    () => readSource(input.source, input.readAs, { desc: wanted?.desc, registry: wanted?.registry }),
    [input.source, input.readAs, wanted?.desc, wanted?.registry],
  );
  const { bytes, get } = read;
  const typeName = input.typeName === "" ? (read.typeName ?? "") : input.typeName;
  const known = types.get(typeName);
  const desc = known?.desc;
  const registry = known?.registry ?? props.registries[0];
  const isMessage = get !== undefined || read.typeName !== undefined;
  const foundFraming = useMemo(() => (isMessage ? "none" : recogniseFraming(bytes)), [bytes, isMessage]);
  const framing = input.framing ?? foundFraming;
  const foundEncoding = useMemo(() => get?.encoding ?? recogniseEncoding(bytes, framing), [bytes, framing, get]);
  const encoding = input.encoding ?? foundEncoding;
  const foundCodec = get?.codec ?? "proto";
  const codec = input.codec ?? foundCodec;
  const leg = useMemo(() => ({ ...inputBytes(bytes, framing, encoding), codec }), [bytes, framing, encoding, codec]);
  const onSelect = (path: string | undefined): void => {
    if (path !== look.path) onLook({ path });
  };
  const onPanel = (show: InspectPanel): void => {
    onLook({ show: show === "tree" ? undefined : show });
  };
  const setFrameAt = (at: number): void => {
    onLook({ frame: at === 0 ? undefined : at + 1 });
  };
  const setShowsCompressed = (isSent: boolean): void => {
    onLook({ sent: isSent ? true : undefined });
  };
  const { inspected, body } = useInspected({ leg, frameAt, showsCompressed, type: desc, registry, decompress: props.decompress });
  const view = useWireView(inspected, look.path, onSelect);
  const index = inspected.kind === "bytes" ? inspected.index : undefined;
  const notice = useReaderNotice(index, registry);
  const check = inspected.kind === "bytes" ? inspected.check : undefined;

  const aside = besideBytes(panel, view, { registry, askProtoc: props.askProtoc, onSelect });

  const begin = (): number => {
    setProblem(undefined);
    setShared(undefined);
    setReading(undefined);
    return ++turn.current;
  };
  const change = (next: InspectInput): void => {
    begin();
    if (look.path !== undefined || frameAt > 0 || showsCompressed) onLook({ path: undefined, frame: undefined, sent: undefined });
    onInput(next);
  };
  const open = async (chosen: File | undefined): Promise<void> => {
    if (chosen === undefined) return;
    const own = begin();
    if (chosen.size > maxReadAtOnceBytes) setReading(chosen);
    const opened = await openFile(chosen);
    if (own !== turn.current) return;
    // In slices, between frames: there is much to draw.
    startTransition(() => {
      setReading(undefined);
      if ("problem" in opened) setProblem(opened.problem);
      else change({ ...input, ...noChoices, example: undefined, source: { kind: "file", name: chosen.name, bytes: opened.bytes } });
    });
  };
  const share = async (): Promise<void> => {
    const fragment = sharedFragment({ bytes, typeName, framing, encoding, codec, readAs: read.readAs, look });
    if (fragment === undefined) return;
    await navigator.clipboard.writeText(props.linkOf(fragment));
    setShared(`Link copied. It holds the ${bytesText(bytes.length)} themselves, in the part of the address that browsers send to nobody.`);
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void open(event.dataTransfer.files[0]);
  };
  const isEmpty = bytes.length === 0 && input.source.kind === "text" && input.source.text === "";
  const isShareable = bytes.length <= maxSharedBytes;

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a file is dropped anywhere; "Open file" does the same by keyboard
    <section
      className={cx(s.page, isOver && s.over)}
      aria-labelledby="inspect-title"
      data-pane="inspect"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => {
        setOver(false);
      }}
      onDrop={onDrop}
    >
      <header className={s.line}>
        <h1 id="inspect-title" className={s.title}>
          Inspect bytes
        </h1>
        <InputChoices
          input={input}
          read={read}
          framing={{ found: foundFraming, used: framing }}
          encoding={{ found: foundEncoding, used: encoding }}
          codec={{ found: foundCodec, used: codec }}
          types={types}
          typeName={typeName}
          isTypeKnown={desc !== undefined}
          onChange={(next) => {
            change(next);
          }}
        />
        <span className={s.gap} />
        <Button icon="bytes" onPress={() => file.current?.click()}>
          Open file
        </Button>
        <input
          ref={file}
          type="file"
          hidden
          aria-label="File to inspect"
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            event.target.value = "";
            void open(chosen);
          }}
        />
        <Button
          icon="link"
          isDisabled={isEmpty || !isShareable}
          tip={
            isShareable ? "Copies a link that holds the bytes" : `${bytesText(bytes.length)} are too many for a link: it holds up to 64 KiB`
          }
          onPress={() => void share()}
        >
          Share
        </Button>
        <Button
          variant="ghost"
          isDisabled={isEmpty}
          onPress={() => {
            change(emptyInput);
          }}
        >
          Clear
        </Button>
      </header>
      {problem !== undefined && <NoticeBar tone="error" fact="Not opened" reason={problem} />}
      {reading !== undefined && (
        <NoticeBar
          tone="info"
          fact={`Reading ${reading.name}`}
          reason={bytesText(reading.size)}
          action={
            <Button size="sm" onPress={begin}>
              Cancel
            </Button>
          }
        />
      )}
      {shared !== undefined && <NoticeBar tone="info" fact={shared} />}
      <SourcePane input={input} onChange={change} />
      {isEmpty ? (
        <NoInput onOpen={change} />
      ) : (
        <div className={s.found}>
          {input.example === "person" && <PersonSteps panel={panel} onPanel={onPanel} size={bytes.length} />}
          <FitNotice
            inspected={inspected}
            onReadRaw={() => {
              change({ ...input, typeName: "" });
            }}
          />
          {notice !== undefined && panel !== "readers" && (
            <NoticeBar
              tone="warn"
              fact="protobuf-es reads these bytes otherwise"
              reason={notice}
              action={
                <Button
                  size="sm"
                  onPress={() => {
                    onPanel("readers");
                  }}
                >
                  Compare readers
                </Button>
              }
            />
          )}
          <div className={d.head}>
            <FrameSteps count={body?.frames.length ?? 0} at={frameAt} onGo={setFrameAt} />
            {inspected.kind === "bytes" && inspected.frame?.isCompressed === true && (
              <CompressionSwitch showsCompressed={showsCompressed} onChange={setShowsCompressed} />
            )}
            <span className={d.note}>{inspected.kind === "absent" ? inspected.reason : inspected.note}</span>
            <span className={d.gap} />
            {check !== undefined && (
              <div className={s.panels}>
                <Segmented label="Beside the bytes" size="sm" segments={panels} selected={panel} onSelect={onPanel} />
              </div>
            )}
            <WireTools view={view} />
          </div>
          <WireBody
            view={view}
            label="Bytes"
            showsCompressed={showsCompressed}
            onShowsCompressed={setShowsCompressed}
            {...(aside === undefined ? {} : { aside })}
          />
        </div>
      )}
    </section>
  );
}
