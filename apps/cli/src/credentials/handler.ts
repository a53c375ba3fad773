import { failed, type Role, reasonOf, type UserFailure } from "@chaussettes/service"
import { Effect, Option } from "effect"
import { contextOf, passwordsIn, writeContexts, writeRoleFolders } from "./store.ts"

export const credentials = (input: {
  readonly dir: string
  readonly url: string
  readonly roleDirs: Option.Option<string>
  readonly print: Option.Option<Role>
  readonly json: boolean
}): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    if (Option.isSome(input.print)) {
      const role = input.print.value
      const passwords = yield* attempt(input.dir, () => passwordsIn(input.dir))
      process.stdout.write(contextOf(role, passwords[role], input.url))
      return
    }
    const paths = yield* attempt(input.dir, () => {
      const passwords = passwordsIn(input.dir)
      if (Option.isSome(input.roleDirs)) writeRoleFolders(input.roleDirs.value, passwords, input.url)
      return writeContexts(input.dir, passwords, input.url)
    })
    process.stdout.write(
      input.json
        ? `${JSON.stringify(paths)}\n`
        : `${Object.entries(paths)
            .map(([role, path]) => `${role.padEnd(10)}  nats --context ${path}\n`)
            .join("")}`
    )
  })

const attempt = <A>(dir: string, work: () => A): Effect.Effect<A, UserFailure> =>
  Effect.try({
    try: work,
    catch: (error) =>
      failed(`Cannot keep credentials in ${dir}: ${reasonOf(error)}. Give another folder with --dir.`, error)
  })
