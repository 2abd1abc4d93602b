import { createContext, useContext, useSyncExternalStore } from "react";
import type { PhoneStore } from "./store";

export const PhoneContext = createContext<PhoneStore | null>(null);

/** The telephone of this page; `null` for who has none. */
export const usePhoneStore = () => useContext(PhoneContext);

const nothing = () => () => undefined;

/** What it shows, and what one does with it. */
export function usePhone() {
  const store = usePhoneStore();
  const shown = useSyncExternalStore(store?.subscribe ?? nothing, store?.get ?? (() => null));
  return store && shown ? { store, ...shown } : null;
}

/** How loud the microphone hears, 0 to 1. */
export function useLevel(): number {
  const store = usePhoneStore();
  return useSyncExternalStore(store?.subscribeLevel ?? nothing, store?.getLevel ?? (() => 0));
}
