import { actLimits, causeDimensions, incidentKinds } from "@chaussettes/domain"
import { asForm, asSpan, formatSpan, jsonFlag, natsFlags, timeFlag } from "@chaussettes/service"
import { Argument, type Command, Flag } from "effect/cli"

const incidentArgument = Argument.String("incident").pipe(
  Argument.withDescription("The incident's id, as `chaussettes incidents` prints it")
)

const noteFlag = Flag.String("note").pipe(
  Flag.withMetavar("text"),
  Flag.withDescription(`Say why, in up to ${actLimits.textChars} characters`),
  Flag.optional
)

const common = {
  nats: natsFlags,
  by: Flag.String("by").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("Who says it (default: the user who runs the command)"),
    Flag.optional
  ),
  json: jsonFlag
} as const

const spanFlags = {
  forMs: Flag.String("for").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Let it hold this long"),
    asSpan(1_000, actLimits.longestMs),
    Flag.optional
  ),
  until: timeFlag("until").pipe(Flag.withDescription("Let it end at this time"), Flag.optional),
  from: timeFlag("from").pipe(Flag.withDescription("Let it begin at this time (default: now)"), Flag.optional)
} as const

export const ackFlags = { ...common, incident: incidentArgument, note: noteFlag } as const
export type AckInput = Command.Command.Config.Infer<typeof ackFlags>

export const noteFlags = {
  ...common,
  incident: incidentArgument,
  text: Argument.String("text").pipe(
    Argument.withDescription(`What to note, in up to ${actLimits.textChars} characters`)
  )
} as const
export type NoteInput = Command.Command.Config.Infer<typeof noteFlags>

export const silenceFlags = {
  ...common,
  incident: incidentArgument.pipe(
    Argument.withDescription(
      "The id of one incident; without it, name what to silence with --key, --kind, --dimension"
    ),
    Argument.optional
  ),
  key: Flag.String("key").pipe(
    Flag.withMetavar("key"),
    Flag.withDescription("Silence incidents whose cause is this URL, this client, or clients of this network"),
    Flag.optional
  ),
  kind: Flag.Literals("kind", incidentKinds).pipe(
    Flag.withDescription("Silence only incidents of this kind"),
    Flag.optional
  ),
  dimension: Flag.Literals("dimension", causeDimensions).pipe(
    Flag.withDescription("Silence only incidents whose cause is of this dimension"),
    Flag.optional
  ),
  ...spanFlags,
  note: noteFlag
} as const
export type SilenceInput = Command.Command.Config.Infer<typeof silenceFlags>

export const maintenanceFlags = { ...common, ...spanFlags, note: noteFlag } as const
export type MaintenanceInput = Command.Command.Config.Infer<typeof maintenanceFlags>

export const liftFlags = {
  ...common,
  act: Argument.String("act").pipe(
    Argument.withDescription("The id of the act that holds no longer, as `chaussettes incidents acts` prints it")
  ),
  note: noteFlag
} as const
export type LiftInput = Command.Command.Config.Infer<typeof liftFlags>

const defaultSinceMs = 30 * 86_400_000

export const listActsFlags = {
  nats: natsFlags,
  sinceMs: Flag.String("since").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("List what was said in this span before now, and what still holds"),
    Flag.withDefault(formatSpan(defaultSinceMs)),
    asSpan(0)
  ),
  most: Flag.String("most").pipe(
    Flag.withMetavar("number"),
    Flag.withDescription("List at most this many, the newest"),
    Flag.withDefault("1000"),
    asForm((text) => (/^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined), "a number from 1 to 99999")
  ),
  json: jsonFlag
} as const
export type ListActsInput = Command.Command.Config.Infer<typeof listActsFlags>
