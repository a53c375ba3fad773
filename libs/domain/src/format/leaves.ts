/** What lines that are JSON objects have in common: the values under each path of keys. */

export const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** An object that a line is. nginx writes `\x22` into JSON where it was not told `escape=json`. */
export const objectOf = (line: string): { readonly [key: string]: unknown } | undefined => {
  const text = line.trim()
  if (!text.startsWith("{")) return undefined
  for (const form of [text, text.replaceAll(/\\x([0-9a-fA-F]{2})/g, "\\u00$1")]) {
    try {
      const value: unknown = JSON.parse(form)
      return isObject(value) ? value : undefined
    } catch {}
  }
  return undefined
}

/** A value of the lines' objects, under its keys. */
export interface Leaf {
  readonly path: ReadonlyArray<string>
  readonly values: Array<string>
}

export const leavesOf = (objects: ReadonlyArray<{ readonly [key: string]: unknown }>): ReadonlyArray<Leaf> => {
  const leaves = new Map<string, Leaf>()
  const walk = (value: unknown, path: ReadonlyArray<string>): void => {
    if (isObject(value) && path.length < 6) {
      for (const key of Object.keys(value)) walk(value[key], [...path, key])
      return
    }
    const last = Array.isArray(value) ? value[value.length - 1] : value
    if (typeof last !== "string" && typeof last !== "number") return
    const name = path.join("\0")
    const leaf = leaves.get(name) ?? { path, values: [] }
    leaf.values.push(`${last}`)
    leaves.set(name, leaf)
  }
  for (const object of objects) walk(object, [])
  return [...leaves.values()]
}
