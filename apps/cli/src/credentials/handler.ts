import { join } from "node:path"
import { failed, type Role, reasonOf, UserFailure, wrongUsage } from "@chaussettes/service"
import { Effect, Option } from "effect"
import { runningServer } from "../start/left-server.ts"
import { writeServerFiles } from "./server-files.ts"
import { addShipper, removeShipper } from "./shippers.ts"
import { contextOf, passwordsIn, writeContexts, writeRoleFolders } from "./store.ts"

export interface CredentialsInput {
  readonly dir: string
  readonly url: string
  readonly roleDirs: Option.Option<string>
  readonly print: Option.Option<Role>
  readonly add: Option.Option<string>
  readonly source: Option.Option<string>
  readonly remove: Option.Option<string>
  readonly json: boolean
}

export const credentials = (input: CredentialsInput): Effect.Effect<void, UserFailure> =>
  Effect.try({
    try: () => process.stdout.write(done(input)),
    catch: (error) =>
      error instanceof UserFailure
        ? error
        : failed(`Cannot keep credentials in ${input.dir}: ${reasonOf(error)}. Give another folder with --dir.`, error)
  })

/** Does what is asked; answers what is printed. Throws a `UserFailure`, or fails as the file system does. */
const done = ({ dir, url, roleDirs, print, add, source, remove, json }: CredentialsInput): string => {
  if (Option.isSome(add) !== Option.isSome(source)) {
    throw wrongUsage("--add and --source belong together: chaussettes credentials --add vector --source web.")
  }
  const passwords = passwordsIn(dir)
  if (Option.isSome(print)) return contextOf(print.value, passwords[print.value], url)
  if (Option.isSome(remove)) removeShipper(dir, remove.value)
  const added = Option.map(add, (name) => addShipper(dir, name, Option.getOrThrow(source)))
  writeServerFiles(dir)
  if (Option.isSome(add) || Option.isSome(remove)) tellServer(dir)
  if (Option.isSome(added)) return contextOf(added.value.name, added.value.password, url)
  if (Option.isSome(roleDirs)) writeRoleFolders(roleDirs.value, passwords, url)
  const paths = writeContexts(dir, passwords, url)
  if (json) return `${JSON.stringify(paths)}\n`
  return Object.entries(paths)
    .map(([role, path]) => `${role.padEnd(10)}  nats --context ${path}\n`)
    .join("")
}

/** A server that `chaussettes start` runs reads its configuration again at once. */
const tellServer = (dir: string): void => {
  const pid = runningServer(join(dir, "..", "nats-server.pid"))
  if (pid !== undefined) process.kill(pid, "SIGHUP")
  process.stderr.write(
    pid === undefined
      ? `The server knows it once it has read ${join(dir, "nats.conf")} again: nats-server --signal reload, or docker compose kill -s HUP nats.\n`
      : "The running server knows it now.\n"
  )
}
