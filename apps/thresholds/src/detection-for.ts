import { randomInt } from "node:crypto"
import {
  Detection,
  type DetectionSettings,
  firstThresholds,
  thresholdsOf,
  type WindowObserver,
  type WindowWatcher
} from "@chaussettes/domain"

export const detectionFor = (
  settings: DetectionSettings,
  observer: WindowObserver,
  watcher?: WindowWatcher
): Detection =>
  // The observer takes the windows before anything is decided, so the seuils are never asked.
  new Detection(settings, thresholdsOf(firstThresholds), {
    origin: "logs",
    hashSeed: randomInt(2 ** 31),
    observer,
    ...(watcher === undefined ? {} : { watcher })
  })
