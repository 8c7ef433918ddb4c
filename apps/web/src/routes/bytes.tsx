import { createFileRoute } from "@tanstack/react-router";
import { BytesPage } from "#features/inspector/bytes-page.tsx";
import { parseBytesSearch } from "#features/inspector/bytes-search.ts";

export const Route = createFileRoute("/bytes")({ validateSearch: parseBytesSearch, component: BytesPage });
