/** A seeded source of random numbers and of the distributions that the simulation draws from. */
export interface Random {
  /** In [0, 1). */
  readonly uniform: () => number
  readonly normal: () => number
  readonly poisson: (mean: number) => number
  readonly binomial: (n: number, p: number) => number
  readonly beta: (a: number, b: number) => number
}

/** sfc32 (C. Doty-Humphrey, PractRand), seeded by splitmix32. */
const sfc32 = (seed: number): (() => number) => {
  let mix = seed | 0
  const next = () => {
    mix = (mix + 0x9e3779b9) | 0
    let z = mix ^ (mix >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return (z ^ (z >>> 15)) | 0
  }
  let [a, b, c, d] = [next(), next(), next(), 1]
  const uniform = () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return (t >>> 0) / 4294967296
  }
  for (let i = 0; i < 12; i++) uniform()
  return uniform
}

/** ln k! beyond the table: Stirling's series. */
const logFactorials = Float64Array.from({ length: 256 })
for (let k = 1; k < 256; k++) logFactorials[k] = logFactorials[k - 1]! + Math.log(k)
const logFactorial = (k: number): number =>
  k < 256 ? logFactorials[k]! : (k + 0.5) * Math.log(k) - k + 0.9189385332046727 + 1 / (12 * k) - 1 / (360 * k ** 3)

export const randomOf = (seed: number): Random => {
  const uniform = sfc32(seed)

  /** Marsaglia's polar method; the second of each two is kept. */
  let spare = Number.NaN
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const kept = spare
      spare = Number.NaN
      return kept
    }
    for (;;) {
      const u = 2 * uniform() - 1
      const v = 2 * uniform() - 1
      const s = u * u + v * v
      if (s > 0 && s < 1) {
        const f = Math.sqrt((-2 * Math.log(s)) / s)
        spare = v * f
        return u * f
      }
    }
  }

  /** Marsaglia and Tsang (2000). */
  const gamma = (shape: number): number => {
    if (shape < 1) return gamma(shape + 1) * uniform() ** (1 / shape)
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = normal()
      const v = (1 + c * x) ** 3
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
    }
  }

  /** Small means by multiplication, great ones by transformed rejection (Hörmann 1993, PTRS). */
  const poisson = (mean: number): number => {
    if (mean < 10) {
      const limit = Math.exp(-mean)
      let k = 0
      for (let p = uniform(); p > limit; p *= uniform()) k++
      return k
    }
    const logMean = Math.log(mean)
    const b = 0.931 + 2.53 * Math.sqrt(mean)
    const a = -0.059 + 0.02483 * b
    const invAlpha = 1.1239 + 1.1328 / (b - 3.4)
    const vr = 0.9277 - 3.6224 / (b - 2)
    for (;;) {
      const u = uniform() - 0.5
      const v = uniform()
      const us = 0.5 - Math.abs(u)
      const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43)
      if (us >= 0.07 && v <= vr) return k
      if (k < 0 || (us < 0.013 && v > us)) continue
      if (Math.log((v * invAlpha) / (a / (us * us) + b)) <= k * logMean - mean - logFactorial(k)) return k
    }
  }

  /** Small n·p by inversion, great ones by transformed rejection (Hörmann 1993, BTRS). */
  const binomial = (n: number, p: number): number => {
    if (p > 0.5) return n - binomial(n, 1 - p)
    if (p <= 0 || n === 0) return 0
    if (n * p < 10) {
      const ratio = p / (1 - p)
      let mass = (1 - p) ** n
      let k = 0
      for (let u = uniform(); u > mass && k < n; k++) {
        u -= mass
        mass *= ((n - k) / (k + 1)) * ratio
      }
      return k
    }
    const spq = Math.sqrt(n * p * (1 - p))
    const b = 1.15 + 2.53 * spq
    const a = -0.0873 + 0.0248 * b + 0.01 * p
    const c = n * p + 0.5
    const vr = 0.92 - 4.2 / b
    const alpha = (2.83 + 5.1 / b) * spq
    const logRatio = Math.log(p / (1 - p))
    const m = Math.floor((n + 1) * p)
    const h = logFactorial(m) + logFactorial(n - m)
    for (;;) {
      const u = uniform() - 0.5
      const v = uniform()
      const us = 0.5 - Math.abs(u)
      const k = Math.floor(((2 * a) / us + b) * u + c)
      if (k < 0 || k > n) continue
      if (us >= 0.07 && v <= vr) return k
      const bound = h - logFactorial(k) - logFactorial(n - k) + (k - m) * logRatio
      if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) return k
    }
  }

  return {
    uniform,
    normal,
    poisson,
    binomial,
    beta: (a, b) => {
      const x = gamma(a)
      return x / (x + gamma(b))
    }
  }
}
