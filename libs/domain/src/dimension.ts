import type { DimensionDeclaration, KeyDimensionDeclaration } from "./dimension/declaration.ts"
import { global } from "./dimension/global.ts"
import { ip } from "./dimension/ip.ts"
import { site } from "./dimension/site.ts"
import { url } from "./dimension/url.ts"

/*
 * What an error rate is taken over: all lines, one client address, one URL. To add one, declare it in a file of `dimension/` and name it here:
 * windows, records, alerts, thresholds, flags and the page follow (CONTRIBUTING.md).
 */

/** Their order is that of fields on the wire, of alerts in a window, and of all that is listed. */
const declared = { global, ip, url, site } as const

type Declared = typeof declared

export type Dimension = keyof Declared
/** The dimensions that have keys. */
export type KeyDimension = Exclude<Dimension, "global">
/** Those that are counted and judged only where it is asked for. */
export type DimensionOnRequest = {
  [D in Dimension]: Declared[D]["onRequest"] extends true ? D : never
}[Dimension]
/** Those that always are on. */
export type DefaultDimension = Exclude<Dimension, DimensionOnRequest>
export type DefaultKeyDimension = Exclude<KeyDimension, DimensionOnRequest>
export type AlertType = Declared[Dimension]["alertType"]

/** One value for each dimension that is on. */
export type PerDimension<A> = { readonly [D in DefaultDimension]: A } & { readonly [D in DimensionOnRequest]?: A }
/** The same for those that have keys. */
export type PerKeyDimension<A> = { readonly [D in DefaultKeyDimension]: A } & { readonly [D in DimensionOnRequest]?: A }

/** The same while it is filled. */
export type Filling<Per> = { -readonly [D in keyof Per]: Per[D] }

/** All that are declared, on or off. */
export const dimensions = Object.keys(declared) as ReadonlyArray<Dimension>
export const keyDimensions = dimensions.filter((dimension) => dimension !== "global") as ReadonlyArray<KeyDimension>

export const declarationOf = (dimension: Dimension): DimensionDeclaration => declared[dimension]
export const keyDeclarationOf = (dimension: KeyDimension): KeyDimensionDeclaration => declared[dimension]

/** Whether it always is on. */
export const isDefault = (dimension: Dimension): boolean => !declarationOf(dimension).onRequest

/** Those that are always on. */
export const defaultDimensions = dimensions.filter(isDefault) as ReadonlyArray<DefaultDimension>
export const defaultKeyDimensions = keyDimensions.filter(isDefault) as ReadonlyArray<DefaultKeyDimension>

/** Those on request; they are declared behind the others. */
export const dimensionsOnRequest = keyDimensions.filter((dimension) => !isDefault(dimension))

/** The dimensions that are on, as a value for each of them says: in the order of their declaration. */
export const dimensionsIn = (per: PerDimension<unknown>): ReadonlyArray<Dimension> =>
  dimensions.filter((dimension) => per[dimension] !== undefined)
export const keyDimensionsIn = (per: PerKeyDimension<unknown>): ReadonlyArray<KeyDimension> =>
  keyDimensions.filter((dimension) => per[dimension] !== undefined)

/** A value for each of some dimensions, by default for those that are always on. */
export const mapDimensions = <A, D extends Dimension = DefaultDimension>(
  of: (dimension: D) => A,
  on: ReadonlyArray<D> = defaultDimensions as ReadonlyArray<Dimension> as ReadonlyArray<D>
): PerDimension<A> =>
  Object.fromEntries(on.map((dimension) => [dimension, of(dimension)])) as unknown as PerDimension<A>
export const mapKeyDimensions = <A, D extends KeyDimension = DefaultKeyDimension>(
  of: (dimension: D) => A,
  on: ReadonlyArray<D> = defaultKeyDimensions as ReadonlyArray<KeyDimension> as ReadonlyArray<D>
): PerKeyDimension<A> =>
  Object.fromEntries(on.map((dimension) => [dimension, of(dimension)])) as unknown as PerKeyDimension<A>

/** A value for each dimension that is declared, on or off. */
export const everyDimension = <A>(
  of: (declaration: DimensionDeclaration & { readonly name: Dimension }) => A
): { readonly [D in Dimension]: A } =>
  Object.fromEntries(dimensions.map((name) => [name, of({ ...declarationOf(name), name })])) as {
    readonly [D in Dimension]: A
  }
export const everyKeyDimension = <A>(
  of: (declaration: KeyDimensionDeclaration & { readonly name: KeyDimension }) => A
): { readonly [D in KeyDimension]: A } =>
  Object.fromEntries(keyDimensions.map((name) => [name, of({ ...keyDeclarationOf(name), name })])) as {
    readonly [D in KeyDimension]: A
  }

/** Fields of a structure, one for each dimension; those of dimensions on request in another form. */
export const dimensionFields = <A, B>(field: A, onRequest: B) =>
  Object.fromEntries(dimensions.map((dimension) => [dimension, isDefault(dimension) ? field : onRequest])) as {
    readonly [D in DefaultDimension]: A
  } & { readonly [D in DimensionOnRequest]: B }
/** The same for those that have keys. */
export const keyDimensionFields = <A, B>(field: A, onRequest: B) => {
  const { global: _, ...fields } = dimensionFields(field, onRequest)
  return fields
}

export const isDimension = (text: string): text is Dimension => Object.hasOwn(declared, text)

export const alertTypes: { readonly [D in Dimension]: AlertType } = everyDimension(
  ({ alertType }) => alertType as AlertType
)
const byAlertType = new Map(dimensions.map((dimension) => [alertTypes[dimension], dimension]))
export const dimensionOf = (type: AlertType): Dimension => byAlertType.get(type)!
