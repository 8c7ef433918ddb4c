import { createFileRoute } from "@tanstack/react-router";
import { CallPage } from "#app/call-page.tsx";
import { parseCallSearch } from "#app/call-search.ts";

export const Route = createFileRoute("/")({
  validateSearch: parseCallSearch,
  component: CallPage,
});
