import { useSyncExternalStore } from "react";

/** What colleagues are asked about: a conversation that I see. */
interface Asking {
  isOpen: boolean;
  /** Goes with the next line that I write. */
  about: string | null;
}

let state: Asking = { isOpen: false, about: null };
const listeners = new Set<() => void>();

function become(next: Asking): void {
  state = next;
  listeners.forEach((tell) => tell());
}

/** Open the panel, on whatever page; with `about`, the next line is about that conversation. */
export const openColleagues = (about: string | null = null): void => become({ isOpen: true, about: about ?? state.about });
export const closeColleagues = (): void => become({ isOpen: false, about: null });
export const forgetAbout = (): void => become({ ...state, about: null });

export const useColleaguesPanel = () =>
  useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => state,
  );
