import { w } from "../language.ts"

/** A command to copy; its words are quoted already. */
export const Command = ({ command }: { readonly command: string }) => (
  <p class="command">
    <code>{command}</code>
    {isSecureContext && (
      <button type="button" class="button quiet" onClick={() => navigator.clipboard.writeText(command)}>
        {w.explain.copy}
      </button>
    )}
  </p>
)
