import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { Protocol } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { GatewayService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { SchemaService, InspectTargetResponse_Step_Result as Result } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { useTypedTargets } from "#data/typed-targets.ts";
import { AddTargetDialog } from "./add-target-dialog.tsx";

const client = new QueryClient({ defaultOptions: { mutations: { retry: false } } });

/** The dialog over a gateway that knows one address with reflection, and answers about others what a real one would. Takes no unix sockets by itself. */
export function Dialog({ onAsk, takesUnix = false }: { onAsk?: (asked: string) => void; takesUnix?: boolean }) {
  const [open, setOpen] = useState(true);
  const [transport] = useState(() =>
    createRouterTransport(({ service }) => {
      service(GatewayService, { getInfo: () => ({ unixTargets: takesUnix }) });
      service(SchemaService, {
        inspectTarget(request) {
          onAsk?.([request.target, ...request.metadata.map((entry) => `${entry.name}=${entry.value}`)].join(" "));
          if (!request.target.includes(":")) throw new ConnectError(`target "${request.target}": has no port`, Code.InvalidArgument);
          const steps = [{ title: `TCP connect to ${request.target}`, result: Result.OK, elapsedMs: 0.4 }];
          if (request.target.endsWith(":1")) {
            return { steps: [{ ...steps[0], result: Result.FAILED, detail: "connection refused" }] };
          }
          return {
            steps: [...steps, { title: "Reflection v1", result: Result.OK, detail: "1 service", elapsedMs: 3.1 }],
            url: "grpc://localhost:50051",
            protocol: Protocol.GRPC,
            services: ["pb.Greeter"],
            schemaId: "0".repeat(64),
          };
        },
      });
    }),
  );
  return (
    <TransportProvider transport={transport}>
      <QueryClientProvider client={client}>
        {open && <AddTargetDialog edit={undefined} onClose={() => setOpen(false)} />}
        <Known />
      </QueryClientProvider>
    </TransportProvider>
  );
}

function Known() {
  return (
    <ul aria-label="Targets">
      {useTypedTargets().map((target) => (
        <li key={target.url}>{target.url}</li>
      ))}
    </ul>
  );
}
