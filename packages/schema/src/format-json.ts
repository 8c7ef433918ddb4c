import { type JsonNode, readJsonTree } from "./json-tree.ts";

/** A JSON text with two blanks of indent, numbers as they were written; undefined when it is no JSON. */
export function formatJson(text: string): string | undefined {
  const { root, problems } = readJsonTree(text);
  return problems.length > 0 ? undefined : printNode(root, "");
}

function printNode(node: JsonNode, indent: string): string {
  const deeper = `${indent}  `;
  switch (node.kind) {
    case "object":
      if (node.members.length === 0) return "{}";
      return `{\n${node.members.map(({ key, value }) => `${deeper}${JSON.stringify(key.value)}: ${printNode(value, deeper)}`).join(",\n")}\n${indent}}`;
    case "array":
      if (node.items.length === 0) return "[]";
      return `[\n${node.items.map((item) => deeper + printNode(item, deeper)).join(",\n")}\n${indent}]`;
    case "string":
      return JSON.stringify(node.value);
    case "number":
      return node.text;
    case "literal":
      return String(node.value);
    case "missing":
      return "null";
  }
}
