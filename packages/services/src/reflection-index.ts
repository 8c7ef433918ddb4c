import { toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { base64Encode } from "@bufbuild/protobuf/wire";

/** A schema that reflection shows, and the services that are served with it. */
export interface ReflectedSchema {
  /** Its id; the first 8 characters stand before file names that clash. */
  readonly id: string;
  /** Full names of the services to list. */
  readonly services: readonly string[];
  /** All files of their closures, each after what it imports. */
  readonly files: readonly FileDescriptorProto[];
}

/** Everything a reflection server answers from. Pure data. */
export interface ReflectionIndex {
  /** Full names, sorted, without duplicates. */
  readonly services: readonly string[];
  /** A file and what it imports, directly or not, the file first; names of files not found are left out. */
  closure(fileName: string): readonly IndexedFile[];
  fileByName(name: string): IndexedFile | undefined;
  /** The file that declares a type, service, method, field, enum value, oneof or extension; without leading dot. */
  fileBySymbol(name: string): IndexedFile | undefined;
  fileByExtension(containingType: string, fieldNumber: number): IndexedFile | undefined;
  /** Extension numbers of a message, sorted; undefined when there is no such message. */
  extensionNumbers(type: string): readonly number[] | undefined;
}

/** One file as it is served. */
export interface IndexedFile {
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly bytes: Uint8Array;
}

/**
 * Joins schemas into one namespace of files. A file whose name is taken by other content is served as `<id8>/<name>`, and its importers
 * with it; google/protobuf files are shared instead, for all versions of them agree on the wire. A service's symbols lead to the schema
 * that lists it, other symbols to the first schema that has them.
 */
export function createReflectionIndex(schemas: readonly ReflectedSchema[]): ReflectionIndex {
  const files = new Map<string, IndexedFile>();
  const identities = new Map<string, string>();
  const symbols = new Map<string, IndexedFile>();
  const extensions = new Map<string, Map<number, IndexedFile>>();
  const messages = new Set<string>();

  function addFile(schema: ReflectedSchema, file: FileDescriptorProto, renamed: Map<string, string>): void {
    const dependency = file.dependency.map((name) => renamed.get(name) ?? name);
    const isMoved = dependency.some((name, at) => name !== file.dependency[at]);
    const identity = identityOf(isMoved ? { ...file, dependency } : file);
    const taken = identities.get(file.name);
    const isShared = taken === identity || (taken !== undefined && file.name.startsWith("google/protobuf/"));
    const name = taken === undefined || isShared ? file.name : `${schema.id.slice(0, 8)}/${file.name}`;
    if (name !== file.name) renamed.set(file.name, name);
    let indexed = files.get(name);
    if (indexed === undefined) {
      const served = name === file.name && !isMoved ? file : { ...file, name, dependency };
      indexed = { name, dependencies: dependency, bytes: toBinary(FileDescriptorProtoSchema, served) };
      files.set(name, indexed);
      identities.set(name, identity);
    }
    addSymbols(file, indexed, new Set(schema.services));
  }

  function addSymbols(file: FileDescriptorProto, indexed: IndexedFile, own: ReadonlySet<string>): void {
    const add = (name: string): void => {
      if (!symbols.has(name)) symbols.set(name, indexed);
    };
    const addExtension = (field: FieldDescriptorProto, scope: string): void => {
      add(join(scope, field.name));
      const extendee = withoutDot(field.extendee);
      const numbers = extensions.get(extendee) ?? new Map<number, IndexedFile>();
      if (!numbers.has(field.number)) numbers.set(field.number, indexed);
      extensions.set(extendee, numbers);
    };
    const addMessage = (message: DescriptorProto, scope: string): void => {
      const name = join(scope, message.name);
      add(name);
      messages.add(name);
      for (const field of message.field) add(join(name, field.name));
      for (const oneof of message.oneofDecl) add(join(name, oneof.name));
      for (const field of message.extension) addExtension(field, name);
      for (const nested of message.nestedType) addMessage(nested, name);
      for (const nested of message.enumType) addEnum(nested.name, nested.value, name);
    };
    const addEnum = (name: string, values: readonly { readonly name: string }[], scope: string): void => {
      add(join(scope, name));
      for (const value of values) add(join(scope, value.name)); // enum values live beside their enum
    };
    for (const message of file.messageType) addMessage(message, file.package);
    for (const enumeration of file.enumType) addEnum(enumeration.name, enumeration.value, file.package);
    for (const field of file.extension) addExtension(field, file.package);
    for (const service of file.service) {
      const name = join(file.package, service.name);
      for (const symbol of [name, ...service.method.map((method) => join(name, method.name))]) {
        if (own.has(name)) symbols.set(symbol, indexed);
        else add(symbol);
      }
    }
  }

  for (const schema of schemas) {
    const renamed = new Map<string, string>();
    for (const file of schema.files) addFile(schema, file, renamed);
  }

  return {
    services: [...new Set(schemas.flatMap((schema) => schema.services))].sort(),
    closure(fileName) {
      const found = new Map<string, IndexedFile>();
      const queue = [fileName];
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        const file = files.get(name);
        if (file === undefined || found.has(name)) continue;
        found.set(name, file);
        queue.push(...file.dependencies);
      }
      return [...found.values()];
    },
    fileByName: (name) => files.get(name),
    fileBySymbol: (name) => symbols.get(name),
    fileByExtension: (containingType, fieldNumber) => extensions.get(containingType)?.get(fieldNumber),
    extensionNumbers(type) {
      const numbers = extensions.get(type);
      if (numbers === undefined) return messages.has(type) ? [] : undefined;
      return [...numbers.keys()].sort((a, b) => a - b);
    },
  };
}

/** Content of a file without source info, as a string to compare. */
function identityOf(file: FileDescriptorProto): string {
  const bare = { ...file };
  delete bare.sourceCodeInfo;
  return base64Encode(toBinary(FileDescriptorProtoSchema, bare));
}

function join(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}

function withoutDot(name: string): string {
  return name.startsWith(".") ? name.slice(1) : name;
}
