import { randomBytes } from "node:crypto"
import type { LogsWriter, StoreError } from "@chaussettes/jetstream"
import { Deferred, Effect, type Scope } from "effect"
import type { Rewrite } from "../lines/rewrite.ts"
import { receiveLimits } from "./limits.ts"

/*
 * Lines on their way from senders into LOGS. They are gathered into messages, many of which are under way at once; a sender hears that its lines are
 * stored when the server has acknowledged all messages that hold them. What has been taken is kept until then, and sent again with the
 * same identity by the next writer where one is refused.
 */

const LF = 10
const OPEN_BRACKET = 91
const OPEN_BRACE = 123

/** JSON is told from lines by a message's first byte, so the two do not stand in one. */
const isJson = (line: Uint8Array): boolean => line[0] === OPEN_BRACE || line[0] === OPEN_BRACKET

const costOf = (line: Uint8Array): number => line.length + receiveLimits.bytesALineHeld

/** Lines of one sender that are answered together. */
interface Offer {
  /** Lines that are not stored. */
  left: number
  readonly stored: () => void
}

interface Held {
  readonly line: Uint8Array
  readonly offer: Offer
}

interface Message {
  readonly id: string
  readonly payload: Uint8Array
  readonly lines: ReadonlyArray<Held>
}

export interface IntakeEvents {
  readonly sent: (lines: number, bytes: number) => Effect.Effect<void>
  /** Why nothing can be stored; undefined once it can again. */
  readonly waiting: (why: StoreError | undefined) => Effect.Effect<void>
}

export class Intake {
  readonly #source: string
  readonly #rewrites: ReadonlyArray<Rewrite>
  /** Not in a message yet, in the order in which they came. */
  #held: Array<Held> = []
  #heldFrom = 0
  /** Composed and not known to be stored, in order. */
  readonly #underWay = new Set<Message>()
  #bytes = 0
  #wake: (() => void) | undefined
  #room: Array<() => void> = []

  constructor(source: string, rewrites: ReadonlyArray<Rewrite>) {
    this.#source = source
    this.#rewrites = rewrites
  }

  get hasRoom(): boolean {
    return this.#bytes < receiveLimits.mostBytesHeld
  }

  get isEmpty(): boolean {
    return this.#bytes === 0
  }

  /** Resolves when there is room. */
  readonly room = (): Promise<void> =>
    this.hasRoom ? Promise.resolve() : new Promise((resolve) => this.#room.push(resolve))

  /** Takes lines, which are the intake's from now on; `stored` is called once they all are. Empty ones are no lines. */
  offer(lines: ReadonlyArray<Uint8Array>, stored: () => void = () => {}): void {
    const own = lines.filter((line) => line.length > 0)
    if (own.length === 0) {
      stored()
      return
    }
    const offer: Offer = { left: own.length, stored }
    for (const line of own) {
      this.#held.push({ line, offer })
      this.#bytes += costOf(line)
    }
    this.#wake?.()
  }

  /** Takes back what is in no message yet of lines whose sender has given up. */
  withdraw(stored: () => void): void {
    const mine = ({ offer }: Held) => offer.stored === stored
    const kept: Array<Held> = []
    for (const held of this.#held.slice(this.#heldFrom)) {
      if (!mine(held)) {
        kept.push(held)
        continue
      }
      this.#free(costOf(held.line))
    }
    this.#held = kept
    this.#heldFrom = 0
  }

  /** Stores what comes, through one writer after the other, until it is interrupted; then what is held is still stored, for a while. */
  readonly run = (
    writers: Effect.Effect<LogsWriter["Service"], StoreError, Scope.Scope>,
    events: IntakeEvents
  ): Effect.Effect<never> => {
    const life = Effect.scoped(
      Effect.gen({ self: this }, function* () {
        const writer = yield* writers
        const publish = (message: Message) =>
          writer.publish(this.#source, { payload: message.payload, headers: { "Nats-Msg-Id": message.id } })
        const again = [...this.#underWay]
        for (const message of again) yield* publish(message)
        const settle = (messages: ReadonlyArray<Message>) =>
          Effect.gen({ self: this }, function* () {
            yield* writer.flush
            yield* events.waiting(undefined)
            for (const message of messages) {
              if (!this.#underWay.delete(message)) continue
              this.#settle(message)
              yield* events.sent(message.lines.length, message.payload.length)
            }
          })
        if (again.length > 0) yield* settle(again)
        const failure = yield* Deferred.make<never, StoreError>()
        const publishing = Effect.gen({ self: this }, function* () {
          for (;;) {
            yield* this.#some
            const message = this.#compose()
            if (message === undefined) continue
            this.#underWay.add(message)
            yield* publish(message)
            yield* Effect.forkScoped(Effect.catch(settle([message]), (error) => Deferred.fail(failure, error)))
          }
        })
        return yield* Effect.raceFirst(publishing, Deferred.await(failure))
      })
    )
    return Effect.forever(
      Effect.catch(life, (error) => Effect.andThen(events.waiting(error), Effect.sleep(receiveLimits.retryMs)))
    )
  }

  /** Waits until lines are there, and a moment for more unless there are enough. */
  readonly #some: Effect.Effect<void> = Effect.suspend(() =>
    this.#held.length > this.#heldFrom
      ? this.#held.length - this.#heldFrom >= receiveLimits.linesAMessage
        ? Effect.void
        : Effect.sleep(receiveLimits.gatherMs)
      : Effect.andThen(
          Effect.callback<void>((resume) => {
            this.#wake = () => resume(Effect.void)
            return Effect.sync(() => {
              this.#wake = undefined
            })
          }),
          Effect.sleep(receiveLimits.gatherMs)
        )
  )

  #compose(): Message | undefined {
    const lines: Array<Held> = []
    let bytes = 0
    const first = this.#held[this.#heldFrom]
    if (first === undefined) return undefined
    const json = isJson(first.line)
    for (let i = this.#heldFrom; i < this.#held.length && lines.length < receiveLimits.linesAMessage; i++) {
      const held = this.#held[i]!
      if (isJson(held.line) !== json) break
      if (lines.length > 0 && bytes + held.line.length + 1 > receiveLimits.bytesAMessage) break
      lines.push(held)
      bytes += held.line.length + 1
    }
    this.#heldFrom += lines.length
    // Taken from the front one message after the other, without moving the rest each time.
    if (this.#heldFrom === this.#held.length || this.#heldFrom > 65_536) {
      this.#held = this.#held.slice(this.#heldFrom)
      this.#heldFrom = 0
    }
    const text = Buffer.alloc(Math.max(0, bytes - 1), LF)
    let at = 0
    for (const { line } of lines) {
      text.set(line, at)
      at += line.length + 1
    }
    return {
      id: randomBytes(12).toString("base64url"),
      payload: this.#rewrites.reduce((payload: Uint8Array, rewrite) => rewrite(payload), text),
      lines
    }
  }

  #settle({ lines }: Message): void {
    let bytes = 0
    for (const { line, offer } of lines) {
      bytes += costOf(line)
      if (--offer.left === 0) offer.stored()
    }
    this.#free(bytes)
  }

  #free(bytes: number): void {
    this.#bytes -= bytes
    if (!this.hasRoom) return
    const room = this.#room
    this.#room = []
    for (const resume of room) resume()
  }
}
