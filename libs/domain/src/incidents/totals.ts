import { incidentLimits } from "./incident-limits.ts"
import { networksOf } from "./network.ts"

/** Requests and errors by key, in columns: those with the most requests first. */
export interface Totals {
  readonly keys: ReadonlyArray<string>
  readonly requests: Float64Array
  readonly errors: readonly [client: Float64Array, server: Float64Array]
}

/** Columns of a row in sums: requests, 4xx, 5xx. */
const width = 3

/** Sorts places by their requests, those with the most first. What is nearly in order costs little. */
export const sortByRequests = (order: Array<number>, keys: ReadonlyArray<string>, sums: Float64Array): void => {
  order.sort((a, b) => sums[b * width]! - sums[a * width]! || (keys[a]! < keys[b]! ? -1 : 1))
}

/** @param sums a row of requests, 4xx and 5xx for each key */
export const totalsOf = (order: ReadonlyArray<number>, keys: ReadonlyArray<string>, sums: Float64Array): Totals => {
  const count = order.length
  const sorted = new Array<string>(count)
  const [requests, client, server] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)]
  // Not `Float64Array.from`, which takes ten times as long for each number.
  for (let i = 0; i < count; i++) {
    const row = order[i]! * width
    sorted[i] = keys[order[i]!]!
    requests[i] = sums[row]!
    client[i] = sums[row + 1]!
    server[i] = sums[row + 2]!
  }
  return { keys: sorted, requests, errors: [client, server] }
}

/** Sums the totals of clients up by the networks that they are of. Who is of which is kept from time to time. */
export class NetworkTotals {
  #ids = new Map<string, number>()
  #names: Array<string> = []
  /** The places of the networks of a client. */
  #of = new Map<string, ReadonlyArray<number>>()
  #order: Array<number> = []

  of({ keys, requests, errors }: Totals): Totals {
    if (this.#of.size + keys.length > 2 * incidentLimits.learntKeys) this.#forget()
    const places = keys.map((client) => this.#placesOf(client))
    const sums = new Float64Array(this.#names.length * width)
    const isThere = new Uint8Array(this.#names.length)
    for (let i = 0; i < places.length; i++) {
      for (const place of places[i]!) {
        isThere[place] = 1
        sums[place * width]! += requests[i]!
        sums[place * width + 1]! += errors[0][i]!
        sums[place * width + 2]! += errors[1][i]!
      }
    }
    for (let place = this.#order.length; place < this.#names.length; place++) this.#order.push(place)
    sortByRequests(this.#order, this.#names, sums)
    return totalsOf(
      this.#order.filter((place) => isThere[place] === 1),
      this.#names,
      sums
    )
  }

  #placesOf(client: string): ReadonlyArray<number> {
    const known = this.#of.get(client)
    if (known !== undefined) return known
    const places = networksOf(client).map((network) => {
      const id = this.#ids.get(network)
      if (id !== undefined) return id
      this.#ids.set(network, this.#names.length)
      return this.#names.push(network) - 1
    })
    this.#of.set(client, places)
    return places
  }

  #forget(): void {
    this.#ids = new Map()
    this.#names = []
    this.#of = new Map()
    this.#order = []
  }
}
