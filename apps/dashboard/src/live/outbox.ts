import type { Hub } from "./hub.ts"

/** Events that wait for the next frame. An outage that alerts for a thousand keys in one window is told whole; more is a flood. */
const maxWaiting = 2_048
/** No more than so many between two looks is a flood no longer. */
const ebb = 256
/** What goes out at once: many small events are one write a viewer, and all frames that can wait for a viewer are bounded together. */
const frameEvents = 64
const frameBytes = 64 * 1024

/**
 * What is new, on its way to the viewers. A detector that catches up decides thousands of windows a second: no viewer could keep up with
 * them, and none is cut off for it. It is told to load anew instead, now and then while the flood lasts and once behind it.
 */
export class Outbox {
  #waiting: Array<Uint8Array> = []
  #flooded = false
  #dropped = 0
  readonly #hub: Hub
  readonly #reset: () => Uint8Array

  /** @param reset the event that tells to load anew, as of now */
  constructor(hub: Hub, reset: () => Uint8Array) {
    this.#hub = hub
    this.#reset = reset
  }

  /** Nobody hears it, nobody need encode it: who comes later asks for what there is. */
  readonly add = (event: () => Uint8Array): void => {
    if (this.#hub.viewers === 0) return
    if (this.#flooded) {
      this.#dropped++
      return
    }
    this.#waiting.push(event())
    if (this.#waiting.length <= maxWaiting) return
    this.#dropped = this.#waiting.length
    this.#waiting = []
    this.#flooded = true
  }

  /** Sends the next frame. */
  readonly send = (): void => {
    if (this.#waiting.length === 0) return
    let [count, bytes] = [0, 0]
    do bytes += this.#waiting[count++]!.length
    while (count < this.#waiting.length && count < frameEvents && bytes < frameBytes)
    this.#hub.publish(joined(this.#waiting.splice(0, count), bytes))
  }

  /** Sends all that waits, before a viewer joins who is told the same as its backlog. */
  readonly sendAll = (): void => {
    while (this.#waiting.length > 0) this.send()
  }

  /** Called now and then: makes up for what was dropped since the last time, and ends a flood that has ebbed away. */
  readonly settle = (): void => {
    if (!this.#flooded) return
    this.#flooded = this.#dropped > ebb
    if (this.#dropped > 0) this.#hub.publish(this.#reset())
    this.#dropped = 0
  }
}

const joined = (parts: ReadonlyArray<Uint8Array>, bytes: number): Uint8Array => {
  if (parts.length === 1) return parts[0]!
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
