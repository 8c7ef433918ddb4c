import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter } from "@connectrpc/connect";
import type { ServerReflectionRequest } from "@rpcdeck/protocol/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection } from "@rpcdeck/protocol/grpc/reflection/v1/reflection_pb.ts";
import type { ServerReflectionRequest as ServerReflectionRequestAlpha } from "@rpcdeck/protocol/grpc/reflection/v1alpha/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "@rpcdeck/protocol/grpc/reflection/v1alpha/reflection_pb.ts";
import { createReflectionIndex, type IndexedFile, type ReflectedSchema, type ReflectionIndex } from "./reflection-index.ts";

export type { ReflectedSchema } from "./reflection-index.ts";

/** What a reflection server shows. */
export interface ReflectionLookup {
  /** Schemas and their services, now. The same array as long as nothing changed: what is built from it is kept. */
  schemas(): readonly ReflectedSchema[];
}

/** Serves grpc.reflection.v1 and v1alpha over whatever `lookup` knows at the moment of each request. */
export function registerReflection(router: ConnectRouter, lookup: ReflectionLookup): void {
  let schemas: readonly ReflectedSchema[] | undefined;
  let index: ReflectionIndex = createReflectionIndex([]);
  const indexNow = (): ReflectionIndex => {
    const now = lookup.schemas();
    if (now !== schemas) {
      index = createReflectionIndex(now);
      schemas = now;
    }
    return index;
  };
  router.service(ServerReflection, {
    async *serverReflectionInfo(requests) {
      const sent = new Set<string>();
      for await (const originalRequest of requests) {
        const messageResponse = answer(indexNow(), originalRequest, sent);
        yield { validHost: originalRequest.host, originalRequest, messageResponse };
      }
    },
  });
  router.service(ServerReflectionAlpha, {
    async *serverReflectionInfo(requests) {
      const sent = new Set<string>();
      for await (const originalRequest of requests) {
        const messageResponse = answer(indexNow(), originalRequest, sent);
        yield { validHost: originalRequest.host, originalRequest, messageResponse };
      }
    },
  });
}

/** A lookup that never changes: a serialized FileDescriptorSet (each file after what it imports) and the services to list. */
export function fixedReflection(descriptorSet: Uint8Array, services: readonly string[]): ReflectionLookup {
  const schemas: readonly ReflectedSchema[] = [{ id: "fixed", services, files: fromBinary(FileDescriptorSetSchema, descriptorSet).file }];
  return { schemas: () => schemas };
}

type Answer =
  | { case: "fileDescriptorResponse"; value: { fileDescriptorProto: Uint8Array[] } }
  | { case: "allExtensionNumbersResponse"; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: "listServicesResponse"; value: { service: { name: string }[] } }
  | { case: "errorResponse"; value: { errorCode: number; errorMessage: string } };

/** gRPC status numbers of error responses. */
const notFound = 5;
const invalidArgument = 3;

function answer(index: ReflectionIndex, request: ServerReflectionRequest | ServerReflectionRequestAlpha, sent: Set<string>): Answer {
  const ask = request.messageRequest;
  switch (ask.case) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: index.services.map((name) => ({ name })) } };
    case "fileByFilename":
      return files(index, index.fileByName(ask.value), `file ${ask.value}`, sent);
    case "fileContainingSymbol":
      return files(index, index.fileBySymbol(ask.value.replace(/^\./u, "")), `symbol ${ask.value}`, sent);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = ask.value;
      const file = index.fileByExtension(containingType, extensionNumber);
      return files(index, file, `extension ${extensionNumber} of ${containingType}`, sent);
    }
    case "allExtensionNumbersOfType": {
      const numbers = index.extensionNumbers(ask.value);
      return numbers === undefined
        ? failure(notFound, `there is no type ${ask.value}`)
        : { case: "allExtensionNumbersResponse", value: { baseTypeName: ask.value, extensionNumber: [...numbers] } };
    }
    case undefined:
      return failure(invalidArgument, "the request asks nothing");
  }
}

/** The file asked for, always, and what it imports unless this stream has sent it already, as grpc-go does. */
function files(index: ReflectionIndex, file: IndexedFile | undefined, what: string, sent: Set<string>): Answer {
  if (file === undefined) return failure(notFound, `there is no ${what}`);
  const fileDescriptorProto: Uint8Array[] = [];
  for (const each of index.closure(file.name)) {
    if (each !== file && sent.has(each.name)) continue;
    sent.add(each.name);
    fileDescriptorProto.push(each.bytes);
  }
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function failure(errorCode: number, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
