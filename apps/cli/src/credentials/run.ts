import { join } from "node:path"
import { failed, reasonOf, UserFailure, withoutPrefix, wrongUsage } from "@chaussettes/service"
import { Effect, Option } from "effect"
import { runningServer } from "../start/left-server.ts"
import type { CredentialsInput } from "./flags.ts"
import { writeServerFiles } from "./server-files.ts"
import { addShipper, removeShipper } from "./shippers.ts"
import { contextOf, namedServer, pageTokenIn, passwordsIn, writeContexts, writeRoleFolders } from "./store.ts"

export const credentials = Effect.fn("credentials")(function* (
  input: CredentialsInput
): Effect.fn.Return<void, UserFailure> {
  yield* withoutPrefix("credentials")
  const text = yield* Effect.try({
    try: () => done(input),
    catch: (error) =>
      error instanceof UserFailure
        ? error
        : failed(`Cannot store credentials in ${input.dir}: ${reasonOf(error)}. Give another folder with --dir.`, error)
  })
  if (Option.isSome(input.add) || Option.isSome(input.remove)) restartServer(input.dir)
  process.stdout.write(text)
})

/** Does what is asked; answers what is printed. Throws a `UserFailure`, or fails as the file system does. */
const done = ({
  dir,
  url: given,
  roleDirs,
  print,
  add,
  source,
  mayResume,
  mayAsk,
  remove,
  json
}: CredentialsInput): string => {
  if (Option.isSome(add) !== Option.isSome(source)) {
    throw wrongUsage("--add and --source belong together: chaussettes credentials --add vector --source web.")
  }
  if ((mayResume || mayAsk) && Option.isNone(add)) {
    throw wrongUsage(`${mayResume ? "--may-resume" : "--may-ask"} applies only to the shipper of --add.`)
  }
  const passwords = passwordsIn(dir)
  const url = Option.getOrElse(given, () => namedServer(dir) ?? "nats://127.0.0.1:4222")
  if (Option.isSome(print)) {
    return print.value === "page-token" ? `${pageTokenIn(dir)}\n` : contextOf(print.value, passwords[print.value], url)
  }
  if (Option.isSome(remove)) removeShipper(dir, remove.value)
  const added = Option.map(add, (name) =>
    addShipper(dir, { name, source: Option.getOrThrow(source), mayResume, mayAsk })
  )
  writeServerFiles(dir)
  if (Option.isSome(added)) return contextOf(added.value.name, added.value.password, url)
  if (Option.isSome(roleDirs)) writeRoleFolders(roleDirs.value, passwords, url, pageTokenIn(dir))
  const paths = writeContexts(dir, passwords, url)
  if (json) return `${JSON.stringify(paths)}\n`
  return Object.entries(paths)
    .map(([role, path]) => `${role.padEnd(10)}  nats --context ${path}\n`)
    .join("")
}

/**
 * A server that `chaussettes start` runs is ended, and started again by that at once, as its parts expect of a server: reading its configuration
 * again (SIGHUP) makes a new account known to nats-server, and does not connect what the account imports.
 */
const restartServer = (dir: string): void => {
  const pid = runningServer(join(dir, "..", "nats-server.pid"))
  if (pid !== undefined) process.kill(pid, "SIGTERM")
  process.stderr.write(
    pid !== undefined
      ? "The server restarts with the change.\n"
      : `Restart the server with ${join(dir, "nats.conf")} to apply it, for example with docker compose restart nats.\n`
  )
}
