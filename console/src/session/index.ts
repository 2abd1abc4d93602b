export type { Permission } from "./permission";
export { SessionContext, useAccount, useSession, type Session } from "./session";
export { SessionProvider } from "./SessionProvider";
