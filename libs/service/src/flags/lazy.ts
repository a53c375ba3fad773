import { Effect } from "effect"

/** What a command does, loaded when the command is called: its help, and every other command, starts without it. */
export const lazy =
  <Input, E, R>(load: () => Promise<(input: Input) => Effect.Effect<void, E, R>>) =>
  (input: Input): Effect.Effect<void, E, R> =>
    Effect.flatMap(Effect.promise(load), (run) => run(input))
