import { create, fromBinary, toBinary, type DescMessage, type DescService, type FileRegistry, type Message } from "@bufbuild/protobuf";
import { readRegistry } from "./compile-protos.ts";
import { fieldsOf, type MessageFields } from "./message-fields.ts";

/** The suite's service, which servers under test have. */
export const conformanceServiceName = "connectrpc.conformance.v1.ConformanceService";

/** The suite's own messages, from the descriptors that `npm run conformance` compiled. */
export interface SuiteTypes {
  readonly registry: FileRegistry;
  readonly service: DescService;
  /** A message of package connectrpc.conformance.v1 by its name there. Throws for another name. */
  message(name: string): DescMessage;
  /** The type of a message that is in the descriptors. */
  typeOf(message: Message): DescMessage;
  read(name: string, bytes: Uint8Array): MessageFields;
  fields(message: Message): MessageFields;
  /** Bytes of such a message; `init` as for `create` of protobuf-es. */
  write(name: string, init: Record<string, unknown>): Uint8Array;
}

/** Reads them from the FileDescriptorSet at `path`. */
export function readSuiteTypes(path: string): SuiteTypes {
  const registry = readRegistry(path);
  const service = registry.getService(conformanceServiceName);
  if (service === undefined) throw new Error(`${path} has no ${conformanceServiceName}`);
  const message = (name: string): DescMessage => {
    const found = registry.getMessage(`connectrpc.conformance.v1.${name}`);
    if (found === undefined) throw new Error(`${path} has no ${name}`);
    return found;
  };
  const typeOf = ({ $typeName }: Message): DescMessage => {
    const found = registry.getMessage($typeName);
    if (found === undefined) throw new Error(`${path} has no ${$typeName}`);
    return found;
  };
  return {
    registry,
    service,
    message,
    typeOf,
    fields: (each) => fieldsOf(registry, each),
    read: (name, bytes) => fieldsOf(registry, fromBinary(message(name), bytes)),
    write: (name, init) => toBinary(message(name), create(message(name), init)),
  };
}
