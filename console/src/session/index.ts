export type { Permission } from "./permission";
export { useAccount, useSession, type Session } from "./session";
export { SessionProvider } from "./SessionProvider";
