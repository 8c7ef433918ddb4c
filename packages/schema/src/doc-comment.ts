import type { AnyDesc, DescFile } from "@bufbuild/protobuf";

/** Comments by path in the file, "4,0,2,1" being the second field of the first message. */
const commentsOfFile = new WeakMap<DescFile, ReadonlyMap<string, string>>();

/**
 * The comment written above an element of a .proto file, without comment signs and without the first blank of each line; the one behind it
 * when there is none above. Empty when there is none or the descriptors came without source info.
 */
export function docComment(desc: AnyDesc): string {
  if (desc.kind === "file") return "";
  const file = fileOf(desc);
  let comments = commentsOfFile.get(file);
  if (comments === undefined) {
    comments = readComments(file);
    commentsOfFile.set(file, comments);
  }
  return comments.size === 0 ? "" : (comments.get(pathOf(desc).join(",")) ?? "");
}

function fileOf(desc: Exclude<AnyDesc, DescFile>): DescFile {
  switch (desc.kind) {
    case "message":
    case "enum":
    case "extension":
    case "service":
      return desc.file;
    default:
      return fileOf(desc.parent);
  }
}

function readComments(file: DescFile): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  for (const location of file.proto.sourceCodeInfo?.location ?? []) {
    const text = location.leadingComments || location.trailingComments;
    if (text === "") continue;
    comments.set(
      location.path.join(","),
      text
        .split("\n")
        .map((line) => line.replace(/^ /, "").trimEnd())
        .join("\n")
        .trim(),
    );
  }
  return comments;
}

/** Path of an element as descriptor.proto numbers it (SourceCodeInfo.Location.path). */
function pathOf(desc: Exclude<AnyDesc, DescFile>): number[] {
  switch (desc.kind) {
    case "message":
      return desc.parent === undefined
        ? [4, desc.file.proto.messageType.indexOf(desc.proto)]
        : [...pathOf(desc.parent), 3, desc.parent.proto.nestedType.indexOf(desc.proto)];
    case "enum":
      return desc.parent === undefined
        ? [5, desc.file.proto.enumType.indexOf(desc.proto)]
        : [...pathOf(desc.parent), 4, desc.parent.proto.enumType.indexOf(desc.proto)];
    case "enum_value":
      return [...pathOf(desc.parent), 2, desc.parent.proto.value.indexOf(desc.proto)];
    case "field":
      return [...pathOf(desc.parent), 2, desc.parent.proto.field.indexOf(desc.proto)];
    case "extension":
      return desc.parent === undefined
        ? [7, desc.file.proto.extension.indexOf(desc.proto)]
        : [...pathOf(desc.parent), 6, desc.parent.proto.extension.indexOf(desc.proto)];
    case "oneof":
      return [...pathOf(desc.parent), 8, desc.parent.proto.oneofDecl.indexOf(desc.proto)];
    case "service":
      return [6, desc.file.proto.service.indexOf(desc.proto)];
    case "rpc":
      return [...pathOf(desc.parent), 2, desc.parent.proto.method.indexOf(desc.proto)];
  }
}
