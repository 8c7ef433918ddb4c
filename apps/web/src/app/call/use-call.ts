import { docComment } from "@rpcdeck/schema";
import { useMemo } from "react";
import type { DescMessage, DescMethod, Registry } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import type { MethodKind } from "@rpcdeck/frames";
import { Instance_Health, type Instance } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { Provenance } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import { useCatalog } from "#data/catalog-feed.ts";
import { deadlineOf, type DraftHead } from "#data/draft.ts";
import { useMethod, type MethodState } from "#data/schema-registry.ts";
import { skipsVerification, useTypedTargets } from "#data/typed-targets.ts";
import { uploadedSchemaFor, useUploadedSchemas } from "#data/uploaded-schemas.ts";
import type { Option } from "#ui/select.tsx";
import type { Answerer } from "#features/response/outcome-strip.tsx";
import { anyInstance } from "#features/request/request-line.tsx";

/** A draft's method and all that the screen needs around it. */
export interface CallModel {
  readonly state: MethodState;
  /** "unary" while the method is not known. */
  readonly kind: MethodKind;
  readonly isKindKnown: boolean;
  readonly deadlineMs: number | undefined;
  readonly input: DescMessage | undefined;
  readonly output: DescMessage | undefined;
  readonly registry: Registry | undefined;
  readonly comment: string;
  /** Where the schema of the request is from. */
  readonly origin: string;
  /** Why the call cannot go by GET; undefined where it can. */
  readonly getProblem: string | undefined;
  /** Undefined where a second instance may be asked too, else why not. */
  readonly hedgeProblem: string | undefined;
  readonly instances: readonly Option[];
  /** Goes, or may go, over TLS whose certificate nobody checks. */
  readonly isUnverified: boolean;
  /** How an instance is named on the page: by its label, a typed target as it was typed, anything else by its id. */
  readonly answererOf: (id: string) => Answerer;
}

const kinds: Readonly<Record<DescMethod["methodKind"], MethodKind>> = {
  unary: "unary",
  server_streaming: "server-stream",
  client_streaming: "client-stream",
  bidi_streaming: "bidi",
};

/** What the catalog says of an instance whose certificate is not checked. */
const unverified = "skip-verify";

const origins: Readonly<Record<number, string>> = {
  [Provenance.REFLECTION_V1]: "schema from reflection v1",
  [Provenance.REFLECTION_V1ALPHA]: "schema from reflection v1alpha",
  [Provenance.BUILT_IN]: "schema built into the gateway",
  [Provenance.PROTO_PATH]: "schema from --proto",
  [Provenance.DESCRIPTOR_SET]: "schema from --descriptor-set",
  [Provenance.UPLOAD]: "schema from files given here",
};

/** Looks up a draft's method, schema and instances. The same object until one of them is another. */
export function useCall(draft: DraftHead): CallModel {
  const catalog = useCatalog();
  const targets = useTypedTargets();
  const uploaded = useUploadedSchemas();
  const service = catalog?.services.find((known) => known.name === draft.service);
  const pinned = catalog?.instances.find((instance) => instance.id === draft.target);
  const schemaId =
    draft.schemaId ||
    targets.find((target) => target.url === draft.target)?.schemaId ||
    pinned?.schemaId ||
    service?.schemaId ||
    uploadedSchemaFor(uploaded, draft.service);
  const state = useMethod(schemaId, draft.service, draft.method);
  return useMemo((): CallModel => {
    const method = state.kind === "ready" ? state.method : undefined;
    const kind = method === undefined ? "unary" : kinds[method.methodKind];
    const instances = (service?.instanceIds ?? [])
      .map((id) => catalog?.instances.find((instance) => instance.id === id))
      .filter((instance) => instance !== undefined);
    return {
      state,
      kind,
      isKindKnown: method !== undefined,
      deadlineMs: deadlineOf(draft, kind !== "unary"),
      input: method?.input,
      output: method?.output,
      registry: state.kind === "ready" ? state.schema.registry : undefined,
      comment: method === undefined ? "" : docComment(method),
      origin: state.kind === "ready" && method ? (origins[state.schema.provenance.get(method.input.file.proto.name) ?? 0] ?? "") : "",
      getProblem: getProblem(method, draft),
      hedgeProblem: hedgeProblem(method, draft),
      instances: instanceOptions(
        draft,
        instances,
        targets.map(({ url, typed }) => ({ url, typed })),
      ),
      isUnverified:
        draft.target === undefined
          ? instances.some((instance) => instance.tls === unverified)
          : skipsVerification(draft.target) || pinned?.tls === unverified,
      answererOf(id) {
        const typed = targets.find((target) => `typed/${target.url}` === id);
        return (
          catalog?.instances.find((instance) => instance.id === id) ?? {
            label: typed?.typed ?? id.replace(/^typed\//, ""),
            address: undefined,
          }
        );
      },
    };
  }, [draft, catalog, targets, state, service, pinned]);
}

/** Why a method may not be sent by GET, or twice at once. */
function sideEffectsProblem(method: DescMethod | undefined): string | undefined {
  if (method === undefined) return "Not known without a schema whether the method has side effects";
  if (method.methodKind !== "unary") return "Only for unary methods";
  return method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS ? undefined : "Only for methods marked NO_SIDE_EFFECTS";
}

function getProblem(method: DescMethod | undefined, draft: DraftHead): string | undefined {
  const problem = sideEffectsProblem(method);
  if (problem !== undefined) return problem;
  if (draft.encoding === "br" || draft.encoding === "zstd") return `Not with ${draft.encoding}, which goes through the tunnel`;
  return draft.protocol === "connect" ? undefined : "Only with Connect";
}

function hedgeProblem(method: DescMethod | undefined, draft: DraftHead): string | undefined {
  const problem = sideEffectsProblem(method);
  if (problem !== undefined) return problem;
  if (draft.target !== undefined) return "Not where one instance is chosen";
  return draft.fail === "failfast" ? "Not with failfast, which is one attempt" : undefined;
}

function instanceOptions(
  draft: DraftHead,
  instances: readonly Instance[],
  targets: readonly { url: string; typed: string }[],
): readonly Option[] {
  const healthy = instances.filter(
    (instance) => instance.health !== Instance_Health.FAILING && instance.health !== Instance_Health.EVICTED,
  );
  const typed = targets.find((target) => target.url === draft.target);
  const isGone = draft.target !== undefined && typed === undefined && !instances.some((instance) => instance.id === draft.target);
  return [
    { id: anyInstance, label: `any healthy · ${draft.select ?? "round-robin"} (${healthy.length})` },
    ...instances.map((instance) => ({
      id: instance.id,
      label: instance.label,
      note: `${instance.address} ${instance.protocolName}${instance.health === Instance_Health.FAILING ? ", failing" : ""}`,
    })),
    ...(typed ? [{ id: typed.url, label: typed.typed, note: "typed" }] : []),
    ...(isGone ? [{ id: draft.target ?? "", label: draft.target ?? "", note: "not in the catalog" }] : []),
  ];
}
