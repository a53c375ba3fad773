import { failed, type UserFailure } from "@chaussettes/service"
import { Effect } from "effect"
import { lastLine, run } from "../start/program.ts"

/** Asks systemd; fails with what it said. */
export const systemctl = (...args: ReadonlyArray<string>): Effect.Effect<string, UserFailure> =>
  run("systemctl", args, { limit: "2 minutes" }).pipe(
    Effect.mapError((why) => failed(`Cannot run systemctl ${args.join(" ")}: ${why}.`)),
    Effect.flatMap(({ code, stdout, stderr }) =>
      code === 0
        ? Effect.succeed(stdout)
        : Effect.fail(
            failed(
              `systemctl ${args.join(" ")} failed: ${lastLine(stderr || stdout)} journalctl --unit 'chaussettes-*' says why.`
            )
          )
    )
  )

export const target = "chaussettes.target"
export const shipUnit = (source: string): string => `chaussettes-ship@${source}.service`
