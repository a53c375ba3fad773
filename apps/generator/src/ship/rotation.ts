/*
 * How log files are called when they are rotated (logrotate, rotatelogs, cronolog, Tomcat, log4j). The name says which log a file belongs to;
 * which of its lines were sent is told by its content alone.
 */

/** What a file's name says. */
export interface Rotated {
  /** The name of the log that it is a file of: its own, where it is not a rotated one. */
  readonly log: string
  /** 1 for `access.log.1`, the larger the older; undefined where no number counts the files. */
  readonly number: number | undefined
  readonly packing: "plain" | "gzip" | "zstd" | "other"
}

const packings: { readonly [ending: string]: Rotated["packing"] } = {
  gz: "gzip",
  zst: "zstd",
  bz2: "other",
  xz: "other",
  lz4: "other",
  zip: "other"
}

const date = String.raw`(?:\d{4}-\d{2}-\d{2}(?:[-T_.]\d{2}(?:[-:.]?\d{2}){0,2})?|\d{8}(?:[-.T_]?\d{2,10})?|\d{10})`
const numbered = /^(.+)\.(\d{1,5})$/
const old = /^(.+)\.old$/
const dated = new RegExp(String.raw`^(.+?)[-._]${date}(?:\.\d{1,3})?$`)
const datedWithin = new RegExp(String.raw`^(.+?)[-._]${date}(\.[A-Za-z]\w*)$`)
const numberedWithin = /^(.+)\.(\d{1,5})(\.[A-Za-z]\w*)$/

/**
 * @param isLog whether there is, or was, a log of this name: only then is `site.1.log` a rotated `site.log` and not a site's own
 */
export const rotated = (name: string, isLog: (log: string) => boolean): Rotated => {
  const ending = /\.(gz|zst|bz2|xz|lz4|zip)$/.exec(name)?.[1]
  const packing = ending === undefined ? "plain" : packings[ending]!
  const bare = ending === undefined ? name : name.slice(0, -ending.length - 1)
  const counted = numbered.exec(bare)
  if (counted !== null && dated.exec(bare) === null) return { log: counted[1]!, number: Number(counted[2]), packing }
  const before = old.exec(bare)
  if (before !== null) return { log: before[1]!, number: 1, packing }
  const ofDate = dated.exec(bare)
  if (ofDate !== null) return { log: ofDate[1]!, number: undefined, packing }
  const within = datedWithin.exec(bare)
  if (within !== null) return { log: `${within[1]}${within[2]}`, number: undefined, packing }
  const between = numberedWithin.exec(bare)
  if (between !== null && isLog(`${between[1]}${between[3]}`)) {
    return { log: `${between[1]}${between[3]}`, number: Number(between[2]), packing }
  }
  return { log: bare, number: undefined, packing }
}
