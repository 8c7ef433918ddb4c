import { Code, ConnectError } from "@connectrpc/connect";
import { QueryClient } from "@tanstack/react-query";

/** How often a question to the gateway is asked again when the gateway is away. */
const maxRetries = 2;

/** Keeps what the gateway said. Only an unreachable gateway is asked again; a refusal is an answer. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => count < maxRetries && ConnectError.from(error).code === Code.Unavailable,
      refetchOnWindowFocus: false,
    },
    mutations: { retry: false },
  },
});
