import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { Header } from "@rpcdeck/frames";
import { Protocol } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import {
  InspectTargetResponse_Step_Result as StepResult,
  type InspectTargetResponseSchema,
  Provenance,
  type SchemaService,
  type UploadSchemaRequest,
} from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import { compileProtos, uploadLimits } from "../schema/compile.ts";
import { parseDescriptorSet } from "../schema/descriptor-set.ts";
import type { DoctorReport } from "../schema/doctor.ts";
import type { SchemaStore } from "../schema/schema-store.ts";
import { fileProblem, type SchemaProblem } from "../schema/schema-problem.ts";
import { createStoredSchema, type SourcedFile } from "../schema/stored-schema.ts";

/** Most ids of one GetSchemas. */
const maxIds = 100;

/** What the service works with. */
export interface SchemaServiceOptions {
  readonly store: SchemaStore;
  readonly inspect: (target: string, metadata: readonly Header[]) => Promise<DoctorReport>;
  /**
   * Reads configured schemas again and has instances asked anew; all of them when no ids are given. Answers what is wrong with the configured
   * ones, one line each.
   */
  readonly reload: (instanceIds: readonly string[]) => Promise<readonly string[]>;
}

/** rpcdeck.v1.SchemaService. */
export function createSchemaService({ store, inspect, reload }: SchemaServiceOptions): ServiceImpl<typeof SchemaService> {
  return {
    getSchemas(request) {
      if (request.ids.length > maxIds) {
        throw new ConnectError(`${request.ids.length} ids are more than the limit of ${maxIds}`, Code.InvalidArgument);
      }
      const schemas = request.ids.flatMap((id) => store.byId(id) ?? []);
      return {
        schemas: schemas.map((schema) => ({
          id: schema.id,
          files: create(FileDescriptorSetSchema, { file: [...schema.files] }),
          provenances: [...schema.provenances],
          problems: [...schema.problems],
        })),
      };
    },
    async inspectTarget(request) {
      const metadata = request.metadata.map(({ name, value }): Header => [name.toLowerCase(), value]);
      return responseFrom(await inspect(request.target, metadata));
    },
    async uploadSchema(request) {
      const read = await readUpload(request.files);
      if (read.kind === "problems") return { schemaId: "", problems: [...read.problems] };
      return { schemaId: store.add(createStoredSchema(read.files)).id, problems: [] };
    },
    async reloadSchemas(request) {
      return { problems: [...(await reload(request.instanceIds))] };
    },
  };
}

type Upload =
  | { readonly kind: "files"; readonly files: readonly SourcedFile[] }
  | { readonly kind: "problems"; readonly problems: readonly SchemaProblem[] };

async function readUpload(files: UploadSchemaRequest["files"]): Promise<Upload> {
  const sources = files.filter((file) => file.path.endsWith(".proto"));
  const provenance = Provenance.UPLOAD;
  if (sources.length > 0) {
    const compiled = await compileProtos(sources, uploadLimits);
    if (compiled.kind === "problems") return compiled;
    return { kind: "files", files: compiled.files.map((file) => ({ file, provenance })) };
  }
  const problems: SchemaProblem[] = [];
  const found: SourcedFile[] = [];
  for (const { path, content } of files) {
    if (content.length > uploadLimits.maxBytes) {
      problems.push(fileProblem(path, `${content.length} bytes are more than the limit of ${uploadLimits.maxBytes}`));
      continue;
    }
    const parsed = parseDescriptorSet(content);
    if (parsed.kind === "problem") problems.push(fileProblem(path, parsed.problem));
    else found.push(...parsed.set.file.map((file) => ({ file, provenance })));
  }
  if (files.length === 0) problems.push(fileProblem("", "there are no files"));
  return problems.length > 0 ? { kind: "problems", problems } : { kind: "files", files: found };
}

const stepResults = { ok: StepResult.OK, skipped: StepResult.SKIPPED, failed: StepResult.FAILED } as const;
const protocols = { grpc: Protocol.GRPC, connect: Protocol.CONNECT, "grpc-web": Protocol.GRPC_WEB } as const;

function responseFrom(report: DoctorReport): MessageInitShape<typeof InspectTargetResponseSchema> {
  return {
    steps: report.steps.map((step) => ({ ...step, result: stepResults[step.result] })),
    url: report.url ?? "",
    protocol: report.protocol === undefined ? Protocol.UNSPECIFIED : protocols[report.protocol],
    services: [...report.services],
    schemaId: report.schemaId ?? "",
  };
}
