import { createRouterTransport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { useState } from "react";
import { Palette } from "./palette.tsx";

const client = new QueryClient();

/** The palette of a page that knows no service yet: its actions. */
export function Open({ onDid }: { onDid?: (what: string) => void }) {
  const [router] = useState(() =>
    createRouter({
      routeTree: createRootRoute({
        component: () => <Palette onClose={() => onDid?.("close")} onShow={(what) => onDid?.(what)} />,
      }),
      history: createMemoryHistory(),
    }),
  );
  return (
    <TransportProvider transport={createRouterTransport(() => {})}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </TransportProvider>
  );
}
