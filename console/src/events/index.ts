export { EventsProvider } from "./EventsProvider";
export { useEvents, useHappened, type Liveness } from "./events";
export type { Happened } from "./line";
