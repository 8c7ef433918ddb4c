import type { DescMessage, Registry } from "@bufbuild/protobuf";
import type { WireIndex } from "@rpcdeck/wire";
import { useMemo, useState } from "react";
import { bytesText, countOf, countText } from "#lib/format.ts";
import { cx } from "#lib/cx.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { Segmented } from "#ui/segmented.tsx";
import { AsidePanel, ColumnHeads, MoreRows, PathCell } from "./aside-table.tsx";
import { isOtherReading, maxComparedBytes, ownReading, protobufEsReading, protocReading, type Reading } from "./other-readings.ts";
import { reasonForValue, reasonToDiffer, type OtherReader } from "./reader-reason.ts";
import { useProtocAnswer, type AskProtoc, type ProtocState } from "./use-protoc-answer.ts";
import s from "./compare-panels.module.css";

export interface ReadersPanelProps {
  readonly index: WireIndex;
  readonly registry: Registry | undefined;
  readonly askProtoc: AskProtoc;
  readonly onSelect: (path: string) => void;
}

/** Rows drawn; further ones are counted below. */
const maxRows = 200;

/** The same bytes as rpcdeck, protobuf-es and protoc read them, side by side. */
export function ReadersPanel(props: ReadersPanelProps) {
  const { index } = props;
  if (index.type === undefined) {
    return (
      <EmptyState icon="schemas" title="Other readers need a message type">
        <p>protobuf-es and protoc read bytes as messages of a type.</p>
      </EmptyState>
    );
  }
  if (index.bytes.length > maxComparedBytes) {
    return (
      <EmptyState icon="weight" title="Too large to compare">
        <p>{`${bytesText(index.bytes.length)}; up to ${bytesText(maxComparedBytes)} are given to other readers.`}</p>
      </EmptyState>
    );
  }
  return <Readers {...props} desc={index.type} />;
}

/** A column: a reader, and its reading once there is one. */
interface Column {
  readonly name: "rpcdeck" | OtherReader;
  readonly reading: Reading | undefined;
  /** Said while there is no reading. */
  readonly note: string;
}

function Readers({ index, registry, askProtoc, onSelect, desc }: ReadersPanelProps & { desc: DescMessage }) {
  const { bytes } = index;
  const [shows, setShows] = useState<"differences" | "all">("differences");
  const protoc = useProtocAnswer(bytes, desc, { registry, ask: askProtoc });
  const own = useMemo(() => ownReading(index, desc, registry), [index, desc, registry]);
  const es = useMemo(() => protobufEsReading(bytes, desc, registry), [bytes, desc, registry]);
  const reference = useMemo(
    () => (protoc.kind === "answered" ? protocReading(protoc.answer, desc, registry) : undefined),
    [protoc, desc, registry],
  );
  const columns: readonly Column[] = [
    { name: "rpcdeck", reading: own, note: "" },
    { name: "protobuf-es", reading: es, note: "" },
    { name: "protoc", reading: reference, note: noteOf(protoc) },
  ];
  const rows = useMemo(() => valueRows([own, es, reference]), [own, es, reference]);
  const differing = rows.filter(({ differs }) => differs);
  const shown = shows === "all" ? rows : differing;
  return (
    <AsidePanel label="Other readers">
      <table className={s.readers} aria-label="Verdicts">
        <tbody>
          {columns.map((column) => (
            <VerdictRow key={column.name} column={column} own={own} index={index} />
          ))}
        </tbody>
      </table>
      <div className={s.lead}>
        <p role="status">
          <ValuesLead readings={[own, es, reference]} total={rows.length} differing={differing.length} />
        </p>
        <Segmented
          label="Values shown"
          size="sm"
          segments={[
            { id: "differences", label: "Differences" },
            { id: "all", label: "All values" },
          ]}
          selected={shows}
          onSelect={setShows}
        />
      </div>
      {shown.length > 0 && (
        <table aria-label="Values">
          <ColumnHeads names={["Path", ...columns.map(({ name }) => name)]} />
          <tbody>
            {shown.slice(0, maxRows).map(({ path, texts, differs }) => (
              <tr key={path}>
                <PathCell path={path} onSelect={onSelect}>
                  {reasonForRow(texts) !== undefined && <div className={s.why}>{reasonForRow(texts)}</div>}
                </PathCell>
                {columns.map(({ name, reading }, at) => (
                  <ValueCell key={name} reading={reading} text={texts[at]} isOther={differs && texts[at] !== texts[0]} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <MoreRows text={shown.length > maxRows ? `${countText(shown.length - maxRows)} more values` : undefined} />
    </AsidePanel>
  );
}

/** The outcome of the comparison in a sentence. */
function ValuesLead(props: { readings: readonly (Reading | undefined)[]; total: number; differing: number }) {
  const { readings, total, differing } = props;
  if (readings.filter((reading) => reading?.kind === "values").length < 2) {
    return (
      <>
        <strong>No values to compare</strong> Fewer than two readers accept the bytes.
      </>
    );
  }
  if (differing === 0) {
    return (
      <>
        <strong>The same values</strong> {`in ${countOf(total, "place")}.`}
      </>
    );
  }
  return (
    <>
      <strong>{differing === 1 ? "1 value differs" : `${countText(differing)} values differ`}</strong> {`of ${countText(total)}.`}
    </>
  );
}

function VerdictRow({ column, own, index }: { column: Column; own: Reading; index: WireIndex }) {
  const { name, reading, note } = column;
  const isOther = reading !== undefined && name !== "rpcdeck" && isOtherReading(own, reading);
  const reason = isOther ? reasonToDiffer(name === "protoc" ? "protoc" : "protobuf-es", index) : undefined;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className={cx(reading === undefined && s.absent, reading?.kind === "refused" && s.refused)}>
        {reading === undefined
          ? note
          : reading.kind === "refused"
            ? `refuses: ${reading.reason}`
            : [`accepts, ${countOf(reading.lines.length, "value")}`, ...reading.warnings].join(" · ")}
      </td>
      <td className={s.differs}>{isOther ? `differs from rpcdeck${reason === undefined ? "" : `: ${reason}`}` : ""}</td>
    </tr>
  );
}

function ValueCell({ reading, text, isOther }: { reading: Reading | undefined; text: string | undefined; isOther: boolean }) {
  if (text !== undefined) return <td className={cx(s.bytes, isOther && s.differs)}>{text}</td>;
  return <td className={s.absent}>{reading === undefined ? "" : reading.kind === "refused" ? "refused" : "absent"}</td>;
}

function noteOf(state: ProtocState): string {
  switch (state.kind) {
    case "waiting":
      return "Asking the gateway";
    case "failed":
      return `not asked: ${state.reason}`;
    case "answered":
      return "";
  }
}

/** One path and what each reader has there. */
interface ValueRow {
  readonly path: string;
  readonly texts: readonly (string | undefined)[];
  /** Readers that accept the bytes do not agree here. */
  readonly differs: boolean;
}

function valueRows(readings: readonly (Reading | undefined)[]): ValueRow[] {
  const values = readings.map((reading) => new Map(reading?.kind === "values" ? reading.lines.map(({ path, text }) => [path, text]) : []));
  const accepting = readings.flatMap((reading, at) => (reading?.kind === "values" ? [at] : []));
  const paths = new Set(values.flatMap((map) => [...map.keys()]));
  return [...paths].map((path) => {
    const texts = values.map((map) => map.get(path));
    return { path, texts, differs: new Set(accepting.map((at) => texts[at])).size > 1 };
  });
}

function reasonForRow([own, es]: readonly (string | undefined)[]): string | undefined {
  return reasonForValue("protobuf-es", own, es);
}
