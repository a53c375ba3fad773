import { randomBytes } from "node:crypto"
import { userInfo } from "node:os"
import { type Act, actOf, encodeAct, rfc3339, type Said, visibleJson } from "@chaussettes/domain"
import { type ActsLog, type Acts as ActsStream, type Incidents, sayAct } from "@chaussettes/jetstream"
import { firstEventOf, readActs } from "@chaussettes/readmodel/queries"
import { type NatsFlagValues, toUserFailure, type UserFailure, wrongUsage } from "@chaussettes/service"
import { Clock, Effect, Option, Result } from "effect"
import type { AckInput, LiftInput, MaintenanceInput, NoteInput, SilenceInput } from "./flags.ts"
import { actsPorts } from "./ports.ts"
import { actLine } from "./words.ts"

interface Common {
  readonly nats: NatsFlagValues
  readonly by: Option.Option<string>
  readonly json: boolean
}

type Ports = ActsLog | ActsStream | Incidents

const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    // A user that no file of this machine names, as containers have.
    return "unknown"
  }
}

/** What was said becomes an act, is stored, and is told. */
const say = <E>(input: Common, saying: Effect.Effect<Said, E, Ports>): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    const said = yield* saying
    const act = yield* actNow(said, Option.getOrElse(input.by, userName))
    yield* sayAct(act)
    yield* Effect.sync(() => {
      if (input.json) process.stdout.write(`${visibleJson(encodeAct(act))}\n`)
      else process.stdout.write(`${actLine(act, process.stdout.isTTY)}\n`)
    })
  }).pipe(Effect.provide(actsPorts(input.nats, "acts")), Effect.mapError(toUserFailure))

const actNow = (said: Said, by: string): Effect.Effect<Act, UserFailure> =>
  Effect.flatMap(Clock.currentTimeMillis, (atMs) => {
    const act = actOf(said, { by, atMs, token: randomBytes(4).toString("hex") })
    return Result.isSuccess(act)
      ? Effect.succeed(act.success)
      : Effect.fail(wrongUsage(`This cannot be said about incidents: ${act.failure}.`))
  })

const textOf = (note: Option.Option<string>) => (Option.isSome(note) ? { text: note.value } : {})

/** A slip in an id would acknowledge nothing, and nobody would notice. */
const known = Effect.fn("known")(function* (id: string) {
  if ((yield* firstEventOf(id)) === undefined) {
    return yield* wrongUsage(
      `There is no incident ${JSON.stringify(id)} in INCIDENTS: \`chaussettes incidents --since 30d\` prints their ids.`
    )
  }
  return id
})

const spanOf = Effect.fn("spanOf")(function* ({
  forMs,
  until,
  from
}: Pick<MaintenanceInput, "forMs" | "until" | "from">) {
  if (Option.isSome(forMs) === Option.isSome(until)) {
    return yield* wrongUsage("Say how long it holds: either with --for SPAN or with --until TIME.")
  }
  const fromMs = Option.getOrElse(from, () => undefined) ?? (yield* Clock.currentTimeMillis)
  const untilMs = Option.isSome(forMs) ? fromMs + forMs.value : Option.getOrThrow(until)
  return { from: rfc3339(fromMs), until: rfc3339(untilMs) }
})

export const ack = (input: AckInput) =>
  say(
    input,
    Effect.map(known(input.incident), (incident): Said => ({ type: "acknowledge", incident, ...textOf(input.note) }))
  )

export const note = (input: NoteInput) =>
  say(
    input,
    Effect.map(known(input.incident), (incident): Said => ({ type: "note", incident, text: input.text }))
  )

export const silence = (input: SilenceInput) =>
  say(
    input,
    Effect.gen(function* () {
      const match = Object.fromEntries(
        (["kind", "dimension", "key"] as const).flatMap((field) =>
          Option.isSome(input[field]) ? [[field, input[field].value]] : []
        )
      ) as NonNullable<Said["match"]>
      const isOfOne = Option.isSome(input.incident)
      const isMatching = Object.keys(match).length > 0
      if (isOfOne === isMatching) {
        return yield* wrongUsage(
          "Say what to silence: either the id of one incident, or --key, --kind or --dimension. To silence everything, use `chaussettes incidents maintenance`."
        )
      }
      const about = Option.isSome(input.incident) ? { incident: yield* known(input.incident.value) } : { match }
      const said: Said = { type: "silence", ...about, ...(yield* spanOf(input)), ...textOf(input.note) }
      return said
    })
  )

export const maintenance = (input: MaintenanceInput) =>
  say(
    input,
    Effect.map(spanOf(input), (span): Said => ({ type: "maintenance", ...span, ...textOf(input.note) }))
  )

export const lift = (input: LiftInput) =>
  say(
    input,
    Effect.gen(function* () {
      const { acts } = yield* readActs
      if (!acts.knows(input.act)) {
        return yield* wrongUsage(
          `There is no act ${JSON.stringify(input.act)} that holds: \`chaussettes incidents acts\` lists them.`
        )
      }
      const said: Said = { type: "lift", lifts: input.act, ...textOf(input.note) }
      return said
    })
  )
