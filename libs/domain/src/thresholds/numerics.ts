/*
 * The few special functions that the thresholds need. Pure TypeScript, so that every platform computes the same; what still
 * differs in the last bits (Math.log, Math.exp) is rounded away before anything is compared or published.
 */

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI)
/** From here on Stirling's series with five terms is exact to 1e-13. */
const stirlingFrom = 10

/**
 * ln Γ(x) for x > 0: Stirling's series (Abramowitz & Stegun 6.1.41), below ten by Γ(x) = Γ(x + n) / (x (x + 1) … (x + n - 1)). A product and a logarithm
 * more take less time than the nine divisions of Lanczos' approximation, and incidents ask for it with each key that fails.
 */
export const logGamma = (x: number): number => {
  let product = 1
  let y = x
  while (y < stirlingFrom) product *= y++
  const inverse = 1 / y
  const square = inverse * inverse
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))))
  const large = (y - 0.5) * Math.log(y) - y + halfLogTwoPi + series
  return product === 1 ? large : large - Math.log(product)
}

/** ln B(a, b) for a, b > 0. */
export const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b)

/** The bounds between which a share lies. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/**
 * The Wilson score interval of a share of `hits` in `n` (Brown, Cai, DasGupta, "Interval Estimation for a Binomial
 * Proportion", 2001): (p + z²/2n ± z√(p(1−p)/n + z²/4n²)) / (1 + z²/n). `n` may be an effective number, not whole.
 */
export const wilson = (hits: number, n: number, z: number): Interval => {
  if (n <= 0) return { low: 0, high: 1 }
  const p = hits / n
  const centre = p + (z * z) / (2 * n)
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))
  const scale = 1 + (z * z) / n
  return { low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) }
}

/** Rounds to that many decimals. */
export const rounded = (x: number, decimals: number): number => {
  const scale = 10 ** decimals
  return Math.round(x * scale) / scale
}

/** Powers of ten that are exact as they are. */
const exactPowers = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`))
/** With no more digits the error of a product lies far below what is asked of the distance from a tie. */
const fewDigits = 9
const offTie = 0.4999

/**
 * Rounds to that many significant digits, as `toExponential` does. A model has tens of thousands of them, so where it is clear which way to round it is
 * done without text: a quotient of two exact numbers is what the decimal text of it reads as.
 */
export const significant = (x: number, digits: number): number => {
  if (x === 0) return 0
  const size = Math.abs(x)
  const most = exactPowers[digits]!
  if (size < most && Number.isInteger(x)) return x
  const places = digits - 1 - Math.floor(Math.log10(size))
  if (digits <= fewDigits && places >= 0 && places < exactPowers.length) {
    const scaled = size * exactPowers[places]!
    const whole = Math.round(scaled)
    const isClear = Math.abs(scaled - whole) < offTie && scaled >= exactPowers[digits - 1]! && whole < most
    if (isClear) return (x < 0 ? -whole : whole) / exactPowers[places]!
  }
  return Number.parseFloat(x.toExponential(digits - 1))
}

/**
 * The least point of a function of two variables: the downhill simplex of Nelder and Mead (1965) with its usual
 * coefficients. Deterministic; ends when the simplex is smaller than `tolerance` in both directions or after `most` steps.
 */
export const minimize2 = (
  f: (x: number, y: number) => number,
  start: readonly [number, number],
  step: readonly [number, number],
  tolerance: number,
  most: number
): readonly [number, number] => {
  type Point = { x: number; y: number; v: number }
  const at = (x: number, y: number): Point => ({ x, y, v: f(x, y) })
  const points: [Point, Point, Point] = [
    at(start[0], start[1]),
    at(start[0] + step[0], start[1]),
    at(start[0], start[1] + step[1])
  ]
  for (let i = 0; i < most; i++) {
    points.sort((p, q) => p.v - q.v)
    const [best, middle, worst] = points
    const size = Math.max(Math.abs(worst.x - best.x), Math.abs(worst.y - best.y), Math.abs(middle.x - best.x))
    if (Math.max(size, Math.abs(middle.y - best.y)) < tolerance) break
    const [cx, cy] = [(best.x + middle.x) / 2, (best.y + middle.y) / 2]
    const along = (t: number): Point => at(cx + t * (cx - worst.x), cy + t * (cy - worst.y))
    const reflected = along(1)
    if (reflected.v < best.v) {
      const further = along(2)
      points[2] = further.v < reflected.v ? further : reflected
    } else if (reflected.v < middle.v) points[2] = reflected
    else {
      const nearer = reflected.v < worst.v ? along(0.5) : along(-0.5)
      if (nearer.v < Math.min(reflected.v, worst.v)) points[2] = nearer
      else {
        points[1] = at((best.x + middle.x) / 2, (best.y + middle.y) / 2)
        points[2] = at((best.x + worst.x) / 2, (best.y + worst.y) / 2)
      }
    }
  }
  points.sort((p, q) => p.v - q.v)
  return [points[0].x, points[0].y]
}
