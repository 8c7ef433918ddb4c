import { useState } from "react";
import { setGatewayToken } from "#data/token.ts";
import { Button } from "#ui/button.tsx";
import { Input } from "#ui/input.tsx";
import s from "./token-form.module.css";

/** Asks for the gateway's token. It is kept for this tab only and sent to this gateway only. */
export function TokenForm({ rejected }: { rejected: boolean }) {
  const [token, setToken] = useState("");
  return (
    <form
      className={s.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== "") setGatewayToken(token.trim());
      }}
    >
      <h1>This gateway wants its token</h1>
      <p>It was started with --token, or prints one as it starts. The token is kept in this tab until it closes.</p>
      <div className={s.line}>
        <Input
          label="Token"
          type="password"
          mono
          autoFocus
          value={token}
          onChange={setToken}
          error={rejected && token === "" ? "The gateway did not take the token it got." : undefined}
        />
        <Button variant="primary" type="submit" isDisabled={token.trim() === ""}>
          Unlock
        </Button>
      </div>
    </form>
  );
}
