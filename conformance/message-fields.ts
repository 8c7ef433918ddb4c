import type { Message, Registry } from "@bufbuild/protobuf";
import { isReflectMessage, reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";

/**
 * The fields of a message that only descriptors know, by their names in the .proto file. A field that is not of the type asked for is an
 * error of this program, and thrown. Unset scalars read as their default.
 */
export interface MessageFields {
  readonly message: Message;
  has(name: string): boolean;
  text(name: string): string;
  /** Enums by number; 64-bit numbers as far as JavaScript's are exact. */
  number(name: string): number;
  flag(name: string): boolean;
  bytes(name: string): Uint8Array;
  /** Undefined while the field is not set. */
  child(name: string): MessageFields | undefined;
  children(name: string): readonly MessageFields[];
  texts(name: string): readonly string[];
  blobs(name: string): readonly Uint8Array[];
}

/** The fields of `message`, whose type `registry` knows. */
export function fieldsOf(registry: Registry, message: Message): MessageFields {
  const type = registry.getMessage(message.$typeName);
  if (type === undefined) throw new Error(`${message.$typeName} is in no descriptor`);
  return fieldsOfReflected(reflect(type, message));
}

function fieldsOfReflected(reflected: ReflectMessage): MessageFields {
  const { desc, message } = reflected;
  const fail = (name: string, wanted: string): never => {
    throw new Error(`${desc.typeName}.${name} is not ${wanted}`);
  };
  const field = (name: string) => desc.fields.find((each) => each.name === name) ?? fail(name, "a field");
  const value = (name: string): unknown => reflected.get(field(name));
  const list = <Value>(name: string, wanted: string, isWanted: (item: unknown) => item is Value): Value[] => {
    const items = value(name);
    if (typeof items !== "object" || items === null || !(Symbol.iterator in items)) return fail(name, "a list");
    return [...(items as Iterable<unknown>)].map((item) => (isWanted(item) ? item : fail(name, `a list of ${wanted}`)));
  };
  return {
    message,
    has: (name) => reflected.isSet(field(name)),
    text(name) {
      const text = value(name);
      return isText(text) ? text : fail(name, "text");
    },
    number(name) {
      const number = value(name);
      if (typeof number === "bigint") return Number(number);
      return typeof number === "number" ? number : fail(name, "a number");
    },
    flag(name) {
      const flag = value(name);
      return typeof flag === "boolean" ? flag : fail(name, "a flag");
    },
    bytes(name) {
      const bytes = value(name);
      return isBytes(bytes) ? bytes : fail(name, "bytes");
    },
    child(name) {
      if (!reflected.isSet(field(name))) return undefined;
      const child = value(name);
      return isMessage(child) ? fieldsOfReflected(child) : fail(name, "a message");
    },
    children: (name) => list(name, "messages", isMessage).map(fieldsOfReflected),
    texts: (name) => list(name, "text", isText),
    blobs: (name) => list(name, "bytes", isBytes),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function isMessage(value: unknown): value is ReflectMessage {
  return isReflectMessage(value);
}
