// A schema that changes on disk while the gateway runs.
import { createFileRegistry } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { CatalogService } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { SchemaService } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import { startBackend } from "@rpcdeck/testkit";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { startWholeGateway } from "./test-whole-gateway.ts";

const first = `syntax = "proto3";
package pb;
message HelloRequest { string name = 1; }
message HelloReply { string message = 1; }
service Greeter { rpc SayHello(HelloRequest) returns (HelloReply); }
`;

test("a .proto file that changed is read again on request, and one with a mistake takes nothing away", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "rpcdeck-reload-"));
  const file = path.join(folder, "greeter.proto");
  writeFileSync(file, first);
  // No reflection: the file is all there is.
  const backend = await startBackend({ protocols: ["grpc"] });
  const gateway = await startWholeGateway(["--target", `pb.Greeter=grpc://${backend.address}`, "--proto", folder]);
  const { address } = gateway;
  try {
    const transport = createConnectTransport({ baseUrl: address, httpVersion: "1.1" });
    const [catalog, schemas] = [createClient(CatalogService, transport), createClient(SchemaService, transport)];
    const methods = async (): Promise<readonly string[]> => {
      const instances = (await catalog.getCatalog({})).catalog?.instances ?? [];
      const id = instances.find((instance) => instance.address === backend.address)?.schemaId ?? "";
      const set = id === "" ? undefined : (await schemas.getSchemas({ ids: [id] })).schemas[0]?.files;
      const service = set === undefined ? undefined : createFileRegistry(set).getService("pb.Greeter");
      return service?.methods.map(({ name }) => name) ?? [];
    };
    const greet = async (): Promise<unknown> => {
      const headers = { "content-type": "application/json", "rpcdeck-target": backend.address };
      return (await fetch(`${address}/pb.Greeter/SayHello`, { method: "POST", headers, body: `{"name":"me"}` })).json();
    };
    await expect.poll(methods).toEqual(["SayHello"]);

    writeFileSync(file, first.replace("service Greeter {", "service Greeter { rpc Wave(HelloRequest) returns (HelloReply);"));
    expect(await methods()).toEqual(["SayHello"]);
    expect(await schemas.reloadSchemas({})).toMatchObject({ problems: [] });
    await expect.poll(methods).toEqual(["Wave", "SayHello"]);
    expect(await greet()).toEqual({ message: "hello me" });

    writeFileSync(file, first.replace("string name", "strin name"));
    const { problems } = await schemas.reloadSchemas({});
    expect(problems).toEqual([expect.stringMatching(/greeter\.proto:3.*strin/)]);
    await expect.poll(methods).toEqual(["Wave", "SayHello"]);
    expect(await greet()).toEqual({ message: "hello me" });
  } finally {
    await gateway.close();
    await backend.close();
    rmSync(folder, { recursive: true });
  }
});
