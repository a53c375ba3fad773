import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus"

/** Numbers that look drawn by chance and repeat exactly for the same seed. */
export interface Random {
  /** A whole number from 0 to n - 1; n up to 2^31. */
  readonly below: (n: number) => number
  /** True with probability p. */
  readonly chance: (p: number) => boolean
}

const two32 = 0x1_0000_0000

/**
 * xoroshiro128+ of pure-rand. A draw is scaled by multiplication, not rejected until it fits: the bias is below n / 2^32,
 * nothing beside what the traffic's own chance does, and each draw costs the same number of steps.
 */
export const seededRandom = (seed: number): Random => {
  const generator = xoroshiro128plus(seed)
  // A small seed leaves most of the state's bits alike; they spread in a few steps.
  for (let i = 0; i < 64; i++) generator.next()
  return {
    below: (n) => Math.floor(((generator.next() >>> 0) / two32) * n),
    chance: (p) => (generator.next() >>> 0) / two32 < p
  }
}

/** The greatest seed: the generator's state takes 31 bits of it. */
export const maxSeed = 0x7fff_ffff
