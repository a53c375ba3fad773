import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { leastServerVersion } from "@chaussettes/jetstream/topology"
import { failed, refuseOthersFile, toUserFailure, type UserFailure } from "@chaussettes/service"
import { Effect } from "effect"
import { programFile } from "../../program.ts"
import { lastLine, run } from "../program.ts"
import { isAtLeast, parseVersion } from "./releases.ts"

export interface Server {
  readonly path: string
  readonly version: string
  /** Where it is from, as a user is told. */
  readonly from: string
}

/** The version that a nats-server says it is; fails in words. */
export const versionOf = (path: string): Effect.Effect<string, string> =>
  Effect.flatMap(run(path, ["--version"], { limit: "10 seconds" }), ({ code, stdout, stderr }) => {
    const version = parseVersion(stdout)
    return code === 0 && version !== undefined
      ? Effect.succeed(version.join("."))
      : Effect.fail(`it does not report its version (${lastLine(stdout + stderr)})`)
  })

/** The server that `NATS_SERVER_BIN` names. It was asked for, so another one is never taken instead. */
export const namedServer = (path: string): Effect.Effect<Server, UserFailure> =>
  Effect.try({ try: () => refuseOthersFile(path), catch: toUserFailure }).pipe(
    Effect.andThen(
      Effect.mapError(versionOf(path), (why) =>
        failed(`NATS_SERVER_BIN is ${path}, which cannot be used: ${why}. Correct it or unset it.`)
      )
    ),
    Effect.flatMap((version) =>
      isAtLeast(version, leastServerVersion)
        ? Effect.succeed({ path, version, from: "NATS_SERVER_BIN" })
        : Effect.fail(
            failed(
              `NATS_SERVER_BIN is nats-server ${version}, and ${leastServerVersion} or later is needed. Update it or unset it.`
            )
          )
    )
  )

/**
 * The server of the Debian package or the archive, which is the version that was tested with the command. undefined where the command
 * came by itself, as by npm. One that does not run is a broken package, and another one would hide that.
 */
export const besideServer = (path = programFile("nats-server")): Effect.Effect<Server | undefined, UserFailure> => {
  if (!existsSync(path)) return Effect.succeed(undefined)
  return versionOf(path).pipe(
    Effect.map((version) => ({ path, version, from: "came with Chaussettes" })),
    Effect.mapError((why) =>
      failed(`${path} cannot be used: ${why}. Install Chaussettes again, or set NATS_SERVER_BIN.`)
    )
  )
}

/** The server on PATH; an answer in words where there is none that will do. */
export const serverOnPath = (path = process.env.PATH ?? ""): Effect.Effect<Server, string> => {
  const file = path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "nats-server"))
    .find((candidate) => existsSync(candidate))
  if (file === undefined) return Effect.fail("there is none on PATH")
  return versionOf(file).pipe(
    Effect.mapError((why) => `${file} cannot be used: ${why}`),
    Effect.flatMap((version) =>
      isAtLeast(version, leastServerVersion)
        ? Effect.succeed({ path: file, version, from: "found on PATH" })
        : Effect.fail(`${file} is ${version}, and ${leastServerVersion} or later is needed`)
    )
  )
}
