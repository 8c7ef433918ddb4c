const defaultPrefix = "type.googleapis.com/";

/** The type URL of a google.protobuf.Any for a bare type name; a URL stays as it is. */
export function typeUrlFrom(nameOrUrl: string): string {
  return nameOrUrl.includes("/") ? nameOrUrl : defaultPrefix + nameOrUrl;
}
