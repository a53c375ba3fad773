import { leastServerVersion } from "@chaussettes/jetstream/topology"
import { failed, reasonOf, toUserFailure, type UserFailure } from "@chaussettes/service"
import { Effect } from "effect"
import { cachedServer, cacheFolder, keep, removeFolder, workFolder } from "./cache.ts"
import { besideServer, namedServer, type Server, serverOnPath, versionOf } from "./found.ts"
import { archive, debian, goInstall, type Way } from "./ways.ts"

export type { Server } from "./found.ts"

export interface ServerSearch {
  /** `NATS_SERVER_BIN` or the configuration's `server.bin`. */
  readonly named: string | undefined
  /** Tells a person what is going on. */
  readonly say: (text: string) => void
  readonly path?: string
  /** The file that a package brings its server in. */
  readonly beside?: string
  readonly cache?: string
  readonly ways?: ReadonlyArray<Way>
}

/**
 * A nats-server: the one that is named, the one that a package brought beside the command, the one on PATH, the one that was brought before, or one that is brought now, by whichever way
 * answers first. Fails when none does, with what each said.
 */
export const findServer = Effect.fn("findServer")(function* (
  search: ServerSearch
): Effect.fn.Return<Server, UserFailure> {
  if (search.named !== undefined && search.named !== "") return yield* namedServer(search.named)
  const beside = yield* besideServer(search.beside)
  if (beside !== undefined) return beside
  const reasons: Array<string> = []
  const note = (why: string) => {
    reasons.push(why)
    return undefined
  }
  const onPath = yield* serverOnPath(search.path).pipe(Effect.catch((why) => Effect.sync(() => note(why))))
  if (onPath !== undefined) return onPath
  const cache = search.cache ?? (yield* Effect.try({ try: () => cacheFolder(), catch: toUserFailure }))
  const cached = yield* Effect.try({ try: () => cachedServer(cache), catch: toUserFailure })
  if (cached !== undefined) return cached
  search.say(`No nats-server: ${reasons[0]}. Fetching one into ${cache} (set NATS_SERVER_BIN to use your own).`)
  for (const way of search.ways ?? [archive(), debian, goInstall]) {
    search.say(`Trying ${way.name}`)
    const brought = yield* bring(way, cache).pipe(
      Effect.catch((why) =>
        Effect.sync(() => {
          search.say(`  not from there: ${why}`)
          return note(`${way.name}: ${why}`)
        })
      )
    )
    if (brought !== undefined) return brought
  }
  return yield* failed(
    `No nats-server of ${leastServerVersion} or later was found or could be fetched (${reasons.join("; ")}). Install one, and set NATS_SERVER_BIN to its path if it is not on PATH.`
  )
})

const bring = (way: Way, cache: string): Effect.Effect<Server, string> => {
  const inCache = <A>(work: () => A) =>
    Effect.try({ try: work, catch: (error) => `${cache} cannot be written: ${reasonOf(error)}` })
  return Effect.acquireUseRelease(
    inCache(() => workFolder(cache)),
    (folder) =>
      Effect.gen(function* () {
        const { binary, from } = yield* way.bring(folder)
        const said = yield* versionOf(binary).pipe(Effect.mapError((why) => `the download does not run: ${why}`))
        return yield* inCache(() => keep(cache, binary, said, from))
      }).pipe(Effect.scoped),
    (folder) => Effect.sync(() => removeFolder(folder))
  )
}
