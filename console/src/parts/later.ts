import { lazy } from "react";

/** A part that is loaded when it is first shown. Where there is no network then, it comes with the network, and the page around it stands. */
export const later: typeof lazy = (load) =>
  lazy(() =>
    load().catch((fault: unknown) => {
      if (navigator.onLine) throw fault;
      return new Promise((back) => window.addEventListener("online", back, { once: true })).then(load);
    }),
  );
