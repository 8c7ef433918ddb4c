import "#styles/tokens.css";
import "#styles/reset.css";
import "#styles/global.css";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { applyTheme } from "#data/preferences.ts";
import { takeTokenFromAddress } from "#data/token.ts";
import { Providers } from "./providers.tsx";
import { router } from "./router.tsx";

takeTokenFromAddress();
applyTheme();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <Providers>
      <RouterProvider router={router} />
    </Providers>
  </StrictMode>,
);
