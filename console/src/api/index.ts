export { api, done, onSignedOut, Problem, problemText, type Shown } from "./client";
export { queries } from "./queries";
