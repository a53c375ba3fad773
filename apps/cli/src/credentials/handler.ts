import { failed, reasonOf, type UserFailure } from "@chaussettes/service"
import { Effect, Option } from "effect"
import { passwordsIn, writeContexts, writeRoleFolders } from "./store.ts"

export const credentials = (input: {
  readonly dir: string
  readonly url: string
  readonly roleDirs: Option.Option<string>
  readonly json: boolean
}): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    const paths = yield* Effect.try({
      try: () => {
        const passwords = passwordsIn(input.dir)
        if (Option.isSome(input.roleDirs)) writeRoleFolders(input.roleDirs.value, passwords, input.url)
        return writeContexts(input.dir, passwords, input.url)
      },
      catch: (error) =>
        failed(`Cannot keep credentials in ${input.dir}: ${reasonOf(error)}. Give another folder with --dir.`, error)
    })
    process.stdout.write(
      input.json
        ? `${JSON.stringify(paths)}\n`
        : `${Object.entries(paths)
            .map(([role, path]) => `${role.padEnd(10)}  nats --context ${path}\n`)
            .join("")}`
    )
  })
