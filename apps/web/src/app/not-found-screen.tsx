import { Link } from "@tanstack/react-router";
import { EmptyState } from "#ui/empty-state.tsx";
import text from "#ui/text.module.css";

/** Stands at an address that is no screen. */
export function NotFoundScreen() {
  return (
    <EmptyState icon="search" title={`No screen at ${location.pathname}`}>
      <Link to="/" className={text.link}>
        Go to Calls
      </Link>
    </EmptyState>
  );
}
