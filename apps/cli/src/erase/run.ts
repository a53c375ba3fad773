import { Connection, erasableStreams, eraseMessage, type RawMessage, rawMessages } from "@chaussettes/jetstream"
import { connectionSettings, counted, failed, spelledAddress, toUserFailure, wrongUsage } from "@chaussettes/service"
import { Effect, Stream } from "effect"
import type { EraseInput } from "./flags.ts"
import { linesOf, namesAddress } from "./names.ts"

interface Found {
  readonly stream: string
  readonly seq: number
  /** Lines that name the client, and all that stand in the message and go with them. */
  readonly named: number
  readonly lines: number
}

const find = (address: string) =>
  Effect.map(
    Effect.forEach(erasableStreams, (stream) =>
      rawMessages(stream).pipe(
        Stream.map(({ seq, data }: RawMessage): Found => {
          const lines = linesOf(data)
          return {
            stream,
            seq,
            lines: lines.length,
            named: lines.filter((line) => namesAddress(line, address)).length
          }
        }),
        Stream.filter(({ named }) => named > 0),
        Stream.runCollect
      )
    ),
    (found) => found.flat()
  )

/**
 * Erases the messages of LOGS, REJECTS, INCIDENTS and ACTS that name a client: the server overwrites them before it lets go of them. Lines share
 * messages: what stands in the same message goes, too. WINDOWS and ALERTS keep what was decided.
 */
export const erase = Effect.fn("erase")(
  function* (input: EraseInput) {
    const address = spelledAddress(input.address)
    if (address === undefined) {
      return yield* wrongUsage(
        `${JSON.stringify(input.address)} is not an address: give one such as 203.0.113.7 or 2001:db8::1.`
      )
    }
    const found = yield* find(address)
    if (input.yes) yield* Effect.forEach(found, ({ stream, seq }) => eraseMessage(stream, seq), { discard: true })
    const remaining = input.yes ? (yield* find(address)).length : found.length
    process.stdout.write(
      input.json
        ? `${JSON.stringify({ address, erased: input.yes ? found.length : 0, remaining, messages: found })}\n`
        : found.map(({ stream, seq, named, lines }) => `${stream} ${seq}: ${named} of ${lines} lines\n`).join("")
    )
    process.stderr.write(
      input.yes
        ? `${counted(found.length, "message was", "messages were")} erased.\n`
        : `${counted(found.length, "message")} would be erased: add --yes to erase.\n`
    )
    if (input.yes && remaining > 0) {
      return yield* failed(
        `${remaining} messages that name ${address} arrived during the erasure. Stop what sends them, and run this again.`
      )
    }
  },
  (effect, { nats }) => Effect.provide(effect, Connection.layer(connectionSettings(nats, "erase"))),
  Effect.mapError(toUserFailure)
)
