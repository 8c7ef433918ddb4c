import { useNavigate, useSearch } from "@tanstack/react-router";
import { changeSearch, parseRegistrySearch, type RegistrySearch } from "./registry-search.ts";

/** What the address says about the registry screen, and how to change it. Filters replace the entry in the history, instances add one. */
export function useRegistrySearch(): [RegistrySearch, (change: Parameters<typeof changeSearch>[1]) => void] {
  const raw: Record<string, unknown> = useSearch({ strict: false });
  const search = parseRegistrySearch(raw);
  const navigate = useNavigate();
  return [
    search,
    (change) => {
      void navigate({ to: "/registry", search: changeSearch(search, change), replace: !("instance" in change) });
    },
  ];
}
