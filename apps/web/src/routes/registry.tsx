import { createFileRoute } from "@tanstack/react-router";
import { RegistryPage } from "#features/registry/registry-page.tsx";
import { parseRegistrySearch } from "#features/registry/registry-search.ts";

export const Route = createFileRoute("/registry")({ validateSearch: parseRegistrySearch, component: RegistryPage });
