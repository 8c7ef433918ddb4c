import { expect, test } from "vitest";
import { parseEtcdUrl } from "./etcd-url.ts";

test.each([
  ["etcd://127.0.0.1:2379", { endpoints: ["http://127.0.0.1:2379"], prefix: "" }],
  ["etcd://a,b:1,[::1]:2/services/", { endpoints: ["http://a:2379", "http://b:1", "http://[::1]:2"], prefix: "services/" }],
  ["etcds://a//rpcx", { endpoints: ["https://a:2379"], prefix: "/rpcx" }],
  ["etcd://", { problem: 'registry "etcd://": write etcd://host:port,host:port/prefix or etcds://' }],
  ["etcd://a:99999", { problem: 'registry "etcd://a:99999": "a:99999" is not host:port' }],
  ["etcd://root:secret@a", { problem: "registry: credentials do not belong in a URL; give them by environment or file" }],
])("reads %s", (url, expected) => {
  expect(parseEtcdUrl(url)).toEqual(expected);
});
