import { compareBytes } from "../detection/key-table.ts"
import { keyText } from "../wire/alert.ts"
import type { Listed, Listing } from "./contents.ts"
import {
  BYTES,
  CLIENT_ERRORS,
  type CountedKeys,
  DURATION_US,
  DURATIONS,
  NOT_FOUND,
  REQUESTS,
  SERVER_ERRORS
} from "./counted-keys.ts"

/** A row of some keys together, while it is summed up. */
interface Summed {
  requests: number
  clientErrors: number
  serverErrors: number
  notFound: number
  bytes: number
  durationUs: number
  durations: number
}

const summed = (): Summed => ({
  requests: 0,
  clientErrors: 0,
  serverErrors: 0,
  notFound: 0,
  bytes: 0,
  durationUs: 0,
  durations: 0
})

const addTo = (sum: Summed, keys: CountedKeys, i: number): void => {
  sum.requests += keys.number(i, REQUESTS)
  sum.clientErrors += keys.number(i, CLIENT_ERRORS)
  sum.serverErrors += keys.number(i, SERVER_ERRORS)
  sum.notFound += keys.number(i, NOT_FOUND)
  sum.bytes += keys.number(i, BYTES)
  sum.durationUs += keys.number(i, DURATION_US)
  sum.durations += keys.number(i, DURATIONS)
}

const listedOf = (key: string, { durationUs, durations, ...counts }: Summed): Listed => ({
  key,
  ...counts,
  meanUs: durations === 0 ? undefined : durationUs / durations
})

/** The row of one key. */
export const rowOf = (keys: CountedKeys, i: number): Listed => {
  const sum = summed()
  addTo(sum, keys, i)
  return listedOf(keyText(keys.key(i)), sum)
}

/** The places of the keys with the greatest measures, the greatest first; those of which it is 0 are left out. */
const greatest = (keys: CountedKeys, most: number, measure: (i: number) => number): ReadonlyArray<number> => {
  const before = (a: number, b: number) => measure(b) - measure(a) || compareBytes(keys.key(a), keys.key(b))
  let top: Array<number> = []
  let least = 0
  for (let i = 0; i < keys.count; i++) {
    const value = measure(i)
    if (value <= 0 || value < least) continue
    top.push(i)
    if (top.length < most * 2) continue
    top = top.sort(before).slice(0, most)
    least = measure(top[most - 1]!)
  }
  return top.sort(before).slice(0, most)
}

/** @param measure by what keys are ordered; 0 for one that is none of the list's */
export const listingOf = (
  keys: CountedKeys,
  most: number,
  measure: (i: number) => number = (i) => keys.number(i, REQUESTS)
): Listing => {
  let count = 0
  for (let i = 0; i < keys.count; i++) if (measure(i) > 0) count++
  return {
    rows: greatest(keys, most, measure).map((i) => rowOf(keys, i)),
    keys: keys.isExact ? count : Math.max(count, keys.count === count ? keys.distinct : count),
    isExact: keys.isExact
  }
}

/** The keys summed up by a name that each of them belongs to; undefined for none. */
export const groupedBy = (
  keys: CountedKeys,
  most: number,
  nameOf: (i: number) => string | undefined
): { readonly listing: Listing; readonly firstOf: ReadonlyMap<string, number> } => {
  const sums = new Map<string, Summed>()
  const firstOf = new Map<string, number>()
  for (let i = 0; i < keys.count; i++) {
    const name = nameOf(i)
    if (name === undefined) continue
    let sum = sums.get(name)
    if (sum === undefined) {
      sum = summed()
      sums.set(name, sum)
      firstOf.set(name, i)
    }
    addTo(sum, keys, i)
  }
  const rows = [...sums]
    .sort(([a, x], [b, y]) => y.requests - x.requests || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([name, sum]) => listedOf(name, sum))
  return { listing: { rows, keys: sums.size, isExact: keys.isExact }, firstOf }
}
