import type { Registry } from "@bufbuild/protobuf";
import { nameFromCode, type Outcome } from "@rpcdeck/frames";
import { useMemo } from "react";
import { readDetail, type ReadDetail } from "#data/error-details.ts";
import { jsonLines } from "#lib/json-lines.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { Icon } from "#ui/icon.tsx";
import { Tokens } from "#ui/json-tree.tsx";
import text from "#ui/text.module.css";
import s from "./response.module.css";

/** A name that somebody who wrote a wrong one may have meant. */
export interface NearName {
  readonly kind: "service" | "method" | "instance";
  readonly name: string;
}

/** What a wrong name was, by the gateway's fault. */
const nearKinds: Readonly<Record<string, NearName["kind"]>> = {
  unknown_service: "service",
  unknown_method: "method",
  instance_unknown: "instance",
};

/** Why a call failed: code, message and details, and the way to the field that is blamed or to the name that was meant. */
export function ErrorView(props: {
  outcome: Outcome;
  registry: Registry | undefined;
  onGoToField: ((path: string) => void) | undefined;
  onNear: (near: NearName) => void;
  /** Opens the bytes of a detail with their message type. */
  onInspect: (bytes: Uint8Array, typeName: string) => void;
}) {
  const { outcome, registry, onGoToField } = props;
  const details = useMemo(() => outcome.details.map((detail) => readDetail(detail, registry)), [outcome, registry]);
  const blamed = details.flatMap((detail) => detail.violations)[0]?.path;
  return (
    <section className={s.error} aria-label="Call error">
      <p className={s.errorHead}>
        <Icon name="x-circle" />
        <strong>{nameFromCode(outcome.code)}</strong> <span className={text.quiet}>gRPC status {outcome.code}</span>
      </p>
      {outcome.message !== "" && <p className={s.errorMessage}>{outcome.message}</p>}
      {details.map((detail, index) => (
        // Details of an outcome never change.
        // oxlint-disable-next-line react/no-array-index-key
        <DetailView key={index} detail={detail} onGoToField={onGoToField} onNear={props.onNear} onInspect={props.onInspect} />
      ))}
      <div className={s.errorActs}>
        {blamed !== undefined && onGoToField && (
          <Button
            size="sm"
            onPress={() => {
              onGoToField(blamed);
            }}
          >
            Go to field
          </Button>
        )}
        <Button size="sm" variant="ghost" onPress={() => void navigator.clipboard.writeText(copyText(outcome, details))}>
          Copy details
        </Button>
      </div>
    </section>
  );
}

function DetailView(props: {
  detail: ReadDetail;
  onGoToField: ((path: string) => void) | undefined;
  onNear: (near: NearName) => void;
  onInspect: (bytes: Uint8Array, typeName: string) => void;
}) {
  const { detail } = props;
  const inspect = detail.bytes.length > 0 && (
    <IconButton
      label={`Inspect the bytes of ${detail.typeName}`}
      icon="bytes"
      size="xs"
      onPress={() => {
        props.onInspect(detail.bytes, detail.typeName);
      }}
    />
  );
  if (detail.fault) {
    const kind = nearKinds[detail.fault.code];
    const near = detail.fault.info["near"]?.split(", ").filter((name) => name !== "") ?? [];
    return (
      <div className={s.detail}>
        <p>{detail.fault.hint}</p>
        {near.length > 0 && kind !== undefined && (
          <ul className={s.near} aria-label="Nearest names">
            {near.map((name) => (
              <li key={name}>
                <Button size="sm" onPress={() => props.onNear({ kind, name })}>
                  Call {name}
                </Button>
              </li>
            ))}
          </ul>
        )}
        <p className={s.detailHead}>
          <span className={text.quiet}>
            <code>{detail.fault.code}</code>, from the gateway
          </span>
          {inspect}
        </p>
      </div>
    );
  }
  return (
    <div className={s.detail}>
      <p className={s.detailHead}>
        <span className={text.mono}>{detail.typeName}</span>
        {inspect}
      </p>
      {detail.violations.length > 0 ? (
        detail.violations.map(({ path, message }) => (
          <p key={`${path} ${message}`} className={s.violation}>
            <Icon name="alert" size={14} />
            <button
              type="button"
              className={text.link}
              onClick={() => {
                props.onGoToField?.(path);
              }}
            >
              {path}
            </button>
            <span>{message}</span>
          </p>
        ))
      ) : detail.json === undefined ? (
        <p className={text.quiet}>{detail.bytes.length} B of a type that the schema does not have</p>
      ) : (
        <pre className={s.pre}>
          {jsonLines(detail.json, undefined, undefined).lines.map((line) => (
            <span key={line.number}>
              {"  ".repeat(line.depth)}
              <Tokens tokens={line.tokens} />
              {"\n"}
            </span>
          ))}
        </pre>
      )}
    </div>
  );
}

function copyText(outcome: Outcome, details: readonly ReadDetail[]): string {
  const parts = details.map((detail) => `${detail.typeName} ${detail.json ?? `(${detail.bytes.length} B)`}`);
  return [`${nameFromCode(outcome.code)}: ${outcome.message}`, ...parts].join("\n");
}
